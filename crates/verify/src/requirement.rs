//! What one route asks of an accepted token: scopes, claims, and the strength and age of its login (RFC 9470).

use std::borrow::Cow;
use std::time::Duration;

use keyfob_transport::Clock;

use crate::principal::{Principal, PrincipalRef};
use crate::rejection::{Rejection, StepUp, StepUpReason};
use crate::required::RequiredClaims;
use crate::scopes::NeededScopes;

/// What a token must grant and say, beyond being good. All that is asked for must be met; nothing is asked for at first.
///
/// ```
/// use std::time::Duration;
/// use keyfob_verify::{Principal, RequiredClaims, Requirement};
/// use serde_json::json;
///
/// let payment = Requirement::new()
///     .all_scopes(["payments:write"])
///     .any_scope(["staff", "owner"])
///     .claims(RequiredClaims::new().with("tenant", "acme"))
///     .acr(["urn:example:mfa"])
///     .max_age(Duration::from_mins(10));
/// let claims = json!({"sub": "alice", "tenant": "acme", "scope": "payments:write owner"});
/// let principal = Principal::from_claims(claims.as_object().cloned().unwrap_or_default())?;
///
/// // The token does not say how its user logged in, so that it is not enough.
/// let rejection = payment.check(&principal).unwrap_err();
/// assert_eq!(rejection.code(), "acr_not_met");
/// assert_eq!(rejection.challenge().error(), Some("insufficient_user_authentication"));
/// # Ok::<(), keyfob_verify::Rejection>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Requirement {
    scopes: NeededScopes,
    claims: RequiredClaims,
    acr: Vec<String>,
    max_age: Option<Duration>,
    leeway: Duration,
    clock: Clock,
}

impl Default for Requirement {
    fn default() -> Self {
        Self::new()
    }
}

impl Requirement {
    /// By how much a login may be older than asked for: the issuer's clock wrote `auth_time`, this one reads it.
    pub const LEEWAY: Duration = Duration::from_secs(30);

    /// Asks for nothing yet.
    pub fn new() -> Self {
        Self {
            scopes: NeededScopes::default(),
            claims: RequiredClaims::new(),
            acr: Vec::new(),
            max_age: None,
            leeway: Self::LEEWAY,
            clock: Clock::system(),
        }
    }

    /// Asks for at least one of these scopes, in `scope` or `scp`, as words or as a list; none asks for nothing. Replaces
    /// those set before.
    pub fn any_scope(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.any = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for every one of these scopes. Replaces those set before.
    pub fn all_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.all = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for these claims. Replaces those set before.
    pub fn claims(mut self, claims: RequiredClaims) -> Self {
        self.claims = claims;
        self
    }

    /// Asks for one of these `acr` values, in order of preference; a token without `acr` does not meet it. Replaces
    /// those set before.
    pub fn acr(mut self, accepted: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.acr = accepted.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for a login not longer ago than this; a token without `auth_time` does not meet it.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets by how much a login may be older than [`max_age`](Self::max_age); default [`LEEWAY`](Self::LEEWAY).
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the clock that the age of a login is measured with; default the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the scopes that a token needs at least, as a value of `scope` (RFC 6750 §3); of scopes of which any is enough, the
    /// first. `None` if none is asked for.
    pub fn scope(&self) -> Option<String> {
        let needed = self.scopes.text(self.scopes.any.first());
        Some(needed).filter(|needed| !needed.is_empty())
    }

    /// Checks an accepted token.
    ///
    /// # Errors
    /// The first that is not met, in this order: scopes ([`Rejection::Scope`]), claims
    /// ([`Rejection::RequiredClaim`]), login ([`Rejection::StepUp`]). A login is asked for last: it costs a person's
    /// time, and would not mend the others.
    pub fn check(&self, principal: &Principal) -> Result<(), Rejection> {
        self.check_borrowed(principal.borrowed())
    }

    /// Checks an accepted token that is only borrowed.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_borrowed(&self, principal: PrincipalRef<'_>) -> Result<(), Rejection> {
        self.scopes.check(principal)?;
        self.claims
            .check_each(|name| principal.claim(name).map(Cow::Owned))
            .map_err(Rejection::RequiredClaim)?;
        self.check_acr(principal)?;
        self.check_age(principal)
    }

    fn check_acr(&self, principal: PrincipalRef<'_>) -> Result<(), Rejection> {
        let found = principal.acr();
        let met = self.acr.is_empty() || self.acr.iter().any(|acr| Some(acr.as_str()) == found);
        self.ensure(met, StepUpReason::Acr)
    }

    fn check_age(&self, principal: PrincipalRef<'_>) -> Result<(), Rejection> {
        let Some(max_age) = self.max_age else {
            return Ok(());
        };
        let Some(time) = principal.auth_time() else {
            return self.ensure(false, StepUpReason::NoAuthTime);
        };
        // A login in the future has no age: the issuer's clock is ahead by more than is allowed for.
        let (now, latest) = (self.clock.now(), max_age.saturating_add(self.leeway));
        let recent = match now.duration_since(time) {
            Ok(age) => age <= latest,
            Err(ahead) => ahead.duration() <= self.leeway,
        };
        self.ensure(recent, StepUpReason::TooLongAgo)
    }

    fn ensure(&self, met: bool, reason: StepUpReason) -> Result<(), Rejection> {
        if met {
            return Ok(());
        }
        let needed = StepUp::new(reason, self.acr.clone(), self.max_age);
        Err(Rejection::StepUp(Box::new(needed)))
    }
}

impl Principal {
    /// Tells whether [`Requirement::check`] passes.
    pub fn meets(&self, requirement: &Requirement) -> bool {
        requirement.check(self).is_ok()
    }
}
