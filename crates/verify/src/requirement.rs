//! What one route asks of an accepted token: scopes, claims, and the strength and age of its login (RFC 9470).

use std::time::{Duration, SystemTime};

use keyfob_transport::Clock;
use serde_json::Value;

use crate::principal::Principal;
use crate::rejection::{Rejection, StepUp, StepUpReason};
use crate::required::RequiredClaims;

/// What a token must grant and say, beyond being good. All that is asked for must be met; nothing is asked for at first.
#[derive(Clone, Debug)]
pub struct Requirement {
    any_scope: Vec<String>,
    all_scopes: Vec<String>,
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
    /// Clocks of servers are off by this much more often than not by more.
    pub const LEEWAY: Duration = Duration::from_secs(30);

    /// Asks for nothing yet.
    pub fn new() -> Self {
        Self {
            any_scope: Vec::new(),
            all_scopes: Vec::new(),
            claims: RequiredClaims::new(),
            acr: Vec::new(),
            max_age: None,
            leeway: Self::LEEWAY,
            clock: Clock::system(),
        }
    }

    /// Asks for at least one of these scopes; none asks for nothing.
    pub fn any_scope(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.any_scope = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for every one of these scopes.
    pub fn all_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.all_scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for these claims.
    pub fn claims(mut self, claims: RequiredClaims) -> Self {
        self.claims = claims;
        self
    }

    /// Asks for one of these `acr` values, in order of preference; a token without `acr` does not meet it.
    pub fn acr(mut self, accepted: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.acr = accepted.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for a login not longer ago than this; a token without `auth_time` does not meet it.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets by how much a login may be older than [`max_age`](Self::max_age), since clocks differ; default 30 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the clock that the age of a login is measured with; default the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Checks an accepted token.
    ///
    /// # Errors
    /// The first that is not met, in this order: [`Rejection::StepUp`], [`Rejection::RequiredClaim`],
    /// [`Rejection::Scope`].
    pub fn check(&self, principal: &Principal) -> Result<(), Rejection> {
        self.check_acr(principal)?;
        self.check_age(principal)?;
        self.check_claims(principal)?;
        self.check_scopes(principal)
    }

    fn check_acr(&self, principal: &Principal) -> Result<(), Rejection> {
        let found = principal.claims().text("acr");
        let met = self.acr.is_empty() || self.acr.iter().any(|acr| Some(acr.as_str()) == found);
        met.then_some(())
            .ok_or_else(|| self.step_up(StepUpReason::Acr))
    }

    fn check_age(&self, principal: &Principal) -> Result<(), Rejection> {
        let Some(max_age) = self.max_age else {
            return Ok(());
        };
        let time = auth_time(principal).ok_or_else(|| self.step_up(StepUpReason::NoAuthTime))?;
        let latest = time
            .checked_add(max_age.saturating_add(self.leeway))
            .ok_or_else(|| self.step_up(StepUpReason::NoAuthTime))?;
        if self.clock.now() <= latest {
            Ok(())
        } else {
            Err(self.step_up(StepUpReason::TooLongAgo))
        }
    }

    fn check_claims(&self, principal: &Principal) -> Result<(), Rejection> {
        if self.claims.is_empty() {
            return Ok(());
        }
        let claims = principal.claims().to_value();
        let members = claims.as_object().ok_or(Rejection::MissingClaim("iss"))?;
        self.claims.check(members).map_err(Rejection::RequiredClaim)
    }

    fn check_scopes(&self, principal: &Principal) -> Result<(), Rejection> {
        let granted = |scope: &String| principal.has_scope(scope);
        let any = self.any_scope.is_empty() || self.any_scope.iter().any(granted);
        if any && self.all_scopes.iter().all(granted) {
            return Ok(());
        }
        let first = self.any_scope.first().filter(|_| !any);
        let needed: Vec<_> = self
            .all_scopes
            .iter()
            .chain(first)
            .map(String::as_str)
            .collect();
        Err(Rejection::Scope {
            needed: needed.join(" "),
        })
    }

    fn step_up(&self, reason: StepUpReason) -> Rejection {
        let needed = StepUp::new(reason, self.acr.clone(), self.max_age);
        Rejection::StepUp(Box::new(needed))
    }
}

impl Principal {
    /// Tells whether [`Requirement::check`] passes.
    pub fn meets(&self, requirement: &Requirement) -> bool {
        requirement.check(self).is_ok()
    }
}

fn auth_time(principal: &Principal) -> Option<SystemTime> {
    let seconds = principal
        .claims()
        .get("auth_time")
        .and_then(Value::as_u64)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
