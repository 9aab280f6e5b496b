//! What one call expects of the login behind an ID token.

use std::time::Duration;

use keyfob_jose::Secret;
use keyfob_protocol::IdTokenRules;

/// The login that an ID token has to tell of; at first any login will do.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ExpectedLogin {
    nonce: Option<Secret>,
    max_age: Option<Duration>,
    acr: Vec<String>,
    authorized_parties: Vec<String>,
}

impl ExpectedLogin {
    /// Expects nothing in particular. A `nonce` that nobody asked for does no harm.
    pub fn new() -> Self {
        Self::default()
    }

    /// Expects the login that was started with this `nonce`; one without is another login.
    pub fn nonce(mut self, nonce: impl Into<Secret>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// Expects a login not longer ago than this, beside the leeway; without `auth_time` it is not.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Expects one of these `acr` values; none is any. Replaces those set before.
    pub fn acr(mut self, accepted: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.acr = accepted.into_iter().map(Into::into).collect();
        self
    }

    /// Accepts a login at this other client, too, as when an app hands its ID token to its server (`azp`).
    /// May be called again for more.
    ///
    /// The verifier's own client must be among the audiences even then.
    pub fn authorized_party(mut self, client_id: impl Into<String>) -> Self {
        self.authorized_parties.push(client_id.into());
        self
    }

    pub(super) fn added_to(&self, rules: &IdTokenRules) -> IdTokenRules {
        let mut rules = rules.clone();
        if let Some(nonce) = &self.nonce {
            rules = rules.with_nonce(nonce.clone());
        }
        if let Some(max_age) = self.max_age {
            rules = rules.with_max_age(max_age);
        }
        for party in &self.authorized_parties {
            rules = rules.with_authorized_party(party);
        }
        rules.with_acr(&self.acr)
    }
}
