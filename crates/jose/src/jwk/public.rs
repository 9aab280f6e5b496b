//! One public key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

use serde_json::Value;

use crate::{Algorithm, JoseError, VerifyingKey};

/// A public key with what its owner says about it. Private members are never kept.
#[derive(Debug, Clone)]
pub struct Jwk {
    key: VerifyingKey,
    kid: Option<String>,
    alg: Option<Algorithm>,
}

impl Jwk {
    /// Reads a public key.
    ///
    /// # Errors
    /// `malformed_key`, `unsupported_key`, `weak_key` or `unsupported_algorithm`.
    pub fn from_value(value: &Value) -> Result<Self, JoseError> {
        let _ = value;
        unimplemented!()
    }

    /// Returns the key itself.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Returns `kid`.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Returns `alg`, the only algorithm that the key may be used with if present.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.alg
    }

    /// Returns the public members as JSON, ready to publish.
    pub fn to_value(&self) -> Value {
        unimplemented!()
    }

    /// Returns the SHA-256 thumbprint as base64url (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        unimplemented!()
    }
}
