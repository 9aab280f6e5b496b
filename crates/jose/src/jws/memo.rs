//! The headers seen last: an issuer's tokens differ in their headers from key to key, not from token to token.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};

use super::{CompactJws, Header};

/// The most headers that are remembered: a few issuers, some of them in the middle of a rotation.
const PLACES: usize = 8;

/// Remembers headers, so that they are not decoded and read again for every token. Readers wait for nobody and write
/// nothing that other threads read.
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
pub struct HeaderMemo {
    places: [OnceLock<ArcSwap<Known>>; PLACES],
    /// Where the next one goes.
    next: AtomicUsize,
}

#[derive(Debug)]
struct Known {
    encoded: Box<str>,
    header: Header,
}

/// A header on loan.
pub(super) struct Recalled(Guard<Arc<Known>>);

impl HeaderMemo {
    /// Remembers a token's header. To be called for verified tokens only: made-up ones would drive out the good ones.
    pub fn remember(&self, jws: &CompactJws<'_>) {
        let Some((encoded, header)) = jws.news() else {
            return;
        };
        // Two threads that meet the same new header at once remember it twice, which costs one place.
        let place = self.next.fetch_add(1, Ordering::Relaxed) % PLACES;
        if let Some(place) = self.places.get(place) {
            let known = Arc::new(Known {
                encoded: encoded.into(),
                header: header.clone(),
            });
            place
                .get_or_init(|| ArcSwap::new(Arc::clone(&known)))
                .store(known);
        }
    }

    /// Returns the header whose encoded form is exactly this.
    pub(super) fn recall(&self, encoded: &str) -> Option<Recalled> {
        self.places.iter().find_map(|place| {
            let known = place.get()?.load();
            let is_it = *known.encoded == *encoded;
            is_it.then_some(Recalled(known))
        })
    }
}

impl Recalled {
    pub(super) fn header(&self) -> &Header {
        &self.0.header
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
    fn forgets_the_oldest_of_too_many() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let tokens: Vec<_> = (0..=PLACES)
            .map(|kid| {
                let key = key.clone().with_kid(kid.to_string());
                jws::sign(&key, &HeaderFields::default(), b"{}").unwrap()
            })
            .collect();
        let memo = HeaderMemo::default();
        for token in &tokens {
            memo.remember(&CompactJws::parse_with(token, &memo).unwrap());
        }
        let is_known = |token| {
            let jws = CompactJws::parse_with(token, &memo).unwrap();
            jws.news().is_none()
        };
        let (oldest, others) = tokens.split_first().unwrap();
        assert!(!is_known(oldest) && others.iter().all(|token| is_known(token)));
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
