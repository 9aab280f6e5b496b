//! A short name for a token that tells nothing about it.

use keyfob_jose::{Algorithm, Secret, base64url};

/// The first 96 bits of the token's SHA-256: enough to recognise it, useless to anybody else.
pub(crate) fn fingerprint(token: &Secret) -> String {
    let digest = Algorithm::RS256.hash(token.expose().as_bytes());
    base64url::encode(digest.get(..12).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differs_between_tokens_and_is_short() {
        let one = fingerprint(&Secret::new("one"));
        assert_eq!(one.len(), 16);
        assert_ne!(one, fingerprint(&Secret::new("two")));
        assert_eq!(one, fingerprint(&Secret::new("one")));
    }
}
