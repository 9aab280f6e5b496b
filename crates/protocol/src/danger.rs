//! Everything that loosens a rule, as types that a caller must name.
//!
//! A search for `danger::` in a program finds every place where it gives up a protection.

/// Promises that an ID token passed [`IdTokenRules::verify`](crate::IdTokenRules::verify) before
/// it was stored, and that the store can be trusted.
///
/// Needed to compare a refreshed ID token with the original one, whose keys may be gone by now.
#[derive(Clone, Copy, Debug)]
pub struct AlreadyVerified;

/// Accepts a bare authorization code that a person pasted, without `state` and `iss`.
///
/// What remains is PKCE and the nonce: a code of somebody else's login cannot be redeemed with
/// this login's verifier.
#[derive(Clone, Copy, Debug)]
pub struct PastedCode;
