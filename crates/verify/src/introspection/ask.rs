//! One question to the issuer: where, as whom, within what time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use keyfob_jose::Secret;
use keyfob_protocol::{Client, Introspection, IntrospectionRequest, ServerMetadata, TokenHint};
use keyfob_transport::{Clock, MetadataDocument, Transport};

use super::error::IntrospectionError;
use super::signed::Signed;

#[derive(Debug)]
pub(super) struct Asker {
    pub(super) server: Server,
    pub(super) client: Client,
    /// How answers must be signed, if they must.
    pub(super) signed: Option<Signed>,
    pub(super) transport: Transport,
    pub(super) clock: Clock,
    pub(super) limit: Duration,
}

/// Where the endpoint is found.
#[derive(Debug)]
pub(super) enum Server {
    Given(Arc<ServerMetadata>),
    Document(MetadataDocument),
}

impl Asker {
    /// Asks about a token. `patient` allows repetitions: the issuer has not failed lately.
    pub(super) async fn ask(
        &self,
        token: &Secret,
        patient: bool,
    ) -> Result<Introspection, IntrospectionError> {
        let question = self.question(token, patient);
        let outcome = self.clock.timeout(self.limit, question).await;
        outcome.unwrap_or(Err(IntrospectionError::Slow(self.limit)))
    }

    async fn question(
        &self,
        token: &Secret,
        patient: bool,
    ) -> Result<Introspection, IntrospectionError> {
        let metadata = match &self.server {
            Server::Given(metadata) => Arc::clone(metadata),
            Server::Document(document) => {
                let loaded = document.load().await;
                loaded.map_err(IntrospectionError::Metadata)?
            }
        };
        let mut question =
            IntrospectionRequest::new(token.clone()).with_hint(TokenHint::AccessToken);
        if self.signed.is_some() {
            question = question.with_signed_answer();
        }
        // Made anew for each attempt: a client assertion is good for one use.
        let make = || self.request(&question, &metadata);
        let response = if patient {
            self.transport.exchange_each(make).await?
        } else {
            self.transport.send(make()?).await?
        };
        match &self.signed {
            None => Ok(question.read(&response)?),
            Some(signed) => {
                let answer = question.read_signed(&response)?;
                signed.read(&answer, &self.clock).await
            }
        }
    }

    fn request(
        &self,
        question: &IntrospectionRequest,
        metadata: &ServerMetadata,
    ) -> Result<Request<Bytes>, IntrospectionError> {
        Ok(question.request(metadata, &self.client, self.clock.now())?)
    }
}
