//! A key that verifies signatures.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters,
};

use super::parts::PublicParts;
use super::pem;
use crate::{Algorithm, JoseError, KeyType, Secret};

/// A public key, or a shared secret, that verifies signatures. Cheap to clone; parsed once.
#[derive(Clone)]
pub struct VerifyingKey {
    material: Arc<Material>,
    /// The only algorithm that the key's owner allows, if it names one.
    only: Option<Algorithm>,
}

enum Material {
    Hmac {
        key: Box<hmac::Key>,
        algorithm: Algorithm,
    },
    Rsa(Box<RsaKey>),
    /// A key whose curve leaves one algorithm.
    Curve {
        key: ParsedPublicKey,
        algorithm: Algorithm,
    },
}

impl VerifyingKey {
    /// Makes a key of a shared secret, such as a client secret (OIDC Core §10.1).
    ///
    /// # Errors
    /// `weak_key` if the secret is shorter than the hash (RFC 7518 §3.2), `key_mismatch` if the algorithm is not HMAC.
    pub fn hmac(secret: &Secret, algorithm: Algorithm) -> Result<Self, JoseError> {
        let key = hmac_key(secret.expose().as_bytes(), algorithm)?;
        Ok(Self::from_hmac_key(key, algorithm))
    }

    /// Reads a public key from PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1).
    ///
    /// # Errors
    /// `malformed_key`, `unsupported_key` or `weak_key`.
    pub fn from_pem(pem: &[u8]) -> Result<Self, JoseError> {
        Self::from_parts(&pem::public_parts(pem)?)
    }

    /// Returns the same key for one algorithm only.
    ///
    /// # Errors
    /// `key_mismatch` if the key cannot be used with it.
    pub fn only_for(&self, algorithm: Algorithm) -> Result<Self, JoseError> {
        self.check(algorithm)?;
        Ok(Self {
            material: Arc::clone(&self.material),
            only: Some(algorithm),
        })
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
        self.check(algorithm)?;
        let verified = match &*self.material {
            Material::Hmac { key, .. } => hmac::verify(key, message, signature),
            Material::Rsa(key) => key.for_algorithm(algorithm)?.verify_sig(message, signature),
            Material::Curve { key, .. } => key.verify_sig(message, signature),
        };
        verified.map_err(|_| JoseError::BadSignature)
    }

    /// Tells whether the key can be used with this algorithm: by kind, curve, and its owner's `alg`.
    pub fn supports(&self, algorithm: Algorithm) -> bool {
        if self.only.is_some_and(|only| only != algorithm) {
            return false;
        }
        match &*self.material {
            Material::Rsa(_) => algorithm.key_type() == KeyType::Rsa,
            Material::Hmac { algorithm: own, .. } | Material::Curve { algorithm: own, .. } => {
                *own == algorithm
            }
        }
    }

    /// Returns the kind of key.
    pub fn key_type(&self) -> KeyType {
        match &*self.material {
            Material::Rsa(_) => KeyType::Rsa,
            Material::Hmac { algorithm, .. } | Material::Curve { algorithm, .. } => {
                algorithm.key_type()
            }
        }
    }

    pub(crate) fn from_parts(parts: &PublicParts) -> Result<Self, JoseError> {
        let rejected = |_| JoseError::MalformedKey("the numbers do not make a public key");
        let algorithm = parts.default_algorithm();
        let material = match parts {
            PublicParts::Rsa { n, e } => {
                Material::Rsa(Box::new(RsaKey::new(n.clone(), e.clone())?))
            }
            PublicParts::Ec { curve, point } => {
                let key = ParsedPublicKey::new(curve.verification(), point).map_err(rejected)?;
                Material::Curve { key, algorithm }
            }
            PublicParts::Ed25519 { x } => {
                let key = ParsedPublicKey::new(&ED25519, x).map_err(rejected)?;
                Material::Curve { key, algorithm }
            }
        };
        Ok(Self {
            material: Arc::new(material),
            only: None,
        })
    }

    pub(super) fn from_hmac_key(key: hmac::Key, algorithm: Algorithm) -> Self {
        Self {
            material: Arc::new(Material::Hmac {
                key: Box::new(key),
                algorithm,
            }),
            only: None,
        }
    }

    fn check(&self, algorithm: Algorithm) -> Result<(), JoseError> {
        if self.supports(algorithm) {
            return Ok(());
        }
        let why = "it is of another kind or curve, or its `alg` forbids it";
        Err(JoseError::KeyMismatch {
            algorithm: algorithm.as_str(),
            why,
        })
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("kty", &self.key_type().as_str())
            .field("only", &self.only)
            .finish_non_exhaustive()
    }
}

/// Makes an HMAC key that is at least as long as the hash (RFC 7518 §3.2).
pub(super) fn hmac_key(secret: &[u8], algorithm: Algorithm) -> Result<hmac::Key, JoseError> {
    let hash = match algorithm {
        Algorithm::HS256 => hmac::HMAC_SHA256,
        Algorithm::HS384 => hmac::HMAC_SHA384,
        Algorithm::HS512 => hmac::HMAC_SHA512,
        _ => {
            return Err(JoseError::KeyMismatch {
                algorithm: algorithm.as_str(),
                why: "it is a shared secret",
            });
        }
    };
    if secret.len() * 8 < usize::from(algorithm.hash_bits()) {
        return Err(JoseError::WeakKey(
            "a shared secret needs 32 bytes for HS256, 48 for HS384, 64 for HS512",
        ));
    }
    Ok(hmac::Key::new(hash, secret))
}

/// An RSA key, parsed once for each algorithm that it is used with.
struct RsaKey {
    components: PublicKeyComponents<Vec<u8>>,
    parsed: [OnceLock<ParsedPublicKey>; 6],
}

impl RsaKey {
    fn new(n: Vec<u8>, e: Vec<u8>) -> Result<Self, JoseError> {
        let key = Self {
            components: PublicKeyComponents { n, e },
            parsed: [const { OnceLock::new() }; 6],
        };
        key.for_algorithm(Algorithm::RS256)?;
        Ok(key)
    }

    fn for_algorithm(&self, algorithm: Algorithm) -> Result<&ParsedPublicKey, JoseError> {
        let [rs256, rs384, rs512, ps256, ps384, ps512] = &self.parsed;
        let (slot, parameters): (_, &'static RsaParameters) = match algorithm {
            Algorithm::RS384 => (rs384, &RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => (rs512, &RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => (ps256, &RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => (ps384, &RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => (ps512, &RSA_PSS_2048_8192_SHA512),
            _ => (rs256, &RSA_PKCS1_2048_8192_SHA256),
        };
        if let Some(parsed) = slot.get() {
            return Ok(parsed);
        }
        let parsed = self.components.to_parsed_public_key(parameters);
        let parsed =
            parsed.map_err(|_| JoseError::MalformedKey("the numbers do not make an RSA key"))?;
        Ok(slot.get_or_init(|| parsed))
    }
}
