//! Proof Key for Code Exchange, S256 only (RFC 7636 §4).

use keyfob_jose::{Algorithm, JoseError, Secret, base64url, random};

/// Makes a code verifier with 256 bits of randomness (43 characters, §4.1).
pub(super) fn verifier() -> Result<Secret, JoseError> {
    random::token(32).map(Secret::new)
}

/// The code challenge of a verifier (§4.2). ES256 hashes with SHA-256.
pub(super) fn challenge(verifier: &Secret) -> String {
    base64url::encode(&Algorithm::ES256.hash(verifier.expose().as_bytes())[..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(
            challenge(&verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn verifier_has_43_unreserved_characters_and_differs_every_time() {
        let (one, two) = (verifier().unwrap(), verifier().unwrap());
        assert_eq!(one.expose().len(), 43);
        assert!(
            one.expose()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
        );
        assert_ne!(one, two);
    }
}
