//! What an access token must be (RFC 9068 §4): pure rules, given keys and the time.

mod examine;
mod header;
mod profile;
mod times;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use keyfob_jose::{Algorithm, ClaimsRef, HeaderMemo, JwkSet};

use crate::incoming::Incoming;
use crate::principal::{Principal, PrincipalRef};
use crate::rejection::{Rejection, signature};
use crate::required::RequiredClaims;

pub use examine::{Finding, Outcome};
pub use profile::Profile;

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
    /// The first rule broken, in this order: form, algorithm, type, issuer, signature, the other claims.
    pub fn verify_with(
        &self,
        keys: &JwkSet,
        token: &str,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        let headers = HeaderMemo::default();
        let incoming = Incoming::parse(token, &headers)?;
        self.check_unverified(&incoming)?;
        keys.verify(incoming.jws()).map_err(signature)?;
        self.accept(incoming.claims(), now)?;
        Ok(PrincipalRef::new(incoming.claims()).to_principal())
    }

    /// Checks all that shows without the issuer's keys, before one is looked up, fetched or tried.
    pub(crate) fn check_unverified(&self, incoming: &Incoming<'_>) -> Result<(), Rejection> {
        self.check_header(incoming.header())?;
        self.check_issuer(incoming.claims())
    }

    fn check_issuer(&self, claims: ClaimsRef<'_>) -> Result<(), Rejection> {
        match claims.iss() {
            None => Err(Rejection::MissingClaim("iss")),
            Some(issuer) if issuer != self.issuer => Err(Rejection::Issuer),
            Some(_) => Ok(()),
        }
    }

    /// Checks the claims of a token whose issuer and signature are right.
    pub(crate) fn accept(&self, claims: ClaimsRef<'_>, now: SystemTime) -> Result<(), Rejection> {
        self.check_audience(claims)?;
        self.check_times(claims, now)?;
        self.check_profile(claims)?;
        self.check_required(claims)?;
        self.check_scopes(PrincipalRef::new(claims))
    }

    /// Checks anew what time may have changed about a token that was accepted.
    pub(crate) fn still_good(&self, principal: PrincipalRef<'_>, now: SystemTime) -> bool {
        self.check_times(principal.claims_ref(), now).is_ok()
    }

    fn check_audience(&self, claims: ClaimsRef<'_>) -> Result<(), Rejection> {
        if !claims.has_aud() {
            return Err(Rejection::MissingClaim("aud"));
        }
        let is_ours = |named: &str| self.audiences.iter().any(|audience| audience == named);
        if claims.audiences().any(is_ours) {
            Ok(())
        } else {
            Err(Rejection::Audience)
        }
    }

    fn check_required(&self, claims: ClaimsRef<'_>) -> Result<(), Rejection> {
        self.required
            .check_each(|name| claims.get(name).map(Cow::Owned))
            .map_err(Rejection::RequiredClaim)
    }

    fn check_scopes(&self, principal: PrincipalRef<'_>) -> Result<(), Rejection> {
        let granted = |scope: &String| principal.has_scope(scope);
        if self.any_scope.is_empty() || self.any_scope.iter().any(granted) {
            Ok(())
        } else {
            Err(Rejection::Scope {
                needed: self.any_scope.first().cloned().unwrap_or_default(),
            })
        }
    }
}
