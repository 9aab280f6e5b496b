//! What a token is bound to: its `cnf` claim (RFC 7800 §3, RFC 8705 §3.1, RFC 9449 §6.1).

use std::borrow::Cow;

use serde_json::Value;

/// The key or certificate whose holder alone may use the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation<'a> {
    jkt: Option<Cow<'a, str>>,
    x5t_s256: Option<Cow<'a, str>>,
    others: bool,
}

impl<'a> Confirmation<'a> {
    /// Returns `jkt`: the SHA-256 thumbprint of the DPoP key, in base64url.
    pub fn jkt(&self) -> Option<&str> {
        self.jkt.as_deref()
    }

    /// Returns `x5t#S256`: the SHA-256 hash of the client's certificate, in base64url.
    pub fn x5t_s256(&self) -> Option<&str> {
        self.x5t_s256.as_deref()
    }

    /// Tells whether there is anything in the claim but those two texts, or nothing at all: keyfob knows no proof for it.
    pub fn asks_for_more(&self) -> bool {
        self.others || (self.jkt.is_none() && self.x5t_s256.is_none())
    }

    pub(crate) fn of(cnf: &'a Value) -> Self {
        let text = |name: &str| cnf.get(name)?.as_str().map(Cow::Borrowed);
        let (jkt, x5t_s256) = (text("jkt"), text("x5t#S256"));
        let known = usize::from(jkt.is_some()) + usize::from(x5t_s256.is_some());
        let members = cnf.as_object().map(serde_json::Map::len);
        Self {
            jkt,
            x5t_s256,
            others: members != Some(known),
        }
    }
}
