//! What an introspector needs to know before it can ask.

use std::sync::Arc;
use std::time::Duration;

use keyfob_protocol::{Client, Endpoint, Issuer, ProtocolError, ServerMetadata};
use keyfob_transport::{Clock, MetadataDocument, ReqwestTransport, Transport};

use super::Introspector;
use super::answer::AnswerRules;
use super::ask::{Asker, Server};

/// Configures an [`Introspector`].
#[derive(Clone, Debug)]
pub struct IntrospectorBuilder {
    issuer: String,
    audiences: Vec<String>,
    client: Option<Client>,
    endpoint: Option<String>,
    metadata: Option<MetadataDocument>,
    transport: Option<Transport>,
    clock: Clock,
    leeway: Duration,
    limit: Duration,
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
}

impl IntrospectorError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issuer(error) | Self::Endpoint(error) => error.code(),
            Self::NoAudience => "no_audience",
            Self::NoClient => "no_client",
        }
    }
}

impl IntrospectorBuilder {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            issuer,
            audiences: Vec::new(),
            client: None,
            endpoint: None,
            metadata: None,
            transport: None,
            clock: Clock::system(),
            leeway: Duration::from_secs(30),
            limit: Duration::from_secs(5),
        }
    }

    /// Accepts tokens for this audience; may be called again for more.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
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
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return Err(IntrospectorError::NoAudience);
        }
        let client = self.client.ok_or(IntrospectorError::NoClient)?;
        let transport = self
            .transport
            .unwrap_or_else(|| Transport::new(ReqwestTransport::default()));
        let server = match (self.endpoint, self.metadata) {
            (Some(url), _) => {
                let mut metadata = ServerMetadata::new(issuer);
                metadata
                    .set_endpoint(Endpoint::Introspection, &url)
                    .map_err(IntrospectorError::Endpoint)?;
                Server::Given(Arc::new(metadata))
            }
            (None, Some(document)) => Server::Document(document),
            (None, None) => Server::Document(MetadataDocument::new(
                issuer,
                transport.clone(),
                self.clock.clone(),
            )),
        };
        Ok(Introspector(Arc::new(Asker {
            rules: AnswerRules {
                issuer: self.issuer,
                audiences: self.audiences,
                leeway: self.leeway,
            },
            server,
            client,
            transport,
            clock: self.clock,
            limit: self.limit,
        })))
    }
}
