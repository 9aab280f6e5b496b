//! A key set and the choice of the key for a token (RFC 7517 §5, RFC 7515 §6).

use serde_json::Value;

use super::Jwk;
use crate::{CompactJws, Header, JoseError, Payload};

/// The most keys that a set may have.
pub const MAX_KEYS: usize = 100;

/// The most keys that are tried for one token.
pub const MAX_TRIES: usize = 4;

/// The public keys of an issuer.
#[derive(Debug, Clone, Default)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    skipped: Vec<Skipped>,
}

/// A key of a set that cannot be used; the others can.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The key's place in the set, from 0.
    pub index: usize,
    /// Its `kid`, if it has one.
    pub kid: Option<String>,
    /// Why it cannot be used.
    pub reason: JoseError,
}

impl JwkSet {
    /// Reads a key set; keys that cannot be used are set aside, see [`JwkSet::skipped`].
    ///
    /// # Errors
    /// `malformed_key_set`, `too_large`, `malformed_json` or `duplicate_member`.
    pub fn parse(bytes: &[u8]) -> Result<Self, JoseError> {
        let _ = bytes;
        unimplemented!()
    }

    /// Makes a set of given keys.
    pub fn from_keys(keys: impl IntoIterator<Item = Jwk>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            skipped: Vec::new(),
        }
    }

    /// Returns the usable keys.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// Returns the keys that were set aside, with reasons.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Returns the keys that may have signed a token with this header, at most [`MAX_TRIES`].
    pub fn candidates(&self, header: &Header) -> impl Iterator<Item = &Jwk> {
        let _ = header;
        self.keys.iter().take(MAX_TRIES)
    }

    /// Verifies a token with the candidates.
    ///
    /// # Errors
    /// `unknown_key` if no key fits the header, `bad_signature` if one does and did not sign it.
    pub fn verify<'j>(&self, jws: &'j CompactJws<'_>) -> Result<Payload<'j>, JoseError> {
        let _ = jws;
        unimplemented!()
    }

    /// Returns the set as JSON, ready to publish.
    pub fn to_value(&self) -> Value {
        unimplemented!()
    }
}
