//! The last header seen: an issuer's tokens differ in their headers from key to key, not from token to token.

use std::sync::{Arc, PoisonError, RwLock};

use super::{CompactJws, Header};

/// Remembers one header, so that it is not decoded and read again for every token.
///
/// ```
/// use keyfob_jose::{Algorithm, CompactJws, HeaderFields, HeaderMemo, SigningKey, jws};
///
/// let key = SigningKey::generate(Algorithm::ES256)?.with_kid("2026-01");
/// let token = jws::sign(&key, &HeaderFields::typ("JWT"), b"{}")?;
/// let memo = HeaderMemo::default();
/// for _ in 0..2 {
///     let jws = CompactJws::parse_with(&token, &memo)?;
///     jws.verify(key.public_jwk()?.key())?;
///     memo.remember(&jws);
/// }
/// # Ok::<(), keyfob_jose::JoseError>(())
/// ```
#[derive(Debug, Default)]
pub struct HeaderMemo(RwLock<Option<Known>>);

#[derive(Debug)]
struct Known {
    encoded: Box<str>,
    header: Arc<Header>,
}

impl HeaderMemo {
    /// Remembers a token's header. To be called for verified tokens only: made-up ones would drive out the good one.
    pub fn remember(&self, jws: &CompactJws<'_>) {
        let Some((encoded, header)) = jws.news() else {
            return;
        };
        let known = Known {
            encoded: encoded.into(),
            header: Arc::clone(header),
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    /// Returns the header whose encoded form is exactly this.
    pub(super) fn recall(&self, encoded: &str) -> Option<Arc<Header>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known
            .as_ref()
            .filter(|known| *known.encoded == *encoded)
            .map(|known| Arc::clone(&known.header))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, HeaderFields, SigningKey, jws};

    #[test]
    fn recalls_the_same_header_and_no_other() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let sign = |kid: &str| {
            jws::sign(&key.clone().with_kid(kid), &HeaderFields::default(), b"{}").unwrap()
        };
        let (one, two) = (sign("one"), sign("two"));
        let memo = HeaderMemo::default();
        memo.remember(&CompactJws::parse_with(&one, &memo).unwrap());
        for (token, kid, known) in [(&one, "one", true), (&two, "two", false)] {
            let jws = CompactJws::parse_with(token, &memo).unwrap();
            assert_eq!(jws.header().kid.as_deref(), Some(kid));
            assert_eq!(jws.news().is_none(), known);
        }
    }

    #[test]
    fn a_remembered_header_does_not_excuse_the_rest_of_the_token() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let token = jws::sign(&key, &HeaderFields::default(), b"{}").unwrap();
        let memo = HeaderMemo::default();
        memo.remember(&CompactJws::parse(&token).unwrap());
        let (header, _) = token.split_once('.').unwrap();
        assert!(CompactJws::parse_with(&format!("{header}.e30=.AA"), &memo).is_err());
        let forged = format!("{header}.e30.AAAA");
        let jws = CompactJws::parse_with(&forged, &memo).unwrap();
        assert!(jws.verify(key.public_jwk().unwrap().key()).is_err());
    }
}
