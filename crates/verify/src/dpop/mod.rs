//! DPoP proofs on the side that receives them: time, nonces, and the memory of proofs used (RFC 9449 §4.3, §8, §11.1).

mod nonces;
mod replay;
mod rules;
mod used;

pub use keyfob_protocol::dpop::{Proof, ProofError, TargetUri, access_token_hash};
pub use nonces::Nonces;
pub use replay::{ProofId, ReplayError, ReplayMemory, ReplayStore};
pub use rules::ProofRules;
