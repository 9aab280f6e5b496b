//! Making a compact JWS (RFC 7515 §5.1).

use serde_json::{Map, Value};

use crate::{JoseError, SigningKey};

/// The header members that the signer chooses; `alg` and `kid` come from the key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeaderFields {
    /// `typ`.
    pub typ: Option<String>,
    /// `cty`.
    pub cty: Option<String>,
    /// Any other member. `alg` and `kid` in here are overruled by the key's.
    pub extra: Map<String, Value>,
}

impl HeaderFields {
    /// Starts with a `typ`, such as `JWT` or `at+jwt`.
    pub fn typ(typ: impl Into<String>) -> Self {
        Self {
            typ: Some(typ.into()),
            ..Self::default()
        }
    }

    /// Adds a member.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }
}

/// Signs a payload.
///
/// # Errors
/// `crypto_failed` if the library refuses to sign.
pub fn sign(key: &SigningKey, fields: &HeaderFields, payload: &[u8]) -> Result<String, JoseError> {
    let _ = (key, fields, payload);
    unimplemented!()
}
