//! What an access token must be (RFC 9068 §4): pure rules, given keys and the time.

mod examine;
mod header;
mod leeway;
mod parties;
mod profile;
mod times;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use keyfob_jose::{Algorithm, ClaimsRef, HeaderMemo, JwkSet};

use crate::danger;
use crate::incoming::Incoming;
use crate::principal::{Principal, PrincipalRef};
use crate::rejection::{Rejection, signature};
use crate::required::RequiredClaims;
use crate::scopes::NeededScopes;
use crate::verifier::unbound;

pub use examine::{Finding, Outcome};
pub use leeway::Leeway;
pub use profile::Profile;

/// The rules of one resource server for the tokens of one issuer; a plain value. `docs/verification.md` lists them.
#[derive(Clone, Debug)]
#[must_use]
pub struct Rules {
    issuer: String,
    audiences: Vec<String>,
    any_audience: bool,
    trusted_audiences: Option<Vec<String>>,
    authorized_parties: Vec<String>,
    algorithms: Vec<Algorithm>,
    profile: Profile,
    any_type: bool,
    leeway: Leeway,
    max_age: Option<Duration>,
    required: RequiredClaims,
    scopes: NeededScopes,
}

impl Rules {
    /// Starts from an issuer (compared as given), at least one audience, the algorithms accepted, and the kind of token.
    ///
    /// Symmetric algorithms never match a published key, and are left out.
    pub fn new(
        issuer: impl Into<String>,
        audiences: impl IntoIterator<Item = impl Into<String>>,
        algorithms: impl IntoIterator<Item = Algorithm>,
        profile: Profile,
    ) -> Self {
        let rules = Self {
            issuer: issuer.into(),
            audiences: audiences.into_iter().map(Into::into).collect(),
            any_audience: false,
            trusted_audiences: None,
            authorized_parties: Vec::new(),
            algorithms: Vec::new(),
            profile,
            any_type: false,
            leeway: Leeway::default(),
            max_age: None,
            required: RequiredClaims::default(),
            scopes: NeededScopes::default(),
        };
        rules.and_algorithms(algorithms)
    }

    /// Returns whose tokens are accepted.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns for whom tokens are accepted.
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// Returns with which algorithms tokens may be signed.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// Sets which kind of access token the issuer makes.
    pub fn with_profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// Accepts a token of any type; see [`danger::AnyType`].
    pub fn with_any_type(self, _: danger::AnyType) -> Self {
        Self {
            any_type: true,
            ..self
        }
    }

    /// Accepts a token for any audience; see [`danger::AnyAudience`].
    pub fn with_any_audience(self, _: danger::AnyAudience) -> Self {
        Self {
            any_audience: true,
            ..self
        }
    }

    /// Refuses a token that is also for an audience which is neither one of the service's own nor one of these.
    ///
    /// Whoever else receives such a token can use it here. By default further audiences are ignored (RFC 7519 §4.1.3),
    /// since issuers add those of their own endpoints. Replaces the list set before.
    pub fn with_trusted_audiences(
        self,
        audiences: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            trusted_audiences: Some(audiences.into_iter().map(Into::into).collect()),
            ..self
        }
    }

    /// Accepts only tokens that were issued to these clients (`client_id`, `azp`); none accepts those of any client. Replaces the
    /// list set before.
    pub fn with_authorized_parties(
        self,
        clients: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            authorized_parties: clients.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// Sets how far clocks may differ: a [`Leeway`], or one duration for `exp`, `nbf` and `iat` alike.
    pub fn with_leeway(self, leeway: impl Into<Leeway>) -> Self {
        Self {
            leeway: leeway.into(),
            ..self
        }
    }

    /// Refuses a token that was issued longer ago than this, whatever its `exp` says.
    pub fn with_max_token_age(self, max_age: Duration) -> Self {
        Self {
            max_age: Some(max_age),
            ..self
        }
    }

    /// Sets which further claims a token must carry, in place of those set before.
    pub fn with_required_claims(self, required: RequiredClaims) -> Self {
        Self { required, ..self }
    }

    /// Asks for at least one of these scopes, in `scope` or `scp`, as words or as a list; none asks for nothing. Replaces
    /// those set before.
    ///
    /// What a single route needs is better asked of the [`Principal`], by a [`Requirement`](crate::Requirement).
    pub fn with_any_scope(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.any = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for every one of these scopes. Replaces those set before.
    pub fn with_all_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.all = scopes.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn for_issuer(self, issuer: String) -> Self {
        Self { issuer, ..self }
    }

    pub(crate) fn and_audience(mut self, audience: String) -> Self {
        self.audiences.push(audience);
        self
    }

    pub(crate) fn and_algorithms(mut self, more: impl IntoIterator<Item = Algorithm>) -> Self {
        let usable = more.into_iter().filter(|one| !one.is_symmetric());
        self.algorithms.extend(usable);
        self
    }

    /// Tells whether some token can be for this service.
    pub(crate) fn has_audience(&self) -> bool {
        let named = !self.audiences.is_empty() && !self.audiences.iter().any(String::is_empty);
        self.any_audience || named
    }

    /// Verifies `token` with the keys at hand.
    ///
    /// # Errors
    /// The first rule broken, in this order: form, algorithm, type, issuer, signature, audience, times, the claims of the
    /// profile, client, required claims, scopes; [`Rejection::BindingRequired`] for a token with `cnf`, as a token alone proves
    /// nothing about who holds its key.
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
        unbound(PrincipalRef::new(incoming.claims()).to_principal())
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
        self.check_authorized_party(claims)?;
        self.check_required(claims)?;
        self.scopes.check(PrincipalRef::new(claims))
    }

    /// Checks anew what time may have changed about a token that was accepted.
    pub(crate) fn still_good(&self, principal: PrincipalRef<'_>, now: SystemTime) -> bool {
        self.check_times(principal.claims_ref(), now).is_ok()
    }

    fn check_required(&self, claims: ClaimsRef<'_>) -> Result<(), Rejection> {
        self.required
            .check_each(|name| claims.get(name).map(Cow::Owned))
            .map_err(Rejection::RequiredClaim)
    }
}
