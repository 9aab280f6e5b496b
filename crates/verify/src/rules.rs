//! What an access token must be (RFC 9068 §4): pure rules, given keys and the time.

use std::time::{Duration, SystemTime};

use keyfob_jose::{Algorithm, Claims, CompactJws, Header, JwkSet};

use crate::principal::Principal;
use crate::rejection::{Rejection, signature};
use crate::required::RequiredClaims;

/// The rules of one resource server for the tokens of one issuer; a plain value.
#[derive(Clone, Debug)]
pub struct Rules {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    profile: Profile,
    leeway: Duration,
    required: RequiredClaims,
    any_scope: Vec<String>,
}

/// Which kind of access token the issuer makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Profile {
    /// RFC 9068: `typ` is `at+jwt`, and all claims of its section 2.2 are there.
    #[default]
    Rfc9068,
    /// Issuers that predate it: `typ` may also be `JWT` or absent, and `client_id` and `jti` may be missing. What
    /// carries a claim of ID tokens is refused, since nothing else tells the two apart.
    Plain,
}

impl Rules {
    /// Starts from an issuer (compared as given), at least one audience, and the algorithms accepted.
    ///
    /// Symmetric algorithms never match a published key. The leeway is 30 s.
    pub fn new(
        issuer: impl Into<String>,
        audiences: impl IntoIterator<Item = impl Into<String>>,
        algorithms: impl IntoIterator<Item = Algorithm>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            audiences: audiences.into_iter().map(Into::into).collect(),
            algorithms: algorithms
                .into_iter()
                .filter(|algorithm| !algorithm.is_symmetric())
                .collect(),
            profile: Profile::default(),
            leeway: Duration::from_secs(30),
            required: RequiredClaims::default(),
            any_scope: Vec::new(),
        }
    }

    /// Returns whose tokens are accepted.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns for whom tokens are accepted.
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// Sets which kind of access token the issuer makes.
    pub fn with_profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// Sets how far clocks may differ, for `exp`, `nbf` and `iat` alike.
    pub fn with_leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Sets which further claims a token must carry.
    pub fn with_required_claims(self, required: RequiredClaims) -> Self {
        Self { required, ..self }
    }

    /// Asks for at least one of these scopes, in `scope` or `scp`, as words or as a list; none asks for nothing.
    ///
    /// What a single request needs is better asked of the [`Principal`] ([`Principal::has_scope`]).
    pub fn with_any_scope(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            any_scope: scopes.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// Verifies `token` with the keys at hand.
    ///
    /// # Errors
    /// The first rule broken, in this order: form, algorithm, type, signature, claims.
    pub fn verify_with(
        &self,
        keys: &JwkSet,
        token: &str,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        let jws = CompactJws::parse(token).map_err(Rejection::Malformed)?;
        self.check_header(jws.header())?;
        let claims = keys
            .verify(&jws)
            .map_err(signature)?
            .claims()
            .map_err(Rejection::Malformed)?;
        self.accept(claims, now)
    }

    /// Checks all that the header can tell, before any key is looked up or fetched.
    pub(crate) fn check_header(&self, header: &Header) -> Result<(), Rejection> {
        if !self.algorithms.contains(&header.alg) {
            return Err(Rejection::Algorithm(header.alg));
        }
        let plain =
            self.profile == Profile::Plain && (header.typ.is_none() || header.has_type("JWT"));
        if plain || header.has_type("at+jwt") {
            Ok(())
        } else {
            Err(Rejection::Type)
        }
    }

    /// Checks the claims of a token whose signature is right.
    pub(crate) fn accept(&self, claims: Claims, now: SystemTime) -> Result<Principal, Rejection> {
        if claims
            .iss
            .as_deref()
            .ok_or(Rejection::MissingClaim("iss"))?
            != self.issuer
        {
            return Err(Rejection::Issuer);
        }
        let aud = claims.aud.as_ref().ok_or(Rejection::MissingClaim("aud"))?;
        if !self.audiences.iter().any(|audience| aud.contains(audience)) {
            return Err(Rejection::Audience);
        }
        self.check_times(&claims, now)?;
        self.check_profile(&claims)?;
        self.check_required(&claims)?;
        let principal = Principal::new(claims);
        let granted = |scope: &String| principal.has_scope(scope);
        if self.any_scope.is_empty() || self.any_scope.iter().any(granted) {
            Ok(principal)
        } else {
            Err(Rejection::Scope {
                needed: self.any_scope.first().cloned().unwrap_or_default(),
            })
        }
    }

    /// Checks anew what time may have changed about a token that was accepted.
    pub(crate) fn still_good(&self, principal: &Principal, now: SystemTime) -> bool {
        self.check_times(principal.claims(), now).is_ok()
    }

    fn check_times(&self, claims: &Claims, now: SystemTime) -> Result<(), Rejection> {
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let exp = claims
            .exp
            .ok_or(Rejection::MissingClaim("exp"))?
            .since_epoch();
        let iat = claims
            .iat
            .ok_or(Rejection::MissingClaim("iat"))?
            .since_epoch();
        if now >= exp.saturating_add(self.leeway) {
            return Err(Rejection::Expired {
                ago: now.saturating_sub(exp),
            });
        }
        let latest = now.saturating_add(self.leeway);
        if claims.nbf.is_some_and(|nbf| nbf.since_epoch() > latest) {
            return Err(Rejection::NotYetValid);
        }
        if iat > latest {
            return Err(Rejection::IssuedInFuture);
        }
        Ok(())
    }

    fn check_required(&self, claims: &Claims) -> Result<(), Rejection> {
        // Most verifiers require nothing more, and then nothing is copied.
        if self.required.is_empty() {
            return Ok(());
        }
        let claims = claims.to_value();
        let members = claims.as_object().ok_or(Rejection::MissingClaim("iss"))?;
        self.required
            .check(members)
            .map_err(Rejection::RequiredClaim)
    }

    fn check_profile(&self, claims: &Claims) -> Result<(), Rejection> {
        if claims.sub.as_deref().is_none_or(str::is_empty) {
            return Err(Rejection::MissingClaim("sub"));
        }
        match self.profile {
            Profile::Rfc9068 if claims.text("client_id").is_none() => {
                Err(Rejection::MissingClaim("client_id"))
            }
            Profile::Rfc9068 if claims.jti.is_none() => Err(Rejection::MissingClaim("jti")),
            Profile::Rfc9068 => Ok(()),
            Profile::Plain => {
                id_token_claim(claims).map_or(Ok(()), |claim| Err(Rejection::IdToken(claim)))
            }
        }
    }
}

/// Returns a claim that OpenID Connect Core gives to ID tokens only.
fn id_token_claim(claims: &Claims) -> Option<&'static str> {
    if claims.text("typ") == Some("ID") {
        return Some("typ");
    }
    ["nonce", "at_hash", "c_hash", "s_hash"]
        .into_iter()
        .find(|name| claims.get(name).is_some())
}
