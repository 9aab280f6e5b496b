//! Who presented a token, and what the token says about them.

use std::time::SystemTime;

use keyfob_jose::Claims;
use serde_json::Value;

/// What a verified access token says (RFC 9068 §2.2).
#[derive(Clone, PartialEq)]
pub struct Principal {
    claims: Claims,
}

impl Principal {
    pub(crate) fn new(claims: Claims) -> Self {
        Self { claims }
    }

    /// Returns `sub`: the user, or the client itself where no user is involved.
    pub fn subject(&self) -> &str {
        self.claims.sub.as_deref().unwrap_or_default()
    }

    /// Returns `iss`.
    pub fn issuer(&self) -> &str {
        self.claims.iss.as_deref().unwrap_or_default()
    }

    /// Returns `client_id`, or `azp` from issuers that predate RFC 9068.
    pub fn client_id(&self) -> Option<&str> {
        self.claims
            .text("client_id")
            .or_else(|| self.claims.text("azp"))
    }

    /// Returns every audience.
    pub fn audiences(&self) -> &[String] {
        self.claims.aud.as_ref().map_or(&[], |aud| aud.as_slice())
    }

    /// Returns the scopes from `scope`, else `scp`; a string of words or a list.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        let scope = self.claims.get("scope").or_else(|| self.claims.get("scp"));
        let words = scope
            .and_then(Value::as_str)
            .unwrap_or_default()
            .split_ascii_whitespace();
        let listed = scope
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        words.chain(listed.iter().filter_map(Value::as_str))
    }

    /// Tells whether the token grants `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// Returns when the token expires.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.claims
            .exp
            .map(keyfob_jose::NumericDate::to_system_time)
    }

    /// Returns `jti`.
    pub fn token_id(&self) -> Option<&str> {
        self.claims.jti.as_deref()
    }

    /// Returns every claim.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

/// Claims are personal data; logs get the subject and the issuer only.
impl std::fmt::Debug for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Principal")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .finish_non_exhaustive()
    }
}
