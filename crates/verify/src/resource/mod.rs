//! What a protected resource publishes about itself (RFC 9728).

mod error;
mod metadata;
mod respond;
#[cfg(feature = "tower")]
mod service;

pub use error::ResourceError;
pub use metadata::{ProtectedResourceMetadata, ProtectedResourceMetadataBuilder};
#[cfg(feature = "tower")]
pub use service::MetadataService;
