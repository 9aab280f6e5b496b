//! What tells one published key from another: everything that decides which tokens it may verify.

use aws_lc_rs::digest;
use serde_json::Value;

/// Names a public key together with its `kid` and `alg`: equal for two copies of one entry of a key set, fetched at
/// different times, and different as soon as anything about it was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyMark([u8; 32]);

impl KeyMark {
    /// Marks a key by its published form, whose members are in canonical order.
    pub(super) fn of(published: &Value) -> Self {
        let hash = digest::digest(&digest::SHA256, published.to_string().as_bytes());
        Self(hash.as_ref().first_chunk().copied().unwrap_or_default())
    }
}
