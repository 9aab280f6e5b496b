//! Authorization server metadata: where to ask for it, and what it says.

mod reader;
mod server;
mod well_known;

pub use server::ServerMetadata;
pub use well_known::MetadataRequest;
