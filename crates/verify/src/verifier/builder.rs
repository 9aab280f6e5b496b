//! Putting a verifier together: what it needs, and what may be set; no network.

use std::sync::Arc;
use std::time::Duration;

use keyfob_jose::{Algorithm, HeaderMemo, JwkSet};
use keyfob_protocol::{Issuer, ProtocolError};
use keyfob_transport::{Clock, KeySetDocument, ReqwestTransport, Transport};

use super::{Inner, Verifier};
use crate::danger;
use crate::keys::KeySource;
use crate::memory::{Recall, TokenMemory};
use crate::required::RequiredClaims;
use crate::rules::{Leeway, Profile, Rules};

/// Configures a [`Verifier`]: issuer, audience, algorithms and profile are needed.
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifierBuilder {
    rules: Rules,
    profile: Option<Profile>,
    keys: KeySource,
    transport: Option<Transport>,
    clock: Clock,
    memory: Option<TokenMemory>,
    tells: bool,
}

/// Says why a verifier cannot be built.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The issuer is not an https URL (or http on loopback).
    #[error("the issuer is not usable: {0}")]
    Issuer(ProtocolError),
    /// No audience was given, or an empty one.
    #[error("a verifier needs at least one audience")]
    NoAudience,
    /// No client was given whose ID tokens are accepted, or an empty one.
    #[error("a verifier of id tokens needs a client id")]
    NoClientId,
    /// No algorithm was given, or only symmetric ones, which no published key can verify.
    #[error("a verifier needs at least one asymmetric algorithm")]
    NoAlgorithm,
    /// Nobody said which kind of access token the issuer makes.
    #[error("a verifier needs to know which kind of access token its issuer makes")]
    NoProfile,
}

impl BuildError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issuer(error) => error.code(),
            Self::NoAudience => "no_audience",
            Self::NoClientId => "no_client_id",
            Self::NoAlgorithm => "no_algorithm",
            Self::NoProfile => "no_profile",
        }
    }
}

impl VerifierBuilder {
    pub(super) fn new(issuer: String) -> Self {
        let none: [&str; 0] = [];
        Self {
            rules: Rules::new(issuer, none, [], Profile::Rfc9068),
            profile: None,
            keys: KeySource::default(),
            transport: None,
            clock: Clock::system(),
            memory: None,
            tells: true,
        }
    }

    /// Accepts tokens for this audience; may be called again for more.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.rule(|rules| rules.and_audience(audience.into()))
    }

    /// Accepts tokens for any audience; see [`danger::AnyAudience`].
    pub fn any_audience(self, danger: danger::AnyAudience) -> Self {
        self.rule(|rules| rules.with_any_audience(danger))
    }

    /// Accepts tokens signed with these algorithms; may be called again for more.
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.rule(|rules| rules.and_algorithms(algorithms))
    }

    /// Sets which kind of access token the issuer makes.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Accepts tokens of any type; see [`danger::AnyType`].
    pub fn any_type(self, danger: danger::AnyType) -> Self {
        self.rule(|rules| rules.with_any_type(danger))
    }

    /// Refuses tokens that are also for an audience which is not trusted; see [`Rules::with_trusted_audiences`]. Replaces the list
    /// set before.
    pub fn trusted_audiences(self, trusted: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.rule(|rules| rules.with_trusted_audiences(trusted))
    }

    /// Accepts only tokens that were issued to these clients; see [`Rules::with_authorized_parties`]. Replaces the list set
    /// before.
    pub fn authorized_parties(self, clients: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.rule(|rules| rules.with_authorized_parties(clients))
    }

    /// Sets how far clocks may differ: a [`Leeway`], or one duration for all times.
    pub fn leeway(self, leeway: impl Into<Leeway>) -> Self {
        self.rule(|rules| rules.with_leeway(leeway))
    }

    /// Refuses tokens that were issued longer ago than this, whatever their `exp` says.
    pub fn max_token_age(self, max_age: Duration) -> Self {
        self.rule(|rules| rules.with_max_token_age(max_age))
    }

    /// Sets which further claims a token must carry, in place of those set before.
    pub fn required_claims(self, required: RequiredClaims) -> Self {
        self.rule(|rules| rules.with_required_claims(required))
    }

    /// Asks for at least one of these scopes; see [`Rules::with_any_scope`]. Replaces those set before.
    pub fn any_scope(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.rule(|rules| rules.with_any_scope(scopes))
    }

    /// Asks for every one of these scopes. Replaces those set before.
    pub fn all_scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.rule(|rules| rules.with_all_scopes(scopes))
    }

    /// Verifies with these keys and fetches none.
    pub fn keys(mut self, keys: JwkSet) -> Self {
        self.keys = KeySource::Given(keys);
        self
    }

    /// Verifies with this key set, which may be shared; default is the one that the issuer's metadata points to.
    pub fn key_set(mut self, keys: KeySetDocument) -> Self {
        self.keys = KeySource::Document(keys);
        self
    }

    /// Sets the way out; default [`ReqwestTransport`].
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets the clock; default the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Remembers the tokens that were accepted; `None`, the default, remembers none. See [`TokenMemory`].
    pub fn memory(mut self, memory: impl Into<Option<TokenMemory>>) -> Self {
        self.memory = memory.into();
        self
    }

    /// Sets whether each token is told as a [`crate::event`]; default true. A layer in front has a setting of its own.
    pub fn events(mut self, tells: bool) -> Self {
        self.tells = tells;
        self
    }

    pub(crate) fn issuer_text(&self) -> &str {
        self.rules.issuer()
    }

    pub(crate) fn clock_given(&self) -> &Clock {
        &self.clock
    }

    /// Tells whether keys, or where they come from, were given.
    pub(crate) fn has_keys(&self) -> bool {
        !matches!(self.keys, KeySource::Metadata)
    }

    /// Applies the same rules to the tokens of another issuer.
    pub(crate) fn for_issuer(self, issuer: String) -> Self {
        self.rule(|rules| rules.for_issuer(issuer))
    }

    /// Settles the way out, so that all verifiers built from clones share one.
    pub(crate) fn with_transport_given(self) -> (Self, Transport) {
        let given = self.transport.clone();
        let transport = given.unwrap_or_else(|| Transport::new(ReqwestTransport::default()));
        (self.transport(transport.clone()), transport)
    }

    fn rule(self, set: impl FnOnce(Rules) -> Rules) -> Self {
        Self {
            rules: set(self.rules),
            ..self
        }
    }

    /// Builds the verifier; touches no network.
    ///
    /// # Errors
    /// [`BuildError`], whose kinds say what is missing.
    pub fn build(self) -> Result<Verifier, BuildError> {
        let issuer = Issuer::parse(self.rules.issuer()).map_err(BuildError::Issuer)?;
        if !self.rules.has_audience() {
            return Err(BuildError::NoAudience);
        }
        if self.rules.algorithms().is_empty() {
            return Err(BuildError::NoAlgorithm);
        }
        let profile = self.profile.ok_or(BuildError::NoProfile)?;
        let keys = self.keys.build(issuer, self.transport, &self.clock);
        Ok(Verifier(Arc::new(Inner {
            rules: self.rules.with_profile(profile),
            keys,
            clock: self.clock,
            headers: HeaderMemo::default(),
            memory: self.memory.map(Recall::new),
            tells: self.tells,
        })))
    }
}
