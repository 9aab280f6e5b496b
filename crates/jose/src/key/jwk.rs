//! Private and symmetric keys from a JWK (RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2).

use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::parts::{PublicParts, number};
use super::signing::Material;
use super::verifying::hmac_key;
use crate::jwk::{declared_algorithm, is_allowed};
use crate::{Algorithm, JoseError};

pub(super) struct PrivateKey<'v> {
    pub(super) material: Material,
    pub(super) algorithm: Option<Algorithm>,
    pub(super) kid: Option<&'v str>,
}

/// Reads the key; `use`, `key_ops` and `alg` must allow signing with the algorithm.
pub(super) fn private_key(
    jwk: &Value,
    algorithm: Option<Algorithm>,
) -> Result<PrivateKey<'_>, JoseError> {
    let jwk = jwk
        .as_object()
        .ok_or(JoseError::MalformedKey("not a JSON object"))?;
    is_allowed(jwk, "sign")?;
    let declared = declared_algorithm(jwk)?;
    if let (Some(asked), Some(declared)) = (algorithm, declared)
        && asked != declared
    {
        return Err(JoseError::KeyMismatch {
            algorithm: asked.as_str(),
            why: "its `alg` is another",
        });
    }
    let algorithm = algorithm.or(declared);
    let kid = jwk.get("kid").and_then(Value::as_str);
    Ok(PrivateKey {
        material: material(jwk, algorithm)?,
        algorithm,
        kid,
    })
}

fn material(jwk: &Map<String, Value>, algorithm: Option<Algorithm>) -> Result<Material, JoseError> {
    if jwk.get("kty").and_then(Value::as_str) == Some("oct") {
        let algorithm = algorithm.ok_or(JoseError::MalformedKey(
            "a symmetric key needs an algorithm",
        ))?;
        return Ok(Material::Hmac(Box::new(hmac_key(
            &secret(jwk, "k")?,
            algorithm,
        )?)));
    }
    let rejected = |_| JoseError::MalformedKey("the numbers do not make a private key");
    match PublicParts::from_jwk(jwk)? {
        PublicParts::Rsa { n, e } => rsa(jwk, n, e).map(Material::Rsa),
        PublicParts::Ec { curve, point } => {
            let d = secret(jwk, "d")?;
            if d.len() != curve.field_len() {
                return Err(JoseError::MalformedKey(
                    "`d` does not have the curve's length",
                ));
            }
            let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), &d, &point);
            Ok(Material::Ec(curve, pair.map_err(rejected)?))
        }
        PublicParts::Ed25519 { x } => {
            let pair = Ed25519KeyPair::from_seed_and_public_key(&secret(jwk, "d")?, &x);
            Ok(Material::Ed25519(pair.map_err(rejected)?))
        }
    }
}

fn rsa(jwk: &Map<String, Value>, n: Vec<u8>, e: Vec<u8>) -> Result<RsaKeyPair, JoseError> {
    if jwk.contains_key("oth") {
        return Err(JoseError::UnsupportedKey(
            "RSA keys of more than two primes are not supported",
        ));
    }
    let d = secret(jwk, "d")?;
    if !["p", "q", "dp", "dq", "qi"]
        .into_iter()
        .all(|name| jwk.contains_key(name))
    {
        return Err(JoseError::UnsupportedKey(
            "an RSA private key needs `p`, `q`, `dp`, `dq` and `qi`",
        ));
    }
    RsaKeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents { n, e },
        d,
        p: secret(jwk, "p")?,
        q: secret(jwk, "q")?,
        dP: secret(jwk, "dp")?,
        dQ: secret(jwk, "dq")?,
        qInv: secret(jwk, "qi")?,
    })
    .map_err(|_| JoseError::MalformedKey("the numbers do not make an RSA private key"))
}

fn secret(jwk: &Map<String, Value>, name: &'static str) -> Result<Wiped, JoseError> {
    number(jwk, name).map(|bytes| Wiped(Zeroizing::new(bytes)))
}

/// `Zeroizing<Vec<u8>>` is no `AsRef<[u8]>`, which the cryptographic library asks for.
struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl std::ops::Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
