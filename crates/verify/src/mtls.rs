//! Tokens bound to a client certificate (RFC 8705 §3.1).

pub(crate) mod forwarded;

use keyfob_jose::{Algorithm, base64url};
use subtle::ConstantTimeEq as _;

/// The largest certificate that is hashed, in bytes; ordinary ones have 1 to 4 KiB.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// Returns `x5t#S256` of a certificate in DER: base64url of its SHA-256.
///
/// ```
/// # let der: &[u8] = &[];
/// let confirmation = serde_json::json!({ "x5t#S256": keyfob_verify::mtls::thumbprint(der) });
/// # assert_eq!(confirmation["x5t#S256"], "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
/// ```
pub fn thumbprint(der: &[u8]) -> String {
    base64url::encode(Algorithm::ES256.hash(der))
}

/// Tells, in constant time, whether a certificate in DER is the one of this `x5t#S256`.
pub(crate) fn is_certificate(der: &[u8], claimed: &str) -> bool {
    let within_cap = !der.is_empty() && der.len() <= MAX_CERTIFICATE_BYTES;
    within_cap && bool::from(thumbprint(der).as_bytes().ct_eq(claimed.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_known_by_the_sha256_of_its_der() {
        let claimed = thumbprint(b"certificate");
        assert!(is_certificate(b"certificate", &claimed));
        assert!(!is_certificate(b"Certificate", &claimed));
        assert!(!is_certificate(b"certificate", ""));
    }

    #[test]
    fn nothing_and_too_much_are_no_certificate() {
        for der in [vec![], vec![0x30; MAX_CERTIFICATE_BYTES + 1]] {
            assert!(!is_certificate(&der, &thumbprint(&der)), "{}", der.len());
        }
    }
}
