//! Keys that sign and keys that verify.

mod signing;
mod verifying;

pub use signing::SigningKey;
pub use verifying::VerifyingKey;
