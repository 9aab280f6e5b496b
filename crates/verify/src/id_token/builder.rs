//! Putting a verifier of ID tokens together; no network.

use std::sync::Arc;
use std::time::Duration;

use keyfob_jose::{Algorithm, JwkSet};
use keyfob_protocol::{IdTokenRules, Issuer};
use keyfob_transport::{Clock, KeySetDocument, Transport};

use super::{IdTokenVerifier, Inner};
use crate::keys::KeySource;
use crate::verifier::BuildError;

/// Configures an [`IdTokenVerifier`]: issuer, client and algorithms are needed.
#[derive(Clone, Debug)]
#[must_use]
pub struct IdTokenVerifierBuilder {
    issuer: String,
    client_id: String,
    algorithms: Vec<Algorithm>,
    trusted_audiences: Vec<String>,
    leeway: Option<Duration>,
    keys: KeySource,
    transport: Option<Transport>,
    clock: Clock,
    tells: bool,
}

impl IdTokenVerifierBuilder {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            issuer,
            client_id: String::new(),
            algorithms: Vec::new(),
            trusted_audiences: Vec::new(),
            leeway: None,
            keys: KeySource::default(),
            transport: None,
            clock: Clock::system(),
            tells: true,
        }
    }

    /// Accepts ID tokens for this client: it must be among the audiences, and `azp` must be it where it is told.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = client_id.into();
        self
    }

    /// Accepts tokens signed with these algorithms; may be called again for more.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms.extend(algorithms);
        self
    }

    /// Trusts an audience that stands in `aud` beside the client; any other one is refused. May be called again for more.
    pub fn trusted_audience(mut self, audience: impl Into<String>) -> Self {
        self.trusted_audiences.push(audience.into());
        self
    }

    /// Sets how far clocks may differ; default 60 s, since an ID token is presented once and seldom at its end.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = Some(leeway);
        self
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

    /// Sets the way out; default [`ReqwestTransport`](keyfob_transport::ReqwestTransport).
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets the clock; default the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets whether each token is told as a [`crate::event`]; default true.
    pub fn events(mut self, tells: bool) -> Self {
        self.tells = tells;
        self
    }

    /// Builds the verifier; touches no network.
    ///
    /// # Errors
    /// [`BuildError`], whose kinds say what is missing.
    pub fn build(self) -> Result<IdTokenVerifier, BuildError> {
        let issuer = Issuer::parse(self.issuer.as_str()).map_err(BuildError::Issuer)?;
        if self.client_id.is_empty() {
            return Err(BuildError::NoClientId);
        }
        // Whoever can verify a symmetric signature can make one, and this side has no client secret.
        let algorithms = self.algorithms.into_iter();
        let algorithms: Vec<_> = algorithms.filter(|one| !one.is_symmetric()).collect();
        if algorithms.is_empty() {
            return Err(BuildError::NoAlgorithm);
        }
        let mut rules = IdTokenRules::new(&issuer, self.client_id).with_algorithms(algorithms);
        for audience in self.trusted_audiences {
            rules = rules.with_trusted_audience(audience);
        }
        if let Some(leeway) = self.leeway {
            rules = rules.with_leeway(leeway);
        }
        Ok(IdTokenVerifier(Arc::new(Inner {
            rules,
            keys: self.keys.build(issuer, self.transport, &self.clock),
            clock: self.clock,
            tells: self.tells,
        })))
    }
}
