//! DPoP proofs as values: read one, compare it with a request (RFC 9449 §4). `now` is a value, and nothing is
//! remembered.

mod error;
mod proof;
mod target;

pub use error::ProofError;
pub use proof::{MAX_JTI_BYTES, MAX_PROOF_BYTES, Proof, access_token_hash};
pub use target::{MAX_TARGET_BYTES, TargetUri};
