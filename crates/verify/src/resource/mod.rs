//! What a protected resource publishes about itself (RFC 9728).

mod error;
mod metadata;

pub use error::ResourceError;
pub use metadata::{ProtectedResourceMetadata, ProtectedResourceMetadataBuilder};
