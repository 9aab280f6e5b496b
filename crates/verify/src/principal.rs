//! Who presented a token, and what the token says about them.

use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use keyfob_jose::{Claims, ClaimsReader, ClaimsRef, KnownClaim, NumericDate, OwnedClaims};
use serde_json::{Map, Value};

use crate::confirmation::Confirmation;
use crate::rejection::Rejection;

/// What a verified access token says (RFC 9068 §2.2); cheap to clone, clones share the claims.
pub struct Principal {
    claims: Arc<OwnedClaims>,
    /// Of this copy alone: what is shared, and perhaps kept for long, does not grow.
    values: OnceLock<Box<Claims>>,
}

/// The same, borrowed from the verifier's buffers: for those who need two or three claims and keep none.
#[derive(Clone, Copy)]
pub struct PrincipalRef<'a> {
    claims: ClaimsRef<'a>,
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
        let mut reader = ClaimsReader::default();
        let claims = reader.read(json.as_bytes()).map_err(Rejection::Malformed)?;
        Ok(PrincipalRef::new(claims).to_principal())
    }

    /// What all copies of it together hold on the heap, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        // An `Arc` has two counters in front.
        2 * size_of::<usize>() + size_of::<OwnedClaims>() + self.claims.heap_bytes()
    }

    /// Returns a borrowed view with the same accessors.
    pub fn borrowed(&self) -> PrincipalRef<'_> {
        PrincipalRef::new(self.claims.borrowed())
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

    /// Returns the scopes from `scope`, or from `scp` if that is missing or empty; a string of words or a list.
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
    pub fn cnf(&self) -> Option<Confirmation> {
        self.borrowed().cnf()
    }

    /// Tells whether the token is bound to anything, whatever that is.
    pub fn is_bound(&self) -> bool {
        self.borrowed().is_bound()
    }

    /// Returns any claim.
    pub fn claim(&self, name: &str) -> Option<Value> {
        self.borrowed().claim(name)
    }

    /// Returns every claim as a value. They are made at the first call, once for each clone.
    pub fn claims(&self) -> &Claims {
        // What was read in place is read in the other way, too.
        let parse = || Box::new(self.claims.borrowed().parse().unwrap_or_default());
        self.values.get_or_init(parse)
    }

    /// Returns every claim, as the JSON object that the token carries.
    pub fn as_json(&self) -> &str {
        self.borrowed().as_json()
    }
}

impl<'a> PrincipalRef<'a> {
    pub(crate) fn new(claims: ClaimsRef<'a>) -> Self {
        Self { claims }
    }

    pub(crate) fn claims_ref(self) -> ClaimsRef<'a> {
        self.claims
    }

    /// Copies the claims into a principal to keep.
    pub fn to_principal(self) -> Principal {
        Principal {
            claims: Arc::new(self.claims.to_owned()),
            values: OnceLock::new(),
        }
    }

    /// Returns `sub`: the user, or the client itself where no user is involved; empty only if an introspection answer
    /// does not say.
    pub fn subject(self) -> &'a str {
        self.claims.sub().unwrap_or_default()
    }

    /// Returns `iss`; empty only if an introspection answer does not say.
    pub fn issuer(self) -> &'a str {
        self.claims.iss().unwrap_or_default()
    }

    /// Returns `client_id`, or `azp` from issuers that predate RFC 9068.
    pub fn client_id(self) -> Option<&'a str> {
        let client_id = self.claims.text(KnownClaim::ClientId);
        client_id.or_else(|| self.claims.text(KnownClaim::Azp))
    }

    /// Returns every audience.
    pub fn audiences(self) -> impl Iterator<Item = &'a str> {
        self.claims.audiences()
    }

    /// Returns the scopes from `scope`, or from `scp` if that is missing or empty; a string of words or a list.
    pub fn scopes(self) -> impl Iterator<Item = &'a str> {
        let first = self.claims.words(KnownClaim::Scope).next();
        let claim = first.map_or(KnownClaim::Scp, |_| KnownClaim::Scope);
        self.claims.words(claim)
    }

    /// Tells whether the token grants `scope`.
    pub fn has_scope(self, scope: &str) -> bool {
        self.scopes().any(|granted| granted == scope)
    }

    /// Returns when the token expires.
    pub fn expires_at(self) -> Option<SystemTime> {
        self.claims.exp().map(NumericDate::to_system_time)
    }

    /// Returns before when the token is not valid.
    pub fn not_before(self) -> Option<SystemTime> {
        self.claims.nbf().map(NumericDate::to_system_time)
    }

    /// Returns when the token was issued.
    pub fn issued_at(self) -> Option<SystemTime> {
        self.claims.iat().map(NumericDate::to_system_time)
    }

    /// Returns `jti`.
    pub fn token_id(self) -> Option<&'a str> {
        self.claims.jti()
    }

    /// Returns when the user last logged in, if the token says.
    pub fn auth_time(self) -> Option<SystemTime> {
        let date = self.claims.date(KnownClaim::AuthTime)?;
        Some(date.to_system_time())
    }

    /// Returns how the user logged in: the authentication context class.
    pub fn acr(self) -> Option<&'a str> {
        self.claims.text(KnownClaim::Acr)
    }

    /// Returns the key or certificate that the token is bound to; such a token is good only from who proves to hold it.
    pub fn cnf(self) -> Option<Confirmation> {
        self.is_bound()
            .then(|| Confirmation::of(self.claims.get("cnf")))
    }

    /// Tells whether the token is bound to anything, whatever that is.
    pub fn is_bound(self) -> bool {
        self.claims.has(KnownClaim::Cnf)
    }

    /// Returns any claim. It is looked for in the payload, and copied.
    pub fn claim(self, name: &str) -> Option<Value> {
        self.claims.get(name)
    }

    /// Returns every claim, as the JSON object that the token carries.
    pub fn as_json(self) -> &'a str {
        self.claims.payload()
    }
}

/// Shares the claims, without the values made of them.
impl Clone for Principal {
    fn clone(&self) -> Self {
        Self {
            claims: Arc::clone(&self.claims),
            values: OnceLock::new(),
        }
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
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
