//! JSON Web Key: public keys and key sets (RFC 7517).

mod mark;
mod public;
mod set;

pub use mark::KeyMark;
pub use public::Jwk;
pub(crate) use public::{declared_algorithm, is_allowed};
pub use set::{JwkSet, MAX_KEYS, MAX_TRIES, Skipped};
