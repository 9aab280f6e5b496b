//! The verifier to keep: rules, and the issuer's keys at hand.

use std::sync::Arc;
use std::time::Duration;

use keyfob_jose::{Algorithm, HeaderMemo, JwkSet, KeyMark};
use keyfob_protocol::{Issuer, ProtocolError};
use keyfob_transport::{Clock, KeySetDocument, ReqwestTransport, Transport};

use crate::event;
use crate::incoming::Incoming;
use crate::keys::{KeySource, Keys};
use crate::memory::{Recall, TokenMemory};
use crate::principal::{Principal, PrincipalRef};
use crate::rejection::Rejection;
use crate::required::RequiredClaims;
use crate::rules::{Profile, Rules};

/// Verifies the access tokens of one issuer; cheap to clone, safe to share.
///
/// Tokens signed with a known key are verified without waiting for anything, whatever the issuer's server does.
#[derive(Clone, Debug)]
pub struct Verifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    keys: Keys,
    clock: Clock,
    headers: HeaderMemo,
    memory: Option<Recall>,
    tells: bool,
}

/// A token that was accepted, now or before.
pub(crate) enum Judged<'a> {
    Now(PrincipalRef<'a>),
    Before(Principal),
}

impl Verifier {
    /// Starts a verifier for the tokens of `issuer`, which is compared as given.
    pub fn builder(issuer: impl Into<String>) -> VerifierBuilder {
        VerifierBuilder {
            issuer: issuer.into(),
            audiences: Vec::new(),
            algorithms: Vec::new(),
            profile: Profile::default(),
            leeway: None,
            keys: KeySource::default(),
            transport: None,
            clock: Clock::system(),
            required: RequiredClaims::default(),
            any_scope: Vec::new(),
            memory: None,
            tells: true,
        }
    }

    /// Verifies a token as it came, without `Bearer`, and tells the outcome as a [`crate::event`].
    ///
    /// # Errors
    /// The first rule broken; [`Rejection::BindingRequired`] for a token with `cnf`, as a token alone proves nothing about
    /// who holds its key; [`Rejection::KeysUnavailable`] if it cannot be checked now.
    pub async fn verify(&self, token: &str) -> Result<Principal, Rejection> {
        let keep = |judged: Judged<'_>| judged.unbound().map(Judged::into_principal);
        let outcome = self.judge_with(token, keep).await;
        self.told(token, outcome)
    }

    /// Does the same without making a [`Principal`]: `read` takes what it needs from the verifier's buffers.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub async fn verify_borrowed<T>(
        &self,
        token: &str,
        read: impl FnOnce(PrincipalRef<'_>) -> T,
    ) -> Result<T, Rejection> {
        let read = |judged: Judged<'_>| judged.unbound().map(|judged| read(judged.borrowed()));
        let outcome = self.judge_with(token, read).await;
        self.told(token, outcome)
    }

    /// Verifies a token, leaving the proof of possession to the caller.
    pub(crate) async fn check_token(&self, token: &str) -> Result<Principal, Rejection> {
        let outcome = self.judge(token).await;
        self.told(token, outcome)
    }

    fn told<T>(&self, token: &str, outcome: Result<T, Rejection>) -> Result<T, Rejection> {
        if self.0.tells {
            event::tell(token, &outcome);
        }
        outcome
    }

    /// Verifies a token without telling anybody, leaving the proof of possession to the caller.
    pub(crate) async fn judge(&self, token: &str) -> Result<Principal, Rejection> {
        let keep = |judged: Judged<'_>| Ok(judged.into_principal());
        self.judge_with(token, keep).await
    }

    async fn judge_with<T>(
        &self,
        token: &str,
        read: impl FnOnce(Judged<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        if let Some(principal) = self.recall(token) {
            return read(Judged::Before(principal));
        }
        let incoming = Incoming::parse(token, &self.0.headers)?;
        read(self.verify_incoming(token, &incoming).await?)
    }

    /// Verifies a token that was taken apart already, leaving the proof of possession to the caller.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), except for the form of the token.
    pub(crate) async fn judge_incoming<'i>(
        &self,
        token: &str,
        incoming: &'i Incoming<'_>,
    ) -> Result<Judged<'i>, Rejection> {
        match self.recall(token) {
            Some(principal) => Ok(Judged::Before(principal)),
            None => self.verify_incoming(token, incoming).await,
        }
    }

    async fn verify_incoming<'i>(
        &self,
        token: &str,
        incoming: &'i Incoming<'_>,
    ) -> Result<Judged<'i>, Rejection> {
        let Inner {
            rules, keys, clock, ..
        } = &*self.0;
        rules.check_unverified(incoming)?;
        let key = keys.verify(incoming.jws()).await?;
        incoming.remember_header();
        rules.accept(incoming.claims(), clock.now())?;
        let principal = PrincipalRef::new(incoming.claims());
        let Some(memory) = &self.0.memory else {
            return Ok(Judged::Now(principal));
        };
        let principal = principal.to_principal();
        memory.keep(token, key, principal.clone());
        Ok(Judged::Before(principal))
    }

    /// Returns whose token it is, if it was accepted before and nothing has changed about that.
    fn recall(&self, token: &str) -> Option<Principal> {
        let Inner {
            rules, keys, clock, ..
        } = &*self.0;
        let good = |key: KeyMark, principal: &Principal| {
            keys.holds(key) && rules.still_good(principal.borrowed(), clock.now())
        };
        self.0.memory.as_ref()?.find(token, good)
    }

    /// Forgets one token, so that it is checked anew: for those who learn of something that is not in it.
    pub fn forget(&self, token: &str) {
        if let Some(memory) = &self.0.memory {
            memory.forget(token);
        }
    }

    /// Fetches the keys now, so that the first token does not wait for them.
    ///
    /// # Errors
    /// [`Rejection::KeysUnavailable`].
    pub async fn warm_up(&self) -> Result<(), Rejection> {
        self.0.keys.warm_up().await
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns the rules, for use with keys of one's own.
    pub fn rules(&self) -> &Rules {
        &self.0.rules
    }
}

impl Judged<'_> {
    pub(crate) fn borrowed(&self) -> PrincipalRef<'_> {
        match self {
            Self::Now(principal) => *principal,
            Self::Before(principal) => principal.borrowed(),
        }
    }

    pub(crate) fn into_principal(self) -> Principal {
        match self {
            Self::Now(principal) => principal.to_principal(),
            Self::Before(principal) => principal,
        }
    }

    /// Refuses a token that is good only together with a proof.
    pub(crate) fn unbound(self) -> Result<Self, Rejection> {
        if self.borrowed().is_bound() {
            return Err(Rejection::BindingRequired);
        }
        Ok(self)
    }
}

/// Refuses a token that is good only together with a proof.
pub(crate) fn unbound(principal: Principal) -> Result<Principal, Rejection> {
    Judged::Before(principal)
        .unbound()
        .map(Judged::into_principal)
}

/// Configures a [`Verifier`].
#[derive(Clone, Debug)]
pub struct VerifierBuilder {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    profile: Profile,
    leeway: Option<Duration>,
    keys: KeySource,
    transport: Option<Transport>,
    clock: Clock,
    required: RequiredClaims,
    any_scope: Vec<String>,
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
}

impl BuildError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issuer(error) => error.code(),
            Self::NoAudience => "no_audience",
            Self::NoClientId => "no_client_id",
            Self::NoAlgorithm => "no_algorithm",
        }
    }
}

impl VerifierBuilder {
    /// Accepts tokens for this audience; may be called again for more.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts tokens signed with these algorithms.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms.extend(algorithms);
        self
    }

    /// Sets which kind of access token the issuer makes; default [`Profile::Rfc9068`].
    pub fn profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// Sets how far clocks may differ; default 30 s.
    pub fn leeway(self, leeway: Duration) -> Self {
        Self {
            leeway: Some(leeway),
            ..self
        }
    }

    /// Verifies with these keys and fetches none.
    pub fn keys(self, keys: JwkSet) -> Self {
        Self {
            keys: KeySource::Given(keys),
            ..self
        }
    }

    /// Verifies with this key set, which may be shared; default is the one that the issuer's metadata points to.
    pub fn key_set(self, keys: KeySetDocument) -> Self {
        Self {
            keys: KeySource::Document(keys),
            ..self
        }
    }

    /// Sets the way out; default [`ReqwestTransport`].
    pub fn transport(self, transport: Transport) -> Self {
        Self {
            transport: Some(transport),
            ..self
        }
    }

    /// Sets the clock; default the system's.
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Sets which further claims a token must carry.
    pub fn required_claims(self, required: RequiredClaims) -> Self {
        Self { required, ..self }
    }

    /// Asks for at least one of these scopes; see [`Rules::with_any_scope`].
    pub fn any_scope(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            any_scope: scopes.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// Remembers the tokens that were accepted; `None`, the default, remembers none. See [`TokenMemory`].
    pub fn memory(self, memory: impl Into<Option<TokenMemory>>) -> Self {
        Self {
            memory: memory.into(),
            ..self
        }
    }

    /// Sets whether each token is told as a [`crate::event`]; default true.
    pub fn events(self, tells: bool) -> Self {
        Self { tells, ..self }
    }

    pub(crate) fn issuer_text(&self) -> &str {
        &self.issuer
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
        Self { issuer, ..self }
    }

    /// Settles the way out, so that all verifiers built from clones share one.
    pub(crate) fn with_transport_given(self) -> (Self, Transport) {
        let given = self.transport.clone();
        let transport = given.unwrap_or_else(|| Transport::new(ReqwestTransport::default()));
        (self.transport(transport.clone()), transport)
    }

    /// Builds the verifier; touches no network.
    ///
    /// # Errors
    /// [`BuildError`], whose kinds say what is missing.
    pub fn build(self) -> Result<Verifier, BuildError> {
        let issuer = Issuer::parse(self.issuer.as_str()).map_err(BuildError::Issuer)?;
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return Err(BuildError::NoAudience);
        }
        if self
            .algorithms
            .iter()
            .all(|algorithm| algorithm.is_symmetric())
        {
            return Err(BuildError::NoAlgorithm);
        }
        let mut rules = Rules::new(self.issuer, self.audiences, self.algorithms)
            .with_profile(self.profile)
            .with_required_claims(self.required)
            .with_any_scope(self.any_scope);
        if let Some(leeway) = self.leeway {
            rules = rules.with_leeway(leeway);
        }
        let keys = self.keys.build(issuer, self.transport, &self.clock);
        Ok(Verifier(Arc::new(Inner {
            rules,
            keys,
            clock: self.clock,
            headers: HeaderMemo::default(),
            memory: self.memory.map(Recall::new),
            tells: self.tells,
        })))
    }
}
