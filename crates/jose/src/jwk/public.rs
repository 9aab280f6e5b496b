//! One public key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

use serde_json::{Map, Value};

use super::KeyMark;
use crate::key::{PublicParts, public_parts_of_pem, spki_pem};
use crate::{Algorithm, JoseError, VerifyingKey, base64url};

/// A public key with what its owner says about it. Private members are never kept.
///
/// ```
/// use keyfob_jose::Jwk;
///
/// // The key of RFC 8037, appendix A.2, and its thumbprint of appendix A.3.
/// let jwk = Jwk::from_value(&serde_json::json!({
///     "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
/// }))?;
/// assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
/// # Ok::<(), keyfob_jose::JoseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Jwk {
    key: VerifyingKey,
    kid: Option<String>,
    alg: Option<Algorithm>,
    required: Map<String, Value>,
    mark: KeyMark,
}

impl Jwk {
    /// Reads a public key that may verify signatures.
    ///
    /// # Errors
    /// `malformed_key`, `unsupported_key`, `weak_key`, `key_mismatch` or `unsupported_algorithm`.
    pub fn from_value(value: &Value) -> Result<Self, JoseError> {
        let jwk = value
            .as_object()
            .ok_or(JoseError::MalformedKey("not a JSON object"))?;
        is_allowed(jwk, "verify")?;
        let kid = match jwk.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.as_str()),
            Some(_) => return Err(JoseError::MalformedKey("`kid` is not a text")),
        };
        let alg = declared_algorithm(jwk)?;
        Self::from_parts(&PublicParts::from_jwk(jwk)?, kid, alg)
    }

    /// Reads a public key from PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// # Errors
    /// `malformed_key`, `unsupported_key`, `weak_key`, or `key_mismatch` if it is not for the algorithm.
    pub fn from_pem(pem: &[u8], algorithm: Option<Algorithm>) -> Result<Self, JoseError> {
        Self::from_parts(&public_parts_of_pem(pem)?, None, algorithm)
    }

    /// Returns the key itself, bound to `alg` if there is one.
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
        let mut members = self.required.clone();
        members.insert("use".to_owned(), "sig".into());
        if let Some(kid) = &self.kid {
            members.insert("kid".to_owned(), kid.as_str().into());
        }
        if let Some(alg) = self.alg {
            members.insert("alg".to_owned(), alg.as_str().into());
        }
        Value::Object(members)
    }

    /// Returns the SHA-256 thumbprint as base64url (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        let canonical = Value::Object(self.required.clone()).to_string();
        base64url::encode(Algorithm::ES256.hash(canonical.as_bytes()))
    }

    /// Returns the same thumbprint as a URI (RFC 9278 §3).
    pub fn thumbprint_uri(&self) -> String {
        format!(
            "urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}",
            self.thumbprint()
        )
    }

    /// Returns the key as PEM: `PUBLIC KEY` (SPKI), which has no place for `kid` and `alg`.
    ///
    /// # Errors
    /// `crypto_failed` if the key cannot be written, which no key that was read causes.
    pub fn to_pem(&self) -> Result<String, JoseError> {
        spki_pem(&PublicParts::from_jwk(&self.required)?)
    }

    /// Names the key.
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.kid = Some(kid.into());
        self.marked()
    }

    /// Returns what tells this key from any other, `kid` and `alg` included.
    pub fn mark(&self) -> KeyMark {
        self.mark
    }

    pub(crate) fn from_parts(
        parts: &PublicParts,
        kid: Option<&str>,
        alg: Option<Algorithm>,
    ) -> Result<Self, JoseError> {
        let key = VerifyingKey::from_parts(parts)?;
        let key = match alg {
            Some(alg) => key.only_for(alg)?,
            None => key,
        };
        let jwk = Self {
            key,
            kid: kid.map(str::to_owned),
            alg,
            required: parts.required_members(),
            mark: KeyMark::default(),
        };
        Ok(jwk.marked())
    }

    fn marked(mut self) -> Self {
        self.mark = KeyMark::of(&self.to_value());
        self
    }
}

/// Reads a JWK's `alg`.
pub(crate) fn declared_algorithm(jwk: &Map<String, Value>) -> Result<Option<Algorithm>, JoseError> {
    match jwk.get("alg") {
        None => Ok(None),
        // A slip for ES512, which goes with P-521; the curve is checked afterwards.
        Some(Value::String(alg)) if alg == "ES521" => Ok(Some(Algorithm::ES512)),
        Some(Value::String(alg)) => alg.parse().map(Some),
        Some(_) => Err(JoseError::MalformedKey("`alg` is not a text")),
    }
}

/// Checks that `use` and `key_ops` allow an operation (RFC 7517 §4.2, §4.3).
pub(crate) fn is_allowed(jwk: &Map<String, Value>, operation: &str) -> Result<(), JoseError> {
    if jwk.get("use").is_some_and(|purpose| purpose != "sig") {
        return Err(JoseError::UnsupportedKey("its `use` is not `sig`"));
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|one| one == operation) => Ok(()),
        Some(_) => Err(JoseError::UnsupportedKey(
            "its `key_ops` do not allow this operation",
        )),
    }
}
