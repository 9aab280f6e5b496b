//! Unguessable values from the cryptographic library's generator.

use zeroize::Zeroizing;

use crate::{JoseError, base64url};

/// Returns `N` random bytes.
///
/// # Errors
/// `crypto_failed` if the generator has no entropy; nothing weaker is ever used instead.
pub fn bytes<const N: usize>() -> Result<[u8; N], JoseError> {
    let mut out = [0; N];
    fill(&mut out)?;
    Ok(out)
}

/// Returns `n_bytes` random bytes as base64url; 32 bytes give 43 characters.
///
/// # Errors
/// `crypto_failed` if the generator has no entropy; nothing weaker is ever used instead.
pub fn token(n_bytes: usize) -> Result<String, JoseError> {
    let mut buffer = Zeroizing::new(vec![0; n_bytes]);
    fill(&mut buffer)?;
    Ok(base64url::encode(&buffer[..]))
}

fn fill(out: &mut [u8]) -> Result<(), JoseError> {
    aws_lc_rs::rand::fill(out).map_err(|_| JoseError::Crypto("make random bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_the_asked_entropy_and_differ() {
        let first = token(32).unwrap();
        assert_eq!(first.len(), 43);
        assert_ne!(first, token(32).unwrap());
        assert_ne!(bytes::<16>().unwrap(), bytes::<16>().unwrap());
    }
}
