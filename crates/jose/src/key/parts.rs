//! The numbers that make a public key, checked (RFC 7518 §6.2.1, §6.3.1, RFC 8037 §2).

use pkcs8::der::asn1::UintRef;
use pkcs8::der::{Decode as _, Reader as _, SliceReader};
use serde_json::{Map, Value};

use super::curve::Curve;
use super::roca;
use crate::{Algorithm, JoseError, base64url};

/// A public key as numbers; its fields keep the rules of their kind.
#[derive(Clone)]
pub(crate) enum PublicParts {
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// The uncompressed point of SEC 1 §2.3.3.
    Ec { curve: Curve, point: Vec<u8> },
    /// The 32 bytes of RFC 8032 §5.1.5.
    Ed25519 { x: Vec<u8> },
}

impl PublicParts {
    /// Checks an RSA key: 2048 to 8192 bits, odd modulus, odd exponent from 3 up to 33 bits.
    pub(crate) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, JoseError> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if bits < 2048 {
            return Err(JoseError::WeakKey("RSA keys need at least 2048 bits"));
        }
        if bits > 8192 {
            return Err(JoseError::UnsupportedKey(
                "RSA keys may have at most 8192 bits",
            ));
        }
        if !is_odd(n) {
            return Err(JoseError::MalformedKey("the RSA modulus is even"));
        }
        if roca::has_fingerprint(n) {
            return Err(JoseError::WeakKey(
                "the RSA key comes from a flawed generator (CVE-2017-15361)",
            ));
        }
        let exponent = e.iter().fold(0_u64, |sum, byte| {
            sum.saturating_mul(256).saturating_add(u64::from(*byte))
        });
        if exponent < 3 || !is_odd(e) || exponent >= 1 << 33 {
            return Err(JoseError::WeakKey(
                "the RSA exponent is not an odd number from 3 to 33 bits",
            ));
        }
        Ok(Self::Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    }

    /// Reads an `RSAPublicKey` of PKCS#1 (RFC 8017 §A.1.1).
    pub(crate) fn rsa_from_pkcs1(der: &[u8]) -> Result<Self, JoseError> {
        let broken = |_| JoseError::MalformedKey("not an RSAPublicKey structure");
        let mut reader = SliceReader::new(der).map_err(broken)?;
        let (n, e) = reader
            .sequence(|inner| {
                Ok::<_, pkcs8::der::Error>((UintRef::decode(inner)?, UintRef::decode(inner)?))
            })
            .map_err(broken)?;
        reader.finish().map_err(broken)?;
        Self::rsa(n.as_bytes(), e.as_bytes())
    }

    /// Reads the public numbers of an `RSAPrivateKey` of PKCS#1 (RFC 8017 §A.1.2).
    pub(crate) fn rsa_from_private_pkcs1(der: &[u8]) -> Result<Self, JoseError> {
        let broken = |_| JoseError::MalformedKey("not an RSAPrivateKey structure");
        let mut reader = SliceReader::new(der).map_err(broken)?;
        let numbers = reader.sequence(|inner| {
            UintRef::decode(inner)?;
            let public = (UintRef::decode(inner)?, UintRef::decode(inner)?);
            inner.read_slice(inner.remaining_len())?;
            Ok::<_, pkcs8::der::Error>(public)
        });
        let (n, e) = numbers.map_err(broken)?;
        Self::rsa(n.as_bytes(), e.as_bytes())
    }

    /// Takes an uncompressed point; that it lies on the curve is checked when the key is parsed.
    pub(crate) fn ec(curve: Curve, point: &[u8]) -> Result<Self, JoseError> {
        match point.first() {
            Some(4) if point.len() == 1 + 2 * curve.field_len() => Ok(Self::Ec {
                curve,
                point: point.to_vec(),
            }),
            Some(2 | 3) => Err(JoseError::UnsupportedKey(
                "compressed points are not supported",
            )),
            _ => Err(JoseError::MalformedKey(
                "the point does not have the curve's length",
            )),
        }
    }

    pub(crate) fn ed25519(x: &[u8]) -> Result<Self, JoseError> {
        if x.len() == 32 {
            Ok(Self::Ed25519 { x: x.to_vec() })
        } else {
            Err(JoseError::MalformedKey("an Ed25519 key has 32 bytes"))
        }
    }

    /// Reads the public members of a JWK; private ones are not looked at.
    pub(crate) fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, JoseError> {
        match jwk.get("kty").and_then(Value::as_str) {
            Some("RSA") => Self::rsa(&number(jwk, "n")?, &number(jwk, "e")?),
            Some("EC") => {
                let curve = jwk
                    .get("crv")
                    .and_then(Value::as_str)
                    .and_then(Curve::from_name);
                let curve = curve.ok_or(JoseError::UnsupportedKey(
                    "its curve is not P-256, P-384 or P-521",
                ))?;
                let (x, y) = (number(jwk, "x")?, number(jwk, "y")?);
                if x.len() != curve.field_len() {
                    return Err(JoseError::MalformedKey(
                        "a coordinate does not have the curve's length",
                    ));
                }
                Self::ec(curve, &[&[4], &x[..], &y[..]].concat())
            }
            Some("OKP") if jwk.get("crv").and_then(Value::as_str) == Some("Ed25519") => {
                Self::ed25519(&number(jwk, "x")?)
            }
            Some("OKP") => Err(JoseError::UnsupportedKey("its curve is not Ed25519")),
            Some("oct") => Err(JoseError::UnsupportedKey(
                "a symmetric key is not a public key",
            )),
            Some(_) => Err(JoseError::UnsupportedKey("its `kty` is not known")),
            None => Err(JoseError::MalformedKey("`kty` is missing")),
        }
    }

    /// Returns the members that RFC 7638 §3.2 hashes, in their lexicographic order.
    pub(crate) fn required_members(&self) -> Map<String, Value> {
        let members: Vec<(&str, String)> = match self {
            Self::Rsa { n, e } => {
                vec![
                    ("e", base64url::encode(e)),
                    ("kty", "RSA".to_owned()),
                    ("n", base64url::encode(n)),
                ]
            }
            Self::Ec { curve, point } => {
                let (x, y) = point
                    .get(1..)
                    .unwrap_or_default()
                    .split_at_checked(curve.field_len())
                    .unwrap_or_default();
                vec![
                    ("crv", curve.name().to_owned()),
                    ("kty", "EC".to_owned()),
                    ("x", base64url::encode(x)),
                    ("y", base64url::encode(y)),
                ]
            }
            Self::Ed25519 { x } => {
                vec![
                    ("crv", "Ed25519".to_owned()),
                    ("kty", "OKP".to_owned()),
                    ("x", base64url::encode(x)),
                ]
            }
        };
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect()
    }

    /// Returns the algorithm that signs with this kind of key if nobody says otherwise.
    pub(crate) fn default_algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::RS256,
            Self::Ec { curve, .. } => curve.algorithm(),
            Self::Ed25519 { .. } => Algorithm::EdDSA,
        }
    }

    /// Checks that the key is of the kind, and on the curve, that the algorithm needs.
    pub(crate) fn check(&self, algorithm: Algorithm) -> Result<(), JoseError> {
        let own = self.default_algorithm();
        if own == algorithm
            || (own.key_type() == algorithm.key_type() && matches!(self, Self::Rsa { .. }))
        {
            return Ok(());
        }
        let why = "it is of another kind or curve";
        Err(JoseError::KeyMismatch {
            algorithm: algorithm.as_str(),
            why,
        })
    }
}

/// Reads a base64url member of a JWK.
pub(crate) fn number(jwk: &Map<String, Value>, member: &'static str) -> Result<Vec<u8>, JoseError> {
    let broken = |why| JoseError::KeyMember { member, why };
    let value = jwk.get(member).ok_or_else(|| broken("is missing"))?;
    let text = value.as_str().ok_or_else(|| broken("is not a text"))?;
    base64url::decode(text).map_err(|_| broken("is not base64url without padding"))
}

/// RFC 7518 §6.3.1.1 forbids them; some libraries write one nevertheless, and it changes nothing.
fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|byte| byte % 2 == 1)
}
