//! What an introspector needs to know before it can ask.

use std::sync::Arc;
use std::time::Duration;

use keyfob_jose::{Algorithm, JwkSet};
use keyfob_protocol::{Client, Endpoint, Issuer, ProtocolError, ServerMetadata, SignedAnswerRules};
use keyfob_transport::{Clock, KeySetDocument, MetadataDocument, ReqwestTransport, Transport};

use super::ask::{Asker, Server};
use super::cache::Cache;
use super::flight::Flights;
use super::memory::AnswerMemory;
use super::rules::{AnswerRules, Audiences};
use super::signed::{Keys, Signed};
use super::{Inner, Introspector};
use crate::danger;

/// Configures an [`Introspector`].
#[derive(Clone, Debug)]
#[must_use]
pub struct IntrospectorBuilder {
    issuer: String,
    audiences: Vec<String>,
    any_audience: bool,
    client: Option<Client>,
    endpoint: Option<String>,
    metadata: Option<MetadataDocument>,
    signed: Option<Vec<Algorithm>>,
    keys: Option<Keys>,
    memory: Option<AnswerMemory>,
    transport: Option<Transport>,
    clock: Clock,
    leeway: Duration,
    limit: Duration,
    tells: bool,
}

/// Says why an introspector cannot be built.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectorError {
    /// The issuer is not an https URL (or http on loopback).
    #[error("the issuer is not usable: {0}")]
    Issuer(ProtocolError),
    /// The endpoint is not an https URL (or http on loopback).
    #[error("the introspection endpoint is not usable: {0}")]
    Endpoint(ProtocolError),
    /// No audience was given, or an empty one.
    #[error("an introspector needs at least one audience")]
    NoAudience,
    /// No client was given to ask as (RFC 7662 §2.1 wants the one who asks to be authorized).
    #[error("an introspector needs a client to ask as")]
    NoClient,
    /// Signed answers are required, and no algorithm was given, or only symmetric ones, which no published key can verify.
    #[error("signed answers need at least one asymmetric algorithm")]
    NoAlgorithm,
}

impl IntrospectorError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issuer(error) | Self::Endpoint(error) => error.code(),
            Self::NoAudience => "no_audience",
            Self::NoClient => "no_client",
            Self::NoAlgorithm => "no_algorithm",
        }
    }
}

impl IntrospectorBuilder {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            issuer,
            audiences: Vec::new(),
            any_audience: false,
            client: None,
            endpoint: None,
            metadata: None,
            signed: None,
            keys: None,
            memory: Some(AnswerMemory::default()),
            transport: None,
            clock: Clock::system(),
            leeway: Duration::from_secs(30),
            limit: Duration::from_secs(5),
            tells: true,
        }
    }

    /// Accepts tokens for this audience; may be called again for more.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts tokens for anybody, in place of audiences; for issuers whose answers never name one.
    pub fn any_audience(self, _: danger::AnyAudience) -> Self {
        Self {
            any_audience: true,
            ..self
        }
    }

    /// Sets who asks, and how it proves that.
    pub fn client(self, client: Client) -> Self {
        Self {
            client: Some(client),
            ..self
        }
    }

    /// Sets the endpoint; default is the one that the issuer's metadata names.
    pub fn endpoint(self, url: impl Into<String>) -> Self {
        Self {
            endpoint: Some(url.into()),
            ..self
        }
    }

    /// Finds the endpoint in this metadata, which may be shared with a verifier.
    pub fn metadata(self, metadata: MetadataDocument) -> Self {
        Self {
            metadata: Some(metadata),
            ..self
        }
    }

    /// Requires answers signed by the issuer with one of these algorithms (RFC 9701); plain ones are refused then.
    /// Replaces those set before.
    ///
    /// The issuer has to be told so when the client is registered (`introspection_signed_response_alg`).
    pub fn signed_answers(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self {
            signed: Some(algorithms.into_iter().collect()),
            ..self
        }
    }

    /// Verifies signed answers with these keys and fetches none.
    pub fn keys(self, keys: JwkSet) -> Self {
        Self {
            keys: Some(Keys::Given(keys)),
            ..self
        }
    }

    /// Verifies signed answers with this key set, which may be shared; default is the one that the metadata points to.
    pub fn key_set(self, keys: KeySetDocument) -> Self {
        Self {
            keys: Some(Keys::Fetched(keys)),
            ..self
        }
    }

    /// Sets which answers are kept for how long; `None` asks each time. Default [`AnswerMemory::default`].
    pub fn memory(self, memory: impl Into<Option<AnswerMemory>>) -> Self {
        Self {
            memory: memory.into(),
            ..self
        }
    }

    /// Sets whether each token is told as a [`crate::event`]; default true.
    pub fn events(self, tells: bool) -> Self {
        Self { tells, ..self }
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

    /// Sets how far clocks may differ; default 30 s.
    pub fn leeway(self, leeway: Duration) -> Self {
        Self { leeway, ..self }
    }

    /// Sets the longest time that one question may take, repetitions included; default 5 s.
    pub fn limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Builds the introspector; touches no network.
    ///
    /// # Errors
    /// [`IntrospectorError`], whose kinds say what is missing.
    pub fn build(self) -> Result<Introspector, IntrospectorError> {
        let issuer = Issuer::parse(self.issuer.as_str()).map_err(IntrospectorError::Issuer)?;
        let audiences = if self.any_audience {
            Audiences::Any
        } else if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return Err(IntrospectorError::NoAudience);
        } else {
            Audiences::Of(self.audiences)
        };
        let client = self.client.ok_or(IntrospectorError::NoClient)?;
        let given = self.transport;
        let transport = given.unwrap_or_else(|| Transport::new(ReqwestTransport::default()));
        let given = self.metadata;
        let document = given.unwrap_or_else(|| {
            MetadataDocument::new(issuer.clone(), transport.clone(), self.clock.clone())
        });
        let signed = match self.signed {
            None => None,
            Some(algorithms) => {
                let rules = SignedAnswerRules::new(
                    self.issuer.as_str(),
                    client.client_id.as_str(),
                    algorithms,
                );
                if rules.accepts_nothing() {
                    return Err(IntrospectorError::NoAlgorithm);
                }
                let keys = self.keys.unwrap_or_else(|| {
                    let (transport, clock) = (transport.clone(), self.clock.clone());
                    Keys::Fetched(KeySetDocument::new(document.clone(), transport, clock))
                });
                let rules = rules.with_leeway(self.leeway);
                Some(Signed { rules, keys })
            }
        };
        let asker = Asker {
            server: server(issuer, self.endpoint, document)?,
            client,
            signed,
            transport,
            clock: self.clock,
            limit: self.limit,
        };
        let rules = AnswerRules {
            issuer: self.issuer,
            audiences,
            leeway: self.leeway,
        };
        Ok(Introspector(Arc::new(Inner {
            flights: Arc::new(Flights::new(asker, rules, self.memory.map(Cache::new))),
            tells: self.tells,
        })))
    }
}

fn server(
    issuer: Issuer,
    endpoint: Option<String>,
    document: MetadataDocument,
) -> Result<Server, IntrospectorError> {
    let Some(url) = endpoint else {
        return Ok(Server::Document(document));
    };
    let mut metadata = ServerMetadata::new(issuer);
    let set = metadata.set_endpoint(Endpoint::Introspection, &url);
    set.map_err(IntrospectorError::Endpoint)?;
    Ok(Server::Given(Arc::new(metadata)))
}
