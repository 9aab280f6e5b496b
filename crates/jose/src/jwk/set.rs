//! A key set and the choice of the key for a token (RFC 7517 §5, RFC 7515 §6).

use serde_json::{Map, Value};

use super::{Jwk, KeyMark};
use crate::json::{self, Limits};
use crate::{CompactJws, Header, JoseError, Payload};

/// The most keys that a set may have.
pub const MAX_KEYS: usize = 100;

/// The most keys that are tried for one token.
pub const MAX_TRIES: usize = 4;

/// The public keys of an issuer.
///
/// ```
/// use keyfob_jose::JwkSet;
///
/// let set = JwkSet::parse(br#"{"keys":[
///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty":"something new"}
/// ]}"#)?;
/// assert_eq!((set.keys().len(), set.skipped().len()), (1, 1));
/// # Ok::<(), keyfob_jose::JoseError>(())
/// ```
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
        let document = json::object(bytes, Limits::DOCUMENT)?;
        let Some(Value::Array(values)) = document.get("keys") else {
            return Err(JoseError::MalformedKeySet("it has no `keys` array"));
        };
        if values.len() > MAX_KEYS {
            return Err(JoseError::MalformedKeySet("it has more than 100 keys"));
        }
        let mut set = Self::default();
        for (index, value) in values.iter().enumerate() {
            match Jwk::from_value(value) {
                Ok(jwk) => set.keys.push(jwk),
                Err(reason) => set.skipped.push(Skipped {
                    index,
                    kid: kid_of(value),
                    reason,
                }),
            }
        }
        Ok(set)
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
    ///
    /// A key fits if its kind, curve and `alg` fit the token's `alg`, and its `kid` is the token's if it has one.
    pub fn candidates(&self, header: &Header) -> impl Iterator<Item = &Jwk> {
        self.keys
            .iter()
            .filter(|jwk| header.kid.is_none() || jwk.kid() == header.kid.as_deref())
            .filter(|jwk| jwk.key().supports(header.alg))
            .take(MAX_TRIES)
    }

    /// Verifies a token with the candidates.
    ///
    /// # Errors
    /// `unknown_key` if no key fits the header, `bad_signature` if one does and did not sign it.
    pub fn verify<'j>(&self, jws: &'j CompactJws<'_>) -> Result<Payload<'j>, JoseError> {
        self.verify_by(jws).map(|(payload, _)| payload)
    }

    /// Does the same, and tells which key signed it.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_by<'j>(
        &self,
        jws: &'j CompactJws<'_>,
    ) -> Result<(Payload<'j>, KeyMark), JoseError> {
        let mut outcome = Err(JoseError::UnknownKey);
        for jwk in self.candidates(jws.header()) {
            outcome = jws.verify(jwk.key()).map(|payload| (payload, jwk.mark()));
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// Tells whether the set has the very key that once verified a token, under the same `kid` and `alg`.
    pub fn holds(&self, mark: KeyMark) -> bool {
        self.keys.iter().any(|jwk| jwk.mark() == mark)
    }

    /// Returns the set as JSON, ready to publish.
    pub fn to_value(&self) -> Value {
        let keys = self.keys.iter().map(Jwk::to_value).collect();
        Value::Object(Map::from_iter([("keys".to_owned(), Value::Array(keys))]))
    }
}

fn kid_of(value: &Value) -> Option<String> {
    value.get("kid")?.as_str().map(str::to_owned)
}
