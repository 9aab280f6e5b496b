//! Keys as they leave: private JWKs (RFC 7517 §4, RFC 7518 §6.2.2 and §6.3.2, RFC 8037 §2), and SPKI in PEM (RFC 7468 §13).

use aws_lc_rs::encoding::{AsBigEndian as _, AsDer as _, EcPrivateKeyBin};
use aws_lc_rs::signature::RsaKeyPair;
use pem_rfc7468::LineEnding;
use pkcs8::der::asn1::{AnyRef, BitStringRef, UintRef};
use pkcs8::der::{Decode as _, Encode as _, Reader as _, SliceReader};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use serde_json::Value;
use zeroize::Zeroizing;

use super::parts::PublicParts;
use super::signing::{Material, SigningKey, public_parts};
use crate::{JoseError, Secret, base64url};

impl SigningKey {
    /// Returns the private key as a JWK in JSON, with `use`, `alg` and, if it has a name, `kid`.
    ///
    /// ```
    /// use keyfob_jose::{Algorithm, SigningKey, json};
    ///
    /// # fn main() -> Result<(), keyfob_jose::JoseError> {
    /// let key = SigningKey::generate(Algorithm::ES256)?.with_kid("2026-01");
    /// let jwk = json::parse(key.to_jwk()?.expose().as_bytes(), json::Limits::TOKEN)?;
    /// let again = SigningKey::from_jwk(&jwk, None)?;
    /// assert_eq!(again.kid(), Some("2026-01"));
    /// assert_eq!(again.public_jwk()?.thumbprint(), key.public_jwk()?.thumbprint());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `unsupported_key` for shared secrets, which are whoever's who made them, to write down.
    pub fn to_jwk(&self) -> Result<Secret, JoseError> {
        let mut text = Zeroizing::new(String::with_capacity(4096));
        text.push('{');
        for (name, value) in &public_parts(&self.material)?.required_members() {
            member(&mut text, name, value);
        }
        for (name, number) in private_numbers(&self.material)? {
            // Base64url needs no escapes, and a `Value` of it would not be wiped.
            for piece in [",\n  \"", name, "\": \"", &number, "\""] {
                text.push_str(piece);
            }
        }
        if let Some(kid) = self.kid() {
            member(&mut text, "kid", &kid.into());
        }
        member(&mut text, "use", &"sig".into());
        member(&mut text, "alg", &self.algorithm().as_str().into());
        text.push_str("\n}\n");
        Ok(Secret::new(text.as_str()))
    }
}

fn member(text: &mut String, name: &str, value: &Value) {
    let comma = if text.len() > 1 { "," } else { "" };
    for piece in [comma, "\n  \"", name, "\": ", &value.to_string()] {
        text.push_str(piece);
    }
}

/// The private members by name, encoded.
type Numbers = Vec<(&'static str, Zeroizing<String>)>;

const FAILED: JoseError = JoseError::Crypto("export the private key");

fn private_numbers(material: &Material) -> Result<Numbers, JoseError> {
    let failed = |_| FAILED;
    match material {
        Material::Hmac(_) => Ok(Vec::new()),
        Material::Rsa(pair) => rsa_numbers(pair),
        Material::Ec(_, pair) => {
            let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(failed)?;
            Ok(vec![("d", encoded(d.as_ref()))])
        }
        Material::Ed25519(pair) => {
            let seed = pair.seed().map_err(failed)?;
            let seed = seed.as_be_bytes().map_err(failed)?;
            Ok(vec![("d", encoded(seed.as_ref()))])
        }
    }
}

/// The cryptographic library gives RSA's private numbers as an `RSAPrivateKey` only (RFC 8017 §A.1.2).
fn rsa_numbers(pair: &RsaKeyPair) -> Result<Numbers, JoseError> {
    const NAMES: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];
    let failed = |_: pkcs8::der::Error| FAILED;
    let pkcs8 = pair.as_der().map_err(|_| FAILED)?;
    let info = PrivateKeyInfoRef::try_from(pkcs8.as_ref()).map_err(|_| FAILED)?;
    let mut reader = SliceReader::new(info.private_key.as_bytes()).map_err(failed)?;
    reader
        .sequence(|inner| {
            for _version_and_public_numbers in 0..3 {
                UintRef::decode(inner)?;
            }
            let mut numbers = Vec::with_capacity(NAMES.len());
            for name in NAMES {
                numbers.push((name, encoded(UintRef::decode(inner)?.as_bytes())));
            }
            Ok::<_, pkcs8::der::Error>(numbers)
        })
        .map_err(failed)
}

fn encoded(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(base64url::encode(bytes))
}

/// Writes a public key as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) in PEM.
pub(crate) fn spki_pem(parts: &PublicParts) -> Result<String, JoseError> {
    let failed = |_| JoseError::Crypto("export the public key");
    let (oid, parameters, key) = match parts {
        PublicParts::Rsa { n, e } => {
            let numbers = [n, e].map(|number| UintRef::new(number));
            let numbers = numbers.into_iter().collect::<Result<Vec<_>, _>>();
            let key = numbers
                .and_then(|numbers| numbers.to_der())
                .map_err(failed)?;
            (RSA, Some(AnyRef::NULL), key)
        }
        PublicParts::Ec { curve, point } => (EC, Some(AnyRef::from(curve.oid())), point.clone()),
        PublicParts::Ed25519 { x } => (ED25519, None, x.clone()),
    };
    let info = SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(&key).map_err(failed)?,
    };
    let der = info.to_der().map_err(failed)?;
    pem_rfc7468::encode_string("PUBLIC KEY", LineEnding::LF, &der)
        .map_err(|_| JoseError::Crypto("export the public key"))
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
