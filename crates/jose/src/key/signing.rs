//! A key that signs.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use pem_rfc7468::LineEnding;
use serde_json::Value;
use zeroize::Zeroizing;

use super::curve::Curve;
use super::parts::PublicParts;
use super::verifying::hmac_key;
use super::{jwk, pem};
use crate::{Algorithm, JoseError, Jwk, KeyType, Secret, VerifyingKey};

/// A private key, or a shared secret, with the one algorithm that it signs with. Cheap to clone.
///
/// ```
/// use keyfob_jose::{Algorithm, SigningKey};
///
/// # fn main() -> Result<(), keyfob_jose::JoseError> {
/// let key = SigningKey::generate(Algorithm::EdDSA)?.with_kid("laptop");
/// let pem = key.to_pkcs8_pem()?;
/// let again = SigningKey::from_pem(pem.expose().as_bytes(), None, None)?;
/// assert_eq!(again.public_jwk()?.thumbprint(), key.public_jwk()?.thumbprint());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SigningKey {
    pub(super) material: Arc<Material>,
    algorithm: Algorithm,
    kid: Option<Arc<str>>,
}

pub(super) enum Material {
    Hmac(Box<hmac::Key>),
    Rsa(RsaKeyPair),
    Ec(Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
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
        Self::from_material(pem::private_key(pem, password)?, algorithm)
    }

    /// Reads a private or symmetric key from a JWK, with its `kid`.
    ///
    /// The algorithm is the given one, else the JWK's `alg`, else as for [`SigningKey::from_pem`].
    ///
    /// # Errors
    /// `malformed_key`, `unsupported_key`, `weak_key` or `key_mismatch`.
    pub fn from_jwk(jwk: &Value, algorithm: Option<Algorithm>) -> Result<Self, JoseError> {
        let read = jwk::private_key(jwk, algorithm)?;
        let mut key = Self::from_material(read.material, read.algorithm)?;
        key.kid = read.kid.map(Arc::from);
        Ok(key)
    }

    /// Makes a new key: RSA of 2048 bits, the algorithm's curve, or random bytes of the hash's length.
    ///
    /// # Errors
    /// `crypto_failed` if the library refuses.
    pub fn generate(algorithm: Algorithm) -> Result<Self, JoseError> {
        let failed = |_| JoseError::Crypto("generate a key");
        let material = match (algorithm.key_type(), Curve::of(algorithm)) {
            (KeyType::Oct, _) => {
                let mut secret = Zeroizing::new(vec![0; usize::from(algorithm.hash_bits()) / 8]);
                aws_lc_rs::rand::fill(&mut secret).map_err(failed)?;
                Material::Hmac(Box::new(hmac_key(&secret, algorithm)?))
            }
            (_, Some(curve)) => Material::Ec(
                curve,
                EcdsaKeyPair::generate(curve.signing()).map_err(failed)?,
            ),
            (KeyType::Rsa, None) => {
                Material::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?)
            }
            (_, None) => Material::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
        };
        Self::from_material(material, Some(algorithm))
    }

    /// Makes a new RSA key of 2048, 3072 or 4096 bits.
    ///
    /// # Errors
    /// `unsupported_key` for another size, `key_mismatch` if the algorithm is not of RSA, `crypto_failed` if the library
    /// refuses.
    pub fn generate_rsa(algorithm: Algorithm, bits: u16) -> Result<Self, JoseError> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => {
                return Err(JoseError::UnsupportedKey(
                    "RSA keys are made with 2048, 3072 or 4096 bits",
                ));
            }
        };
        let pair = RsaKeyPair::generate(size).map_err(|_| JoseError::Crypto("generate a key"))?;
        Self::from_material(Material::Rsa(pair), Some(algorithm))
    }

    /// Makes a key of a shared secret, such as a client secret.
    ///
    /// # Errors
    /// `weak_key` if the secret is shorter than the hash (RFC 7518 §3.2), `key_mismatch` if the algorithm is not HMAC.
    pub fn hmac(secret: &Secret, algorithm: Algorithm) -> Result<Self, JoseError> {
        let key = hmac_key(secret.expose().as_bytes(), algorithm)?;
        Self::from_material(Material::Hmac(Box::new(key)), Some(algorithm))
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
        let failed = |_| JoseError::Crypto("sign");
        match &*self.material {
            Material::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Material::Ec(_, pair) => Ok(pair
                .sign(&SystemRandom::new(), message)
                .map_err(failed)?
                .as_ref()
                .to_vec()),
            Material::Ed25519(pair) => {
                Ok(pair.try_sign(message).map_err(failed)?.as_ref().to_vec())
            }
            Material::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let encoding = rsa_encoding(self.algorithm);
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
        }
    }

    /// Returns the key that verifies what this one signs.
    ///
    /// # Errors
    /// `crypto_failed` if the library cannot export the public key.
    pub fn verifying_key(&self) -> Result<VerifyingKey, JoseError> {
        match &*self.material {
            Material::Hmac(key) => Ok(VerifyingKey::from_hmac_key(
                hmac::Key::clone(key),
                self.algorithm,
            )),
            _ => VerifyingKey::from_parts(&self.public_parts()?)?.only_for(self.algorithm),
        }
    }

    /// Returns the public half with `kid`, `alg` and `use: sig`.
    ///
    /// # Errors
    /// `unsupported_key` for shared secrets, which have no public half.
    pub fn public_jwk(&self) -> Result<Jwk, JoseError> {
        Jwk::from_parts(
            &self.public_parts()?,
            self.kid.as_deref(),
            Some(self.algorithm),
        )
    }

    /// Returns the private key as PKCS#8 in PEM.
    ///
    /// # Errors
    /// `unsupported_key` for shared secrets.
    pub fn to_pkcs8_pem(&self) -> Result<Secret, JoseError> {
        let failed = |_| JoseError::Crypto("export the private key");
        match &*self.material {
            Material::Hmac(_) => Err(NO_PUBLIC_HALF),
            Material::Rsa(pair) => to_pem(pair.as_der().map_err(failed)?.as_ref()),
            Material::Ec(_, pair) => to_pem(pair.to_pkcs8v1().map_err(failed)?.as_ref()),
            Material::Ed25519(pair) => to_pem(pair.to_pkcs8v1().map_err(failed)?.as_ref()),
        }
    }

    fn from_material(material: Material, algorithm: Option<Algorithm>) -> Result<Self, JoseError> {
        let algorithm = match &material {
            Material::Hmac(_) => algorithm.ok_or(JoseError::MalformedKey(
                "a symmetric key needs an algorithm",
            ))?,
            asymmetric => {
                let parts = public_parts(asymmetric)?;
                let algorithm = algorithm.unwrap_or_else(|| parts.default_algorithm());
                parts.check(algorithm)?;
                algorithm
            }
        };
        Ok(Self {
            material: Arc::new(material),
            algorithm,
            kid: None,
        })
    }

    fn public_parts(&self) -> Result<PublicParts, JoseError> {
        public_parts(&self.material)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

const NO_PUBLIC_HALF: JoseError = JoseError::UnsupportedKey("a shared secret has no public half");

pub(super) fn public_parts(material: &Material) -> Result<PublicParts, JoseError> {
    match material {
        Material::Hmac(_) => Err(NO_PUBLIC_HALF),
        Material::Rsa(pair) => PublicParts::rsa_from_pkcs1(pair.public_key().as_ref()),
        Material::Ec(curve, pair) => PublicParts::ec(*curve, pair.public_key().as_ref()),
        Material::Ed25519(pair) => PublicParts::ed25519(pair.public_key().as_ref()),
    }
}

fn rsa_encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::RS384 => &RSA_PKCS1_SHA384,
        Algorithm::RS512 => &RSA_PKCS1_SHA512,
        Algorithm::PS256 => &RSA_PSS_SHA256,
        Algorithm::PS384 => &RSA_PSS_SHA384,
        Algorithm::PS512 => &RSA_PSS_SHA512,
        _ => &RSA_PKCS1_SHA256,
    }
}

fn to_pem(pkcs8: &[u8]) -> Result<Secret, JoseError> {
    let pem = pem_rfc7468::encode_string("PRIVATE KEY", LineEnding::LF, pkcs8);
    pem.map(Secret::new)
        .map_err(|_| JoseError::Crypto("export the private key"))
}
