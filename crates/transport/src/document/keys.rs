//! An issuer's public keys, cached (RFC 7517 §5, OpenID Connect Core §10.1.1).

use std::sync::Arc;

use bytes::Bytes;
use http::header::ACCEPT;
use http::{HeaderValue, Request, StatusCode};
use keyfob_jose::{CompactJws, Header, JoseError, JwkSet, KeyMark, Payload};
use keyfob_protocol::{Endpoint, ProtocolError, Repeat, RequestPolicy};
use url::Url;

use super::cached::{Cached, Edition, Fetched, Fetching, Source};
use super::error::DocumentError;
use super::export::{Exported, ImportError};
use super::freshness::hint;
use super::metadata::MetadataDocument;
use super::policy::DocumentPolicy;
use super::status::DocumentStatus;
use crate::client::is_loopback;
use crate::clock::Clock;
use crate::transport::Transport;

/// Keeps an issuer's key set at hand; cheap to clone, clones share one copy.
///
/// Give clones to several verifiers of one issuer, and they share its keys and fetches.
///
/// Tokens signed with a known key never wait for a fetch, whether it hangs or fails. A token with an unknown key causes
/// one, but no more than one per [`DocumentPolicy::floor`], however many such tokens come.
///
/// ```no_run
/// # async fn example(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use keyfob_jose::CompactJws;
/// use keyfob_transport::{Clock, KeySetDocument, ReqwestTransport, Transport};
///
/// let url: url::Url = "https://login.example.com/jwks".parse()?;
/// let keys = KeySetDocument::new(url, Transport::new(ReqwestTransport::default()), Clock::system());
/// let jws = CompactJws::parse(token)?;
/// let payload = keys.verify(&jws).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KeySetDocument(Arc<Cached<Location>>);

struct Location {
    source: KeySetSource,
    transport: Transport,
    max_body: usize,
}

/// Where a key set is found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeySetSource {
    /// At this address: https, or http on loopback.
    Url(Url),
    /// Wherever this metadata's `jwks_uri` points at the time of each fetch.
    Metadata(MetadataDocument),
}

/// Says why a token could not be verified with a cached key set.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// There are no keys to verify with.
    #[error("no keys to verify with: {0}")]
    Unavailable(#[from] DocumentError),
    /// There are keys; the token is not signed with one of them.
    #[error(transparent)]
    Refused(#[from] JoseError),
}

impl KeySetDocument {
    /// Prepares the key set at a URL, or the one that a [`MetadataDocument`] points to; nothing is fetched before it is
    /// asked for.
    pub fn new(source: impl Into<KeySetSource>, transport: Transport, clock: Clock) -> Self {
        Self::with_policy(source, transport, clock, DocumentPolicy::keys())
    }

    /// Prepares the key set with rules of its own.
    pub fn with_policy(
        source: impl Into<KeySetSource>,
        transport: Transport,
        clock: Clock,
        policy: DocumentPolicy,
    ) -> Self {
        let location = Location {
            source: source.into(),
            transport,
            max_body: policy.max_body,
        };
        Self(Arc::new(Cached::new(location, policy, clock)))
    }

    /// Returns the keys at hand, if any, without waiting.
    pub fn current(&self) -> Option<Arc<JwkSet>> {
        self.0.current().map(|copy| Arc::clone(&copy.document))
    }

    /// Tells how old the keys at hand are, and why newer ones could not be had. Fetches nothing.
    pub fn status(&self) -> DocumentStatus {
        self.0.status()
    }

    /// Begins to fetch the first keys in the background, so that the first token finds them or waits less.
    ///
    /// Needs a Tokio runtime; without one nothing happens.
    pub fn prefetch(&self) {
        self.0.prefetch();
    }

    /// Returns the keys at hand for another process, see [`Exported`].
    pub fn export(&self) -> Option<Exported> {
        let origin = self.0.current()?.origin.clone();
        let name = self.0.source().name();
        Some(Exported { name, origin })
    }

    /// Takes over keys that another process fetched, with the age that they have; false if those at hand are as new.
    ///
    /// # Errors
    /// [`ImportError`]; the keys at hand stay.
    pub fn import(&self, exported: &Exported) -> Result<bool, ImportError> {
        if exported.name != self.0.source().name() {
            return Err(ImportError::OtherDocument);
        }
        self.0.adopt(exported.origin.clone())
    }

    /// Returns the keys at hand, or waits for the first ones.
    ///
    /// # Errors
    /// The failure of the fetch waited for, or of the last one if it is too soon for another.
    pub async fn load(&self) -> Result<Arc<JwkSet>, DocumentError> {
        self.0.load().await.map(|copy| Arc::clone(&copy.document))
    }

    /// Returns keys of which one fits `header` if the issuer has one: those at hand, or fresh ones.
    ///
    /// # Errors
    /// As [`load`](Self::load). When no fresh keys can be had for an unknown key, those at hand are returned.
    pub async fn keys_for(&self, header: &Header) -> Result<Arc<JwkSet>, DocumentError> {
        let held = self.0.load().await?;
        if held.document.candidates(header).next().is_some() {
            return Ok(Arc::clone(&held.document));
        }
        let fresh = self.0.newer_than(&held).await.unwrap_or(held);
        Ok(Arc::clone(&fresh.document))
    }

    /// Returns keys for a token that the issuer has only just handed over, as from its token endpoint.
    ///
    /// A key that is unknown then came in after the last fetch. If that was moments ago, this waits until the next one
    /// may begin, for [`DocumentPolicy::floor`] at most: nobody else can make it wait.
    ///
    /// # Errors
    /// As [`load`](Self::load), also when keys are at hand and none of them fits: such a token may be good.
    pub async fn keys_for_new_token(
        &self,
        jws: &CompactJws<'_>,
    ) -> Result<Arc<JwkSet>, DocumentError> {
        let Some(held) = self.0.current() else {
            return self.load().await;
        };
        let edition = match held.document.verify(jws) {
            Err(error) if may_be_a_new_key(jws.header(), &error) => {
                self.0.newer_than_at_last(&held).await?
            }
            _ => held,
        };
        Ok(Arc::clone(&edition.document))
    }

    /// Verifies a token's signature with the issuer's keys, fetching fresh ones if none at hand fits.
    ///
    /// # Errors
    /// [`KeySetError::Unavailable`] without keys, and also for an unknown key when fresh keys could not be fetched: such
    /// a token may be good. [`KeySetError::Refused`] with `unknown_key` or `bad_signature` otherwise, also for a key
    /// that came in after a fetch that went well, until the next one may begin ([`DocumentPolicy::floor`]): whoever
    /// makes key ids up would else have every answer be that nobody can tell. A key replaced under its old `kid` is a
    /// `bad_signature` until the keys are fetched again in their turn.
    pub async fn verify<'j>(&self, jws: &'j CompactJws<'_>) -> Result<Payload<'j>, KeySetError> {
        self.verify_by(jws).await.map(|(payload, _)| payload)
    }

    /// Does the same, and tells which key signed it.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub async fn verify_by<'j>(
        &self,
        jws: &'j CompactJws<'_>,
    ) -> Result<(Payload<'j>, KeyMark), KeySetError> {
        let attempt = match self.0.with_current(|held| attempt(held, jws)) {
            Some(attempt) => attempt,
            None => attempt(&self.0.load().await?, jws),
        };
        match attempt {
            Attempt::Settled(outcome) => Ok(outcome?),
            Attempt::PerhapsNew(held, error) => self.verify_with_fresh(jws, &held, error).await,
        }
    }

    /// Tells whether the keys at hand, if they are not too old, have the very key that once verified a token. Never
    /// waits, and sees to the replacement of old keys in good time.
    pub fn holds(&self, mark: KeyMark) -> bool {
        let holds = |held: &Arc<Edition<JwkSet>>| held.document.holds(mark);
        self.0.with_current(holds).unwrap_or_default()
    }

    async fn verify_with_fresh<'j>(
        &self,
        jws: &'j CompactJws<'_>,
        seen: &Arc<Edition<JwkSet>>,
        refused: JoseError,
    ) -> Result<(Payload<'j>, KeyMark), KeySetError> {
        match self.0.newer_than(seen).await {
            Ok(fresh) => Ok(fresh.document.verify_by(jws)?),
            Err(DocumentError::TooSoon) => Err(refused.into()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// What the keys at hand say about a token.
enum Attempt<'j> {
    Settled(Result<(Payload<'j>, KeyMark), JoseError>),
    /// A newer set may have its key.
    PerhapsNew(Arc<Edition<JwkSet>>, JoseError),
}

fn attempt<'j>(held: &Arc<Edition<JwkSet>>, jws: &'j CompactJws<'_>) -> Attempt<'j> {
    match held.document.verify_by(jws) {
        Err(error) if may_be_a_new_key(jws.header(), &error) => {
            Attempt::PerhapsNew(Arc::clone(held), error)
        }
        outcome => Attempt::Settled(outcome),
    }
}

/// A key that was rotated in is unknown; or, in a token that names no key, all the known ones fail.
fn may_be_a_new_key(header: &Header, error: &JoseError) -> bool {
    match error {
        JoseError::UnknownKey => true,
        JoseError::BadSignature => header.kid.is_none(),
        _ => false,
    }
}

impl Source for Location {
    type Document = JwkSet;

    fn fetch(&self, patient: bool) -> Fetching<'_, JwkSet> {
        Box::pin(async move {
            let url = match &self.source {
                KeySetSource::Url(url) => url.clone(),
                KeySetSource::Metadata(metadata) => {
                    metadata.load().await?.endpoint(Endpoint::Jwks)?.clone()
                }
            };
            let request = super::capped(request(&url)?, self.max_body);
            let response = super::ask(&self.transport, request, patient).await?;
            // Of any other status the body is no key set, whatever it looks like.
            if response.status() != StatusCode::OK {
                let retry_after = keyfob_protocol::exchange::retry_after(response.headers());
                return Err(ProtocolError::Http {
                    endpoint: Endpoint::Jwks,
                    status: response.status(),
                    retry_after,
                }
                .into());
            }
            Ok(Fetched {
                document: self.read(response.body())?,
                hint: hint(response.headers()),
                body: response.into_body(),
            })
        })
    }

    fn read(&self, body: &Bytes) -> Result<JwkSet, DocumentError> {
        let document = JwkSet::parse(body).map_err(DocumentError::KeySet)?;
        for skipped in document.skipped() {
            tracing::debug!(index = skipped.index, kid = ?skipped.kid, code = skipped.reason.code(), "a key of the set is not usable");
        }
        Ok(document)
    }
}

impl Location {
    /// Whose keys they are, wherever those lie at the moment.
    fn name(&self) -> String {
        match &self.source {
            KeySetSource::Url(url) => format!("jwks {url}"),
            KeySetSource::Metadata(metadata) => format!("jwks of {}", metadata.issuer().as_str()),
        }
    }
}

fn request(url: &Url) -> Result<Request<Bytes>, ProtocolError> {
    if url.scheme() != "https"
        && !(url.scheme() == "http" && is_loopback(url.host_str().unwrap_or_default()))
    {
        return Err(ProtocolError::InsecureUrl { what: "jwks_uri" });
    }
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = url.as_str().parse().map_err(|_| malformed())?;
    request.headers_mut().insert(
        ACCEPT,
        HeaderValue::from_static("application/jwk-set+json, application/json"),
    );
    request
        .extensions_mut()
        .insert(RequestPolicy::new(Endpoint::Jwks, Repeat::Always));
    Ok(request)
}

fn malformed() -> ProtocolError {
    ProtocolError::Malformed {
        what: "jwks_uri",
        field: "url",
        why: "it is not a valid request target",
    }
}

impl From<Url> for KeySetSource {
    fn from(url: Url) -> Self {
        Self::Url(url)
    }
}

impl From<MetadataDocument> for KeySetSource {
    fn from(metadata: MetadataDocument) -> Self {
        Self::Metadata(metadata)
    }
}

impl std::fmt::Debug for KeySetDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeySetDocument")
            .field(&self.0.source().source)
            .finish()
    }
}
