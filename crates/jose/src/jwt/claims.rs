//! The claims set (RFC 7519 §4).

use serde_json::{Map, Value};

use super::NumericDate;
use crate::JoseError;

/// The registered claims, typed, and all others as values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims {
    /// `iss`: who issued the token.
    pub iss: Option<String>,
    /// `sub`: whom it is about.
    pub sub: Option<String>,
    /// `aud`: whom it is for.
    pub aud: Option<Audience>,
    /// `exp`: not to be accepted at or after this time.
    pub exp: Option<NumericDate>,
    /// `nbf`: not to be accepted before this time.
    pub nbf: Option<NumericDate>,
    /// `iat`: when it was issued.
    pub iat: Option<NumericDate>,
    /// `jti`: its unique name.
    pub jti: Option<String>,
    /// Every other claim.
    pub extra: Map<String, Value>,
}

/// `aud`: one recipient or several (RFC 7519 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// A single text.
    One(String),
    /// An array of texts.
    Many(Vec<String>),
}

impl Claims {
    /// Reads claims strictly.
    ///
    /// # Errors
    /// `malformed_claim`, `malformed_json`, `duplicate_member` or `too_large`.
    pub fn parse(payload: &[u8]) -> Result<Self, JoseError> {
        let _ = payload;
        unimplemented!()
    }

    /// Returns a claim that is not a registered one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.extra.get(name)
    }

    /// Returns a claim that is not a registered one, if it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.extra.get(name)?.as_str()
    }

    /// Returns the claims as JSON, ready to sign.
    pub fn to_json(&self) -> Vec<u8> {
        unimplemented!()
    }
}

impl Audience {
    /// Tells whether this recipient is among them.
    pub fn contains(&self, recipient: &str) -> bool {
        self.as_slice().iter().any(|one| one == recipient)
    }

    /// Returns the recipients.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}
