//! Keys that sign and keys that verify.

mod curve;
mod export;
mod jwk;
mod parts;
mod pem;
mod roca;
mod signing;
mod verifying;

pub(crate) use export::spki_pem;
pub(crate) use parts::PublicParts;
pub(crate) use pem::public_parts as public_parts_of_pem;
pub use signing::SigningKey;
pub use verifying::VerifyingKey;
