//! One question to the issuer: where, as whom, within what time.

use std::sync::Arc;
use std::time::Duration;

use keyfob_protocol::{Client, Introspection, IntrospectionRequest, ServerMetadata};
use keyfob_transport::{Clock, MetadataDocument, Transport};

use super::answer::AnswerRules;
use super::error::IntrospectionError;
use crate::rejection::Rejection;

#[derive(Debug)]
pub(super) struct Asker {
    pub(super) rules: AnswerRules,
    pub(super) server: Server,
    pub(super) client: Client,
    pub(super) transport: Transport,
    pub(super) clock: Clock,
    pub(super) limit: Duration,
}

/// Where the endpoint is found.
#[derive(Clone, Debug)]
pub(super) enum Server {
    Given(Arc<ServerMetadata>),
    Document(MetadataDocument),
}

impl Asker {
    pub(super) async fn ask(&self, token: &str) -> Result<Introspection, Rejection> {
        self.clock
            .timeout(self.limit, self.send(token))
            .await
            .unwrap_or(Err(IntrospectionError::Slow(self.limit)))
            .map_err(Rejection::IntrospectionUnavailable)
    }

    async fn send(&self, token: &str) -> Result<Introspection, IntrospectionError> {
        let metadata = match &self.server {
            Server::Given(metadata) => Arc::clone(metadata),
            Server::Document(document) => document
                .load()
                .await
                .map_err(IntrospectionError::Metadata)?,
        };
        let question = IntrospectionRequest::new(token);
        let make = || Ok(question.request(&metadata, &self.client, self.clock.now())?);
        let response = self
            .transport
            .exchange_each::<IntrospectionError, _>(make)
            .await?;
        Ok(question.read(&response)?)
    }
}
