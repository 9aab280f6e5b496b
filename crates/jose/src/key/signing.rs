//! A key that signs.

use std::sync::Arc;

use serde_json::Value;

use crate::{Algorithm, JoseError, Jwk, Secret, VerifyingKey};

/// A private key, or a shared secret, with the one algorithm that it signs with. Cheap to clone.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    kid: Option<Arc<str>>,
}

impl SigningKey {
    /// Reads a private key from PEM: PKCS#1, SEC 1, PKCS#8 or encrypted PKCS#8.
    ///
    /// Without an algorithm, RSA keys sign RS256, and others what their curve says.
    ///
    /// # Errors
    /// `malformed_key`, `unsupported_key`, `weak_key`, `key_mismatch`, `key_password_needed` or `key_password_wrong`.
    pub fn from_pem(
        pem: &[u8],
        password: Option<&Secret>,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, JoseError> {
        let _ = (pem, password, algorithm);
        unimplemented!()
    }

    /// Reads a private or symmetric key from a JWK, with its `kid`.
    ///
    /// The algorithm is the given one, else the JWK's `alg`, else as for [`SigningKey::from_pem`].
    ///
    /// # Errors
    /// `malformed_key`, `unsupported_key`, `weak_key` or `key_mismatch`.
    pub fn from_jwk(jwk: &Value, algorithm: Option<Algorithm>) -> Result<Self, JoseError> {
        let _ = (jwk, algorithm);
        unimplemented!()
    }

    /// Makes a new key: RSA of 2048 bits, the algorithm's curve, or random bytes of the hash's length.
    ///
    /// # Errors
    /// `crypto_failed` if the library refuses.
    pub fn generate(algorithm: Algorithm) -> Result<Self, JoseError> {
        let _ = algorithm;
        unimplemented!()
    }

    /// Makes a key of a shared secret, such as a client secret.
    ///
    /// # Errors
    /// `weak_key` if the secret is shorter than the hash (RFC 7518 §3.2), `key_mismatch` if the algorithm is not HMAC.
    pub fn hmac(secret: &Secret, algorithm: Algorithm) -> Result<Self, JoseError> {
        let _ = (secret, algorithm);
        unimplemented!()
    }

    /// Names the key; tokens carry the name as `kid`.
    pub fn with_kid(mut self, kid: impl Into<Arc<str>>) -> Self {
        self.kid = Some(kid.into());
        self
    }

    /// Returns the key's name.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Returns the algorithm that the key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signs a message; the result is the raw JWS signature (RFC 7518 §3.4 for ECDSA).
    ///
    /// # Errors
    /// `crypto_failed` if the library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        let _ = message;
        unimplemented!()
    }

    /// Returns the key that verifies what this one signs.
    ///
    /// # Errors
    /// `crypto_failed` if the library cannot export the public key.
    pub fn verifying_key(&self) -> Result<VerifyingKey, JoseError> {
        unimplemented!()
    }

    /// Returns the public half with `kid`, `alg` and `use: sig`.
    ///
    /// # Errors
    /// `unsupported_key` for shared secrets, which have no public half.
    pub fn public_jwk(&self) -> Result<Jwk, JoseError> {
        unimplemented!()
    }

    /// Returns the private key as PKCS#8 in PEM.
    ///
    /// # Errors
    /// `unsupported_key` for shared secrets.
    pub fn to_pkcs8_pem(&self) -> Result<Secret, JoseError> {
        unimplemented!()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
