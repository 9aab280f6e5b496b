//! The tower service that puts a session's token on requests and answers a 401.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{Request, Response};
use tower_service::Service;

use super::future::{AuthorizeFuture, BoxError};
use super::layer::Shared;
use super::replay::Replay;

/// A tower HTTP client whose requests carry a session's token.
///
/// A request answered with 401 makes the session give up that token and get another one, and is
/// repeated once if its body can be ([`Replay`]). Errors are the inner service's, or an
/// [`AuthenticateError`](super::AuthenticateError).
#[derive(Debug, Clone)]
pub struct Authorize<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Authorize<S> {
    pub(super) fn new(inner: S, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }

    /// The wrapped service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S, B, R> Service<Request<B>> for Authorize<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    S::Error: Into<BoxError>,
    B: Replay,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = AuthorizeFuture<S, B, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone takes its place.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        let uri = request.uri();
        let (scheme, host) = (
            uri.scheme_str().unwrap_or_default(),
            uri.host().unwrap_or_default(),
        );
        let has_own = request.headers().contains_key(AUTHORIZATION);
        let verdict = self
            .shared
            .policy
            .judge(scheme, host, uri.port_u16(), has_own);
        AuthorizeFuture::new(ready, Arc::clone(&self.shared), request, verdict)
    }
}
