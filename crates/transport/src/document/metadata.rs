//! A server's metadata, cached (OpenID Connect Discovery §4, RFC 8414 §3).

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use keyfob_protocol::{Endpoint, Issuer, MetadataRequest, ProtocolError, ServerMetadata};

use super::cached::{Cached, Fetched, Fetching, Source};
use super::error::DocumentError;
use super::export::{Exported, ImportError};
use super::freshness::hint;
use super::policy::DocumentPolicy;
use crate::clock::Clock;
use crate::error::TransportError;
use crate::transport::Transport;

/// Keeps a server's metadata at hand; cheap to clone, clones share one copy.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use keyfob_protocol::Issuer;
/// use keyfob_transport::{Clock, MetadataDocument, ReqwestTransport, Transport};
///
/// let issuer = Issuer::parse("https://login.example.com")?;
/// let document = MetadataDocument::new(issuer, Transport::new(ReqwestTransport::default()), Clock::system());
/// let metadata = document.load().await?;
/// println!("{:?}", metadata.token_endpoint);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MetadataDocument(Arc<Cached<WellKnown>>);

struct WellKnown {
    issuer: Issuer,
    /// Where to ask, if that is not the issuer itself.
    server: Option<Issuer>,
    forgives_slash: bool,
    transport: Transport,
    max_body: usize,
}

impl MetadataDocument {
    /// Prepares the document; nothing is fetched before it is asked for.
    pub fn new(issuer: Issuer, transport: Transport, clock: Clock) -> Self {
        Self::with_policy(issuer, transport, clock, DocumentPolicy::metadata())
    }

    /// Prepares the document with rules of its own.
    pub fn with_policy(
        issuer: Issuer,
        transport: Transport,
        clock: Clock,
        policy: DocumentPolicy,
    ) -> Self {
        let source = WellKnown {
            issuer,
            server: None,
            forgives_slash: false,
            transport,
            max_body: policy.max_body,
        };
        Self(Arc::new(Cached::new(source, policy, clock)))
    }

    /// Prepares the document of the server at an address, whose issuer is `issuer`, or, if nobody has said, that address
    /// with or without its final slash.
    pub fn at(server: Issuer, issuer: Option<Issuer>, transport: Transport, clock: Clock) -> Self {
        let policy = DocumentPolicy::metadata();
        let source = WellKnown {
            forgives_slash: issuer.is_none(),
            issuer: issuer.unwrap_or_else(|| server.clone()),
            server: Some(server),
            transport,
            max_body: policy.max_body,
        };
        Self(Arc::new(Cached::new(source, policy, clock)))
    }

    /// Returns whose metadata it is.
    pub fn issuer(&self) -> &Issuer {
        &self.0.source().issuer
    }

    /// Returns the copy at hand, if any, without waiting.
    pub fn current(&self) -> Option<Arc<ServerMetadata>> {
        self.0.current().map(|copy| Arc::clone(&copy.document))
    }

    /// Begins to fetch the first copy in the background.
    ///
    /// Needs a Tokio runtime; without one nothing happens.
    pub fn prefetch(&self) {
        self.0.prefetch();
    }

    /// Returns the copy at hand for another process, see [`Exported`].
    pub fn export(&self) -> Option<Exported> {
        let origin = self.0.current()?.origin.clone();
        let name = self.0.source().name();
        Some(Exported { name, origin })
    }

    /// Takes over a copy that another process fetched, with the age that it has; false if the one at hand is as new.
    ///
    /// # Errors
    /// [`ImportError`]; the copy at hand stays.
    pub fn import(&self, exported: &Exported) -> Result<bool, ImportError> {
        if exported.name != self.0.source().name() {
            return Err(ImportError::OtherDocument);
        }
        self.0.adopt(exported.origin.clone())
    }

    /// Returns the copy at hand, or waits for the first one.
    ///
    /// # Errors
    /// The failure of the fetch waited for, or of the last one if it is too soon for another.
    pub async fn load(&self) -> Result<Arc<ServerMetadata>, DocumentError> {
        self.0.load().await.map(|copy| Arc::clone(&copy.document))
    }
}

impl Source for WellKnown {
    type Document = ServerMetadata;

    fn fetch(&self, patient: bool) -> Fetching<'_, ServerMetadata> {
        Box::pin(async move {
            let mut first_failure = None;
            for candidate in self.candidates() {
                match self.try_candidate(&candidate, patient).await {
                    Ok(fetched) => return Ok(fetched),
                    Err(failure) if !is_absent(&failure) => return Err(failure),
                    Err(failure) => first_failure = first_failure.or(Some(failure)),
                }
            }
            Err(first_failure.unwrap_or(DocumentError::Interrupted))
        })
    }

    fn read(&self, body: &Bytes) -> Result<ServerMetadata, DocumentError> {
        let mut response = Response::new(body.clone());
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        let mut candidates = self.candidates();
        let candidate = candidates.next().ok_or(DocumentError::Interrupted)?;
        Ok(candidate.read(&response)?)
    }
}

impl WellKnown {
    fn name(&self) -> String {
        format!("metadata of {}", self.issuer.as_str())
    }

    fn candidates(&self) -> impl Iterator<Item = MetadataRequest> {
        let server = self.server.as_ref().unwrap_or(&self.issuer);
        let forgives = self.forgives_slash;
        MetadataRequest::candidates_at(server, &self.issuer)
            .into_iter()
            .map(move |candidate| {
                if forgives {
                    candidate.forgiving_a_slash()
                } else {
                    candidate
                }
            })
    }

    async fn try_candidate(
        &self,
        candidate: &MetadataRequest,
        patient: bool,
    ) -> Result<Fetched<ServerMetadata>, DocumentError> {
        let request = super::capped(candidate.request()?, self.max_body);
        let response = super::ask(&self.transport, request, patient).await?;
        let status = response.status();
        // RFC 8414 §3.2: no other status says that the body is the document.
        if status.is_success() && status != StatusCode::OK {
            let (endpoint, retry_after) = (Endpoint::Metadata, None);
            let error = ProtocolError::Http {
                endpoint,
                status,
                retry_after,
            };
            return Err(error.into());
        }
        let document = candidate.read(&response)?;
        Ok(Fetched {
            document,
            hint: hint(response.headers()),
            body: response.into_body(),
        })
    }
}

/// Tells whether the server has no document at this address but may have one at the other.
fn is_absent(failure: &DocumentError) -> bool {
    match failure {
        DocumentError::Protocol(error) => MetadataRequest::is_absent(error),
        DocumentError::Transport(error) => matches!(error, TransportError::Redirect { .. }),
        _ => false,
    }
}

impl std::fmt::Debug for MetadataDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MetadataDocument")
            .field(self.issuer())
            .finish()
    }
}
