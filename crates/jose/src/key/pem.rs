//! Keys from PEM files (RFC 7468): PKCS#1, SEC 1, PKCS#8 and SPKI, told apart by their labels.

use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, pkcs5};
use zeroize::Zeroizing;

use super::curve::Curve;
use super::parts::PublicParts;
use super::signing::Material;
use crate::{JoseError, Secret};

/// The largest PEM text that is read, in bytes.
const MAX_PEM_BYTES: usize = 64 * 1024;

const OLD_ENCRYPTION: JoseError =
    JoseError::UnsupportedKey("its encryption is too old; convert it with `openssl pkcs8 -topk8`");

/// Reads the first private key of a PEM text.
pub(super) fn private_key(pem: &[u8], password: Option<&Secret>) -> Result<Material, JoseError> {
    let (label, der) = block(pem, |label| label.ends_with("PRIVATE KEY"))?;
    match label {
        "PRIVATE KEY" => from_pkcs8(&der),
        "RSA PRIVATE KEY" => from_pkcs1(&der),
        "EC PRIVATE KEY" => Curve::ALL
            .into_iter()
            .find_map(|curve| {
                Some((
                    curve,
                    EcdsaKeyPair::from_private_key_der(curve.signing(), &der).ok()?,
                ))
            })
            .map(|(curve, pair)| Material::Ec(curve, pair))
            .ok_or(JoseError::UnsupportedKey(
                "not an EC key on P-256, P-384 or P-521",
            )),
        "ENCRYPTED PRIVATE KEY" => from_encrypted_pkcs8(&der, password),
        _ => Err(JoseError::UnsupportedKey("its PEM label is not known")),
    }
}

/// Reads the first public key of a PEM text.
pub(crate) fn public_parts(pem: &[u8]) -> Result<PublicParts, JoseError> {
    let (label, der) = block(pem, |label| label.ends_with("PUBLIC KEY"))?;
    match label {
        "PUBLIC KEY" => from_spki(&der),
        "RSA PUBLIC KEY" => PublicParts::rsa_from_pkcs1(&der),
        _ => Err(JoseError::UnsupportedKey("its PEM label is not known")),
    }
}

fn from_pkcs1(der: &[u8]) -> Result<Material, JoseError> {
    PublicParts::rsa_from_private_pkcs1(der)?;
    RsaKeyPair::from_der(der)
        .map(Material::Rsa)
        .map_err(refused)
}

fn from_pkcs8(der: &[u8]) -> Result<Material, JoseError> {
    let info = PrivateKeyInfoRef::try_from(der)
        .map_err(|_| JoseError::MalformedKey("not a PKCS#8 structure"))?;
    match kind(&info.algorithm)? {
        Kind::Rsa => from_pkcs1(info.private_key.as_bytes()),
        Kind::Ec(curve) => {
            let pair = EcdsaKeyPair::from_pkcs8(curve.signing(), der).map_err(refused)?;
            Ok(Material::Ec(curve, pair))
        }
        Kind::Ed25519 => Ed25519KeyPair::from_pkcs8(der)
            .map(Material::Ed25519)
            .map_err(refused),
    }
}

fn from_encrypted_pkcs8(der: &[u8], password: Option<&Secret>) -> Result<Material, JoseError> {
    let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| OLD_ENCRYPTION)?;
    let password = password.ok_or(JoseError::PasswordNeeded)?;
    let decrypted = info
        .decrypt(password.expose())
        .map_err(|error| match error {
            pkcs8::Error::EncryptedPrivateKey(
                pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs5::Error::NoPbes1CryptSupport,
            ) => OLD_ENCRYPTION,
            _ => JoseError::PasswordWrong,
        })?;
    from_pkcs8(decrypted.as_bytes())
}

fn from_spki(der: &[u8]) -> Result<PublicParts, JoseError> {
    let broken = JoseError::MalformedKey("not a SubjectPublicKeyInfo structure");
    let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| broken.clone())?;
    let key = info.subject_public_key.as_bytes().ok_or(broken)?;
    match kind(&info.algorithm)? {
        Kind::Rsa => PublicParts::rsa_from_pkcs1(key),
        Kind::Ec(curve) => PublicParts::ec(curve, key),
        Kind::Ed25519 => PublicParts::ed25519(key),
    }
}

enum Kind {
    Rsa,
    Ec(Curve),
    Ed25519,
}

/// By the algorithm identifiers of RFC 8017 §A.1, RFC 5480 §2.1.1 and RFC 8410 §3.
fn kind(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Kind, JoseError> {
    match algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => Ok(Kind::Rsa),
        "1.2.840.10045.2.1" => algorithm
            .parameters_oid()
            .ok()
            .and_then(Curve::from_oid)
            .map(Kind::Ec)
            .ok_or(JoseError::UnsupportedKey(
                "its curve is not P-256, P-384 or P-521",
            )),
        "1.3.101.112" => Ok(Kind::Ed25519),
        _ => Err(JoseError::UnsupportedKey("not an RSA, EC or Ed25519 key")),
    }
}

/// Finds the first block whose label is wanted, past others such as `EC PARAMETERS`, and decodes it.
fn block(pem: &[u8], wanted: fn(&str) -> bool) -> Result<(&str, Zeroizing<Vec<u8>>), JoseError> {
    const BEGIN: &str = "-----BEGIN ";
    if pem.len() > MAX_PEM_BYTES {
        return Err(JoseError::TooLarge {
            what: "the PEM text",
            limit: MAX_PEM_BYTES,
        });
    }
    let text = std::str::from_utf8(pem).map_err(|_| JoseError::MalformedKey("not a PEM text"))?;
    let mut rest = text;
    while let Some(start) = rest.find(BEGIN) {
        rest = rest.get(start..).unwrap_or_default();
        let label = rest
            .get(BEGIN.len()..)
            .and_then(|after| after.split("-----").next())
            .unwrap_or_default();
        if wanted(label) {
            return decode(label, rest);
        }
        rest = rest.get(BEGIN.len()..).unwrap_or_default();
    }
    Err(JoseError::MalformedKey(
        "the PEM text has no key of the wanted kind",
    ))
}

fn decode<'p>(label: &'p str, text: &'p str) -> Result<(&'p str, Zeroizing<Vec<u8>>), JoseError> {
    let end = format!("-----END {label}-----");
    let len = text
        .find(&end)
        .ok_or(JoseError::MalformedKey("the PEM text has no end line"))?
        + end.len();
    let armour = text.get(..len).unwrap_or_default();
    if armour.contains("Proc-Type:") {
        return Err(OLD_ENCRYPTION);
    }
    let broken = |_| JoseError::MalformedKey("the PEM text is damaged");
    let mut decoder = pem_rfc7468::Decoder::new_detect_wrap(armour.as_bytes()).map_err(broken)?;
    let mut der = Zeroizing::new(Vec::new());
    decoder.decode_to_end(&mut der).map_err(broken)?;
    Ok((label, der))
}

fn refused(_: aws_lc_rs::error::KeyRejected) -> JoseError {
    JoseError::MalformedKey("the cryptographic library refused the private key")
}
