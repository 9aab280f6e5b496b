//! The one door to HTTP: a trait to implement, and the handle that everybody stores.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::header::LOCATION;
use http::{Request, Response};
use keyfob_protocol::{Endpoint, RequestPolicy};

use crate::clock::Clock;
use crate::error::TransportError;
use crate::retry::RetryPolicy;

/// Sends one request and returns its answer; implement it to bring another HTTP client.
///
/// An implementation follows no redirects, reads at most `RequestPolicy::max_body` bytes of the body (the policy lies
/// in the request's extensions), ends every wait, and reports [`TransportError::Unsent`] only when the request surely
/// did not reach the server: a refresh token is sent again on that word.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use keyfob_transport::{HttpTransport, Transport, TransportError};
///
/// struct Teapot;
///
/// impl HttpTransport for Teapot {
///     async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
///         let mut response = Response::new(Bytes::new());
///         *response.status_mut() = http::StatusCode::IM_A_TEAPOT;
///         Ok(response)
///     }
/// }
///
/// let transport = Transport::new(Teapot);
/// ```
pub trait HttpTransport: Send + Sync + 'static {
    /// Sends `request` once and reads the whole answer.
    fn send(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, TransportError>> + Send;
}

/// A cheap-to-clone handle over any [`HttpTransport`], with the retry policy and the clock that go with it.
#[derive(Clone)]
pub struct Transport {
    client: Arc<dyn DynTransport>,
    retry: RetryPolicy,
    clock: Clock,
}

impl Transport {
    /// Wraps an HTTP client; retries follow [`RetryPolicy::default`] on the system's clock.
    pub fn new(client: impl HttpTransport) -> Self {
        Self {
            client: Arc::new(client),
            retry: RetryPolicy::default(),
            clock: Clock::system(),
        }
    }

    /// Replaces the retry policy.
    pub fn with_retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// Replaces the clock that times the waits between attempts.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Returns the retry policy in force.
    pub fn retry(&self) -> &RetryPolicy {
        &self.retry
    }

    /// Returns the clock in force.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Sends `request` exactly once.
    ///
    /// # Errors
    /// Whatever the client reports; also [`TransportError::BodyTooLarge`] and [`TransportError::Redirect`], which are
    /// checked here again for clients that do not.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (endpoint, max_body) = limits(&request);
        let host = request.uri().host().unwrap_or_default().to_owned();
        let began = self.clock.monotonic();
        let outcome = self.client.send(request).await;
        let took = self.clock.monotonic().saturating_sub(began);
        match &outcome {
            Ok(answer) => {
                tracing::debug!(%endpoint, host, status = answer.status().as_u16(), ?took, "answered");
            }
            Err(error) => {
                tracing::debug!(%endpoint, host, code = error.code(), ?took, "not answered");
            }
        }
        let response = outcome?;
        if response.body().len() > max_body {
            return Err(TransportError::BodyTooLarge { limit: max_body });
        }
        if endpoint != Endpoint::Resource && response.status().is_redirection() {
            return Err(refused_redirect(&response));
        }
        Ok(response)
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// The policy for requests that carry none: a resource, of a size that fits any sane API answer.
pub(crate) fn limits(request: &Request<Bytes>) -> (Endpoint, usize) {
    RequestPolicy::of(request).map_or((Endpoint::Resource, DEFAULT_MAX_BODY), |policy| {
        (policy.endpoint, policy.max_body)
    })
}

const DEFAULT_MAX_BODY: usize = 1024 * 1024;

/// RFC 9700 §4.12 and RFC 8414 give no endpoint a reason to redirect; following one would carry secrets elsewhere.
fn refused_redirect(response: &Response<Bytes>) -> TransportError {
    let to = response
        .headers()
        .get(LOCATION)
        .and_then(|value| url::Url::parse(value.to_str().ok()?).ok())
        .map(|url| url.origin().ascii_serialization());
    TransportError::Redirect {
        status: response.status().as_u16(),
        to,
    }
}

/// The object-safe twin of [`HttpTransport`].
trait DynTransport: Send + Sync {
    fn send(&self, request: Request<Bytes>) -> Answer<'_>;
}

type Answer<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

impl<T: HttpTransport> DynTransport for T {
    fn send(&self, request: Request<Bytes>) -> Answer<'_> {
        Box::pin(HttpTransport::send(self, request))
    }
}
