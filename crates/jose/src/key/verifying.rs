//! A key that verifies signatures.

use crate::{Algorithm, JoseError, KeyType, Secret};

/// A public key, or a shared secret, that verifies signatures. Cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey {
    key_type: KeyType,
}

impl VerifyingKey {
    /// Makes a key of a shared secret, such as a client secret (OIDC Core §10.1).
    ///
    /// # Errors
    /// `weak_key` if the secret is shorter than the hash (RFC 7518 §3.2), `key_mismatch` if the algorithm is not HMAC.
    pub fn hmac(secret: &Secret, algorithm: Algorithm) -> Result<Self, JoseError> {
        let _ = (secret, algorithm);
        unimplemented!()
    }

    /// Reads a public key from PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// # Errors
    /// `malformed_key`, `unsupported_key` or `weak_key`.
    pub fn from_pem(pem: &[u8]) -> Result<Self, JoseError> {
        let _ = pem;
        unimplemented!()
    }

    /// Verifies a signature over a message.
    ///
    /// # Errors
    /// `key_mismatch` if the key is not for this algorithm, else `bad_signature`.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), JoseError> {
        let _ = (algorithm, message, signature);
        unimplemented!()
    }

    /// Tells whether the key can be used with this algorithm.
    pub fn supports(&self, algorithm: Algorithm) -> bool {
        self.key_type == algorithm.key_type()
    }

    /// Returns the kind of key.
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyingKey").finish_non_exhaustive()
    }
}
