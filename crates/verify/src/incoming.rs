//! A token taken apart, not yet believed.
//!
//! It is taken apart once, whoever then asks whose it claims to be, and in buffers that the thread uses again.

use std::cell::Cell;

use keyfob_jose::{ClaimsReader, ClaimsRef, CompactJws, Header, HeaderMemo};

use crate::rejection::Rejection;

/// A token in its parts. Nothing in it is true before a verifier says so.
pub(crate) struct Incoming<'t> {
    jws: CompactJws<'t>,
    headers: &'t HeaderMemo,
    buffers: Lent,
}

impl<'t> Incoming<'t> {
    /// Takes a token apart, under strict rules. A header that the memo knows is not read again.
    pub(crate) fn parse(token: &'t str, headers: &'t HeaderMemo) -> Result<Self, Rejection> {
        let mut buffers = Lent::new();
        let Buffers { decoded, claims } = &mut buffers.0;
        let jws = CompactJws::parse_in(token, headers, decoded).map_err(Rejection::Malformed)?;
        claims
            .read(jws.unverified_payload())
            .map_err(Rejection::Malformed)?;
        Ok(Self {
            jws,
            headers,
            buffers,
        })
    }

    /// Returns the header: good for choosing a key, and for nothing else before that key has verified the token.
    pub(crate) fn header(&self) -> &Header {
        self.jws.header()
    }

    /// Returns the claims: good for choosing whose rules to check them by, and for nothing else before these are kept.
    pub(crate) fn claims(&self) -> ClaimsRef<'_> {
        self.buffers.0.claims.claims()
    }

    /// Returns the token, to verify its signature.
    pub(crate) fn jws(&self) -> &CompactJws<'t> {
        &self.jws
    }

    /// Remembers the header. To be called once a key has verified the token.
    pub(crate) fn remember_header(&self) {
        self.headers.remember(&self.jws);
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        self.buffers.0.decoded = self.jws.take_buffer();
    }
}

#[derive(Default)]
struct Buffers {
    /// The payload, then the signature.
    decoded: Vec<u8>,
    claims: ClaimsReader,
}

thread_local! {
    /// One set for each thread: who verifies two tokens at once in one thread makes another.
    static BUFFERS: Cell<Option<Buffers>> = const { Cell::new(None) };
}

/// What one huge token needs is not kept for all threads forever.
const MAX_KEPT: usize = 32 * 1024;

/// Buffers that go back to a thread when they are no longer needed, emptied.
struct Lent(Buffers);

impl Lent {
    fn new() -> Self {
        // While a thread ends there are none, and others will do.
        let kept = BUFFERS.try_with(Cell::take).ok().flatten();
        Self(kept.unwrap_or_default())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut buffers = std::mem::take(&mut self.0);
        if buffers.decoded.capacity() + buffers.claims.capacity() <= MAX_KEPT {
            buffers.decoded.clear();
            buffers.claims.clear();
            let _ended = BUFFERS.try_with(|kept| kept.set(Some(buffers)));
        }
    }
}

#[cfg(test)]
mod tests {
    use keyfob_jose::{Algorithm, HeaderFields, SigningKey, jws};

    use super::*;

    #[test]
    fn buffers_come_back_empty_and_huge_ones_do_not() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let headers = HeaderMemo::default();
        let sign = |claims: &str| jws::sign(&key, &HeaderFields::default(), claims.as_bytes());
        let small = sign(r#"{"iss":"a"}"#).unwrap();
        let huge = sign(&format!(r#"{{"iss":"{}"}}"#, "a".repeat(30_000))).unwrap();

        let incoming = Incoming::parse(&small, &headers).unwrap();
        assert_eq!(incoming.claims().iss(), Some("a"));
        drop(incoming);
        let kept = Lent::new();
        assert!(kept.0.decoded.capacity() > 0 && kept.0.decoded.is_empty());
        assert!(kept.0.claims.capacity() > 0 && kept.0.claims.claims().iss().is_none());
        drop(kept);
        assert!(Incoming::parse("junk", &headers).is_err());
        let kept = Lent::new();
        assert!(
            kept.0.decoded.capacity() > 0,
            "a refused token costs no buffers"
        );
        drop(kept);

        drop(Incoming::parse(&huge, &headers).unwrap());
        assert_eq!(Lent::new().0.decoded.capacity(), 0);
    }

    #[test]
    fn two_tokens_at_once_do_not_share_buffers() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let headers = HeaderMemo::default();
        let [one, two] = ["one", "two"].map(|iss| {
            let claims = format!(r#"{{"iss":"{iss}"}}"#);
            jws::sign(&key, &HeaderFields::default(), claims.as_bytes()).unwrap()
        });
        let first = Incoming::parse(&one, &headers).unwrap();
        let second = Incoming::parse(&two, &headers).unwrap();
        assert_eq!(
            (first.claims().iss(), second.claims().iss()),
            (Some("one"), Some("two"))
        );
    }
}
