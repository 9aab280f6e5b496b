//! JSON Web Signature, compact serialisation (RFC 7515 §7.1).

mod compact;
mod header;
mod memo;
mod sign;

pub(crate) use compact::split;
pub use compact::{CompactJws, MAX_TOKEN_BYTES, Payload};
pub use header::Header;
pub use memo::HeaderMemo;
pub use sign::{HeaderFields, sign};
