//! alf's shared token storage: a client-credentials session that works in turns with alf on one Redis or memcached.
//!
//! alf keeps an access token and its expiry under two keys, each a plain text. [`AlfStore`] reads and writes them, and keeps what
//! they cannot hold (when the token came, keyfob's notes) under a third key that alf does not look at. Opt-in: without a reason
//! to share a token with alf, [`crate::store::KeyValueStore`] is the better store.

mod expiry;
mod keys;
mod lease;
mod store;

pub use expiry::UtcOffset;
pub use lease::AlfLease;
pub use store::AlfStore;
