//! Claims that stay where they were read (RFC 7519 §4).

use serde_json::Value;

use super::index::{ClaimsIndex, Found};
use super::{Claims, KnownClaim, NumericDate};
use crate::JoseError;
use crate::json::{self, Texts};

/// The claims of one payload, borrowed from a [`ClaimsReader`](super::ClaimsReader) or from [`OwnedClaims`].
#[derive(Clone, Copy)]
pub struct ClaimsRef<'a> {
    text: &'a str,
    index: &'a ClaimsIndex,
}

/// The claims of one payload, to keep: one text, and where the claims stand in it.
#[derive(Clone)]
pub struct OwnedClaims {
    text: Box<str>,
    index: ClaimsIndex,
}

impl<'a> ClaimsRef<'a> {
    pub(super) fn new(text: &'a str, index: &'a ClaimsIndex) -> Self {
        Self { text, index }
    }

    /// Returns `iss`.
    pub fn iss(self) -> Option<&'a str> {
        Some(self.index.iss?.of(self.text))
    }

    /// Returns `sub`.
    pub fn sub(self) -> Option<&'a str> {
        Some(self.index.sub?.of(self.text))
    }

    /// Returns `jti`.
    pub fn jti(self) -> Option<&'a str> {
        Some(self.index.jti?.of(self.text))
    }

    /// Returns `exp`.
    pub fn exp(self) -> Option<NumericDate> {
        self.index.exp
    }

    /// Returns `nbf`.
    pub fn nbf(self) -> Option<NumericDate> {
        self.index.nbf
    }

    /// Returns `iat`.
    pub fn iat(self) -> Option<NumericDate> {
        self.index.iat
    }

    /// Tells whether there is an `aud`, be it an empty list.
    pub fn has_aud(self) -> bool {
        self.index.aud != Found::Absent
    }

    /// Returns the recipients that `aud` names.
    pub fn audiences(self) -> impl Iterator<Item = &'a str> {
        let (one, many) = self.text_or_texts(self.index.aud);
        one.into_iter().chain(many)
    }

    /// Tells whether `aud` names this recipient; without `aud` the answer is no.
    pub fn is_for(self, recipient: &str) -> bool {
        self.audiences().any(|one| one == recipient)
    }

    /// Tells whether a claim is there, whatever its value.
    pub fn has(self, claim: KnownClaim) -> bool {
        self.index.known(claim) != Found::Absent
    }

    /// Returns a claim that is a text.
    pub fn text(self, claim: KnownClaim) -> Option<&'a str> {
        self.text_or_texts(self.index.known(claim)).0
    }

    /// Returns the words of a claim that is a text, or the texts of one that is a list.
    pub fn words(self, claim: KnownClaim) -> impl Iterator<Item = &'a str> {
        let (one, many) = self.text_or_texts(self.index.known(claim));
        one.unwrap_or_default().split_ascii_whitespace().chain(many)
    }

    /// Returns a claim that is a date.
    pub fn date(self, claim: KnownClaim) -> Option<NumericDate> {
        match self.index.known(claim) {
            Found::Number(span) => NumericDate::from_json(span.of(self.text)),
            _ => None,
        }
    }

    /// Returns any claim. Looks through the payload again, and copies the value.
    pub fn get(self, name: &str) -> Option<Value> {
        json::pick(self.payload(), name)
    }

    /// Returns all of them as values.
    ///
    /// # Errors
    /// None for claims that a reader accepted.
    pub fn parse(self) -> Result<Claims, JoseError> {
        Claims::parse(self.payload().as_bytes())
    }

    /// Returns the payload: the claims as JSON.
    pub fn payload(self) -> &'a str {
        self.text.get(..self.index.payload_len).unwrap_or_default()
    }

    /// Copies them, to keep.
    pub fn to_owned(self) -> OwnedClaims {
        OwnedClaims {
            text: self.text.into(),
            index: *self.index,
        }
    }

    fn text_or_texts(self, found: Found) -> (Option<&'a str>, Texts<'a>) {
        match found {
            Found::Text(span) => (Some(span.of(self.text)), Texts::default()),
            Found::Texts(texts) => (None, Texts::at(texts, self.text)),
            _ => (None, Texts::default()),
        }
    }
}

impl OwnedClaims {
    /// Returns a borrowed view.
    pub fn borrowed(&self) -> ClaimsRef<'_> {
        ClaimsRef::new(&self.text, &self.index)
    }

    /// Returns how many bytes are held outside the value itself.
    pub fn heap_bytes(&self) -> usize {
        self.text.len()
    }
}

/// Claims are personal data.
impl std::fmt::Debug for ClaimsRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClaimsRef({} bytes)", self.payload().len())
    }
}

impl std::fmt::Debug for OwnedClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnedClaims({} bytes)", self.text.len())
    }
}
