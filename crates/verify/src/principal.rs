//! Who presented a token, and what the token says about them.

use std::sync::Arc;
use std::time::SystemTime;

use keyfob_jose::{Claims, NumericDate};
use serde_json::{Map, Value};

use crate::confirmation::Confirmation;
use crate::rejection::Rejection;

/// What a verified access token says (RFC 9068 §2.2); cheap to clone, clones share the claims.
#[derive(Clone, PartialEq)]
pub struct Principal {
    claims: Arc<Claims>,
}

/// The same, borrowed from the verifier's buffers: for those who need two or three claims and keep none.
#[derive(Clone, Copy, PartialEq)]
pub struct PrincipalRef<'a> {
    claims: &'a Claims,
}

impl Principal {
    /// Makes a principal of claims that were not in a token, such as an introspection answer's (RFC 7662 §2.2).
    ///
    /// Nothing is required of them: `iss` and `sub` may be missing.
    ///
    /// # Errors
    /// [`Rejection::Malformed`] if a registered claim has the wrong type, or there is too much of them.
    pub fn from_claims(claims: Map<String, Value>) -> Result<Self, Rejection> {
        let json = Value::Object(claims).to_string();
        Claims::parse(json.as_bytes())
            .map(Self::new)
            .map_err(Rejection::Malformed)
    }

    pub(crate) fn new(claims: Claims) -> Self {
        Self {
            claims: Arc::new(claims),
        }
    }

    /// What all copies of it together hold on the heap, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        // An `Arc` has two counters in front.
        2 * size_of::<usize>() + crate::memory::of_claims(&self.claims)
    }

    /// Returns a borrowed view with the same accessors.
    pub fn borrowed(&self) -> PrincipalRef<'_> {
        PrincipalRef {
            claims: &self.claims,
        }
    }

    /// Returns `sub`: the user, or the client itself where no user is involved; empty only if an introspection answer
    /// does not say.
    pub fn subject(&self) -> &str {
        self.borrowed().subject()
    }

    /// Returns `iss`; empty only if an introspection answer does not say.
    pub fn issuer(&self) -> &str {
        self.borrowed().issuer()
    }

    /// Returns `client_id`, or `azp` from issuers that predate RFC 9068.
    pub fn client_id(&self) -> Option<&str> {
        self.borrowed().client_id()
    }

    /// Returns every audience.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.borrowed().audiences()
    }

    /// Returns the scopes from `scope`, else `scp`; a string of words or a list.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.borrowed().scopes()
    }

    /// Tells whether the token grants `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.borrowed().has_scope(scope)
    }

    /// Returns when the token expires.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.borrowed().expires_at()
    }

    /// Returns before when the token is not valid.
    pub fn not_before(&self) -> Option<SystemTime> {
        self.borrowed().not_before()
    }

    /// Returns when the token was issued.
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.borrowed().issued_at()
    }

    /// Returns `jti`.
    pub fn token_id(&self) -> Option<&str> {
        self.borrowed().token_id()
    }

    /// Returns when the user last logged in, if the token says.
    pub fn auth_time(&self) -> Option<SystemTime> {
        self.borrowed().auth_time()
    }

    /// Returns how the user logged in: the authentication context class.
    pub fn acr(&self) -> Option<&str> {
        self.borrowed().acr()
    }

    /// Returns the key or certificate that the token is bound to; such a token is good only from who proves to hold it.
    pub fn cnf(&self) -> Option<Confirmation<'_>> {
        self.borrowed().cnf()
    }

    /// Returns any claim.
    pub fn claim(&self, name: &str) -> Option<Value> {
        self.borrowed().claim(name)
    }

    /// Returns every claim.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl<'a> PrincipalRef<'a> {
    /// Copies the claims into a principal to keep.
    pub fn to_principal(self) -> Principal {
        Principal::new(self.claims.clone())
    }

    /// Returns `sub`: the user, or the client itself where no user is involved; empty only if an introspection answer
    /// does not say.
    pub fn subject(self) -> &'a str {
        self.claims.sub.as_deref().unwrap_or_default()
    }

    /// Returns `iss`; empty only if an introspection answer does not say.
    pub fn issuer(self) -> &'a str {
        self.claims.iss.as_deref().unwrap_or_default()
    }

    /// Returns `client_id`, or `azp` from issuers that predate RFC 9068.
    pub fn client_id(self) -> Option<&'a str> {
        self.claims
            .text("client_id")
            .or_else(|| self.claims.text("azp"))
    }

    /// Returns every audience.
    pub fn audiences(self) -> impl Iterator<Item = &'a str> {
        let audiences = self
            .claims
            .aud
            .as_ref()
            .map_or(&[][..], |aud| aud.as_slice());
        audiences.iter().map(String::as_str)
    }

    /// Returns the scopes from `scope`, else `scp`; a string of words or a list.
    pub fn scopes(self) -> impl Iterator<Item = &'a str> {
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
    pub fn has_scope(self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// Returns when the token expires.
    pub fn expires_at(self) -> Option<SystemTime> {
        self.claims.exp.map(NumericDate::to_system_time)
    }

    /// Returns before when the token is not valid.
    pub fn not_before(self) -> Option<SystemTime> {
        self.claims.nbf.map(NumericDate::to_system_time)
    }

    /// Returns when the token was issued.
    pub fn issued_at(self) -> Option<SystemTime> {
        self.claims.iat.map(NumericDate::to_system_time)
    }

    /// Returns `jti`.
    pub fn token_id(self) -> Option<&'a str> {
        self.claims.jti.as_deref()
    }

    /// Returns when the user last logged in, if the token says.
    pub fn auth_time(self) -> Option<SystemTime> {
        let date = NumericDate::try_from(self.claims.get("auth_time")?).ok()?;
        Some(date.to_system_time())
    }

    /// Returns how the user logged in: the authentication context class.
    pub fn acr(self) -> Option<&'a str> {
        self.claims.text("acr")
    }

    /// Returns the key or certificate that the token is bound to; such a token is good only from who proves to hold it.
    pub fn cnf(self) -> Option<Confirmation<'a>> {
        self.claims.get("cnf").map(Confirmation::of)
    }

    /// Returns any claim.
    pub fn claim(self, name: &str) -> Option<Value> {
        match name {
            "iss" => self.claims.iss.clone().map(Value::from),
            "sub" => self.claims.sub.clone().map(Value::from),
            "aud" => self.claims.aud.clone().map(Value::from),
            "exp" => self.claims.exp.map(Value::from),
            "nbf" => self.claims.nbf.map(Value::from),
            "iat" => self.claims.iat.map(Value::from),
            "jti" => self.claims.jti.clone().map(Value::from),
            other => self.claims.get(other).cloned(),
        }
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

impl std::fmt::Debug for PrincipalRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrincipalRef")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .finish_non_exhaustive()
    }
}
