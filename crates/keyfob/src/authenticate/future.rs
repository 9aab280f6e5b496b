//! One request on its way: token, first try, and after a 401 one more.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::AUTHORIZATION;
use http::{Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::AuthenticateError;
use super::layer::Shared;
use super::policy::Verdict;
use super::renew::renew;
use super::replay::Replay;
use crate::Error;
use crate::session::AccessToken;

/// Any error, as tower's own middleware has it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

type TokenFuture = Pin<Box<dyn Future<Output = Result<AccessToken, Error>> + Send>>;
type RenewFuture = Pin<Box<dyn Future<Output = Result<Option<AccessToken>, Error>> + Send>>;

pin_project! {
    /// The answer of an [`Authorize`](super::Authorize) service.
    #[must_use = "futures do nothing unless polled"]
    pub struct AuthorizeFuture<S, B, R>
    where
        S: Service<Request<B>>,
    {
        inner: S,
        shared: Arc<Shared>,
        // The request that is sent next.
        request: Option<Request<B>>,
        // The token on its way, while a 401 can still be answered with another one.
        sent: Option<AccessToken>,
        #[pin]
        state: State<S::Future, R>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, R> {
        Refused { error: Option<AuthenticateError> },
        Token { future: TokenFuture },
        Sending { #[pin] future: F },
        Renewing { future: RenewFuture, refusal: Option<Response<R>> },
        Again { token: AccessToken },
    }
}

impl<S, B, R> AuthorizeFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: Replay,
{
    pub(super) fn new(
        mut inner: S,
        shared: Arc<Shared>,
        request: Request<B>,
        verdict: Result<Verdict, AuthenticateError>,
    ) -> Self {
        let mut waiting = None;
        let mut sent = None;
        let state = match verdict {
            Err(error) => State::Refused { error: Some(error) },
            Ok(verdict) if verdict == Verdict::PassThrough || shared.session.goes_plain() => {
                State::Sending {
                    future: inner.call(request),
                }
            }
            // The usual case: the token is at hand, and nothing is boxed.
            Ok(_) => {
                if let Some(token) = shared.session.current() {
                    waiting = copy(&request);
                    let future = inner.call(attach(request, &token));
                    sent = Some(token);
                    State::Sending { future }
                } else {
                    waiting = Some(request);
                    let session = shared.session.clone();
                    State::Token {
                        future: Box::pin(async move { session.access_token().await }),
                    }
                }
            }
        };
        Self {
            inner,
            shared,
            request: waiting,
            sent,
            state,
        }
    }
}

impl<S, B, R> Future for AuthorizeFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: Replay,
{
    type Output = Result<Response<R>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProjection::Refused { error } => {
                    return Poll::Ready(Err(error.take().map_or_else(polled_again, Into::into)));
                }
                StateProjection::Token { future } => {
                    let token =
                        ready!(future.as_mut().poll(cx)).map_err(AuthenticateError::from)?;
                    let Some(request) = this.request.take() else {
                        return Poll::Ready(Err(polled_again()));
                    };
                    *this.request = copy(&request);
                    let future = this.inner.call(attach(request, &token));
                    *this.sent = Some(token);
                    this.state.set(State::Sending { future });
                }
                StateProjection::Sending { future } => {
                    let response = ready!(future.poll(cx)).map_err(Into::into)?;
                    let refused = response.status() == StatusCode::UNAUTHORIZED;
                    let Some(token) = this.sent.take().filter(|_| refused) else {
                        return Poll::Ready(Ok(response));
                    };
                    if this.request.is_none() {
                        // The second refusal, or a body that cannot be sent again.
                        this.shared.session.invalidate(&token);
                        return Poll::Ready(Ok(response));
                    }
                    let session = this.shared.session.clone();
                    let future = Box::pin(async move { renew(&session, &token).await });
                    this.state.set(State::Renewing {
                        future,
                        refusal: Some(response),
                    });
                }
                StateProjection::Renewing { future, refusal } => {
                    match ready!(future.as_mut().poll(cx)).map_err(AuthenticateError::from)? {
                        Some(token) => this.state.set(State::Again { token }),
                        None => return Poll::Ready(refusal.take().ok_or_else(polled_again)),
                    }
                }
                StateProjection::Again { token } => {
                    ready!(this.inner.poll_ready(cx)).map_err(Into::into)?;
                    let Some(request) = this.request.take() else {
                        return Poll::Ready(Err(polled_again()));
                    };
                    let future = this.inner.call(attach(request, token));
                    *this.sent = Some(token.clone());
                    this.state.set(State::Sending { future });
                }
            }
        }
    }
}

fn attach<B>(mut request: Request<B>, token: &AccessToken) -> Request<B> {
    request
        .headers_mut()
        .insert(AUTHORIZATION, token.header_value());
    request
}

/// Copies the request if its body can be sent a second time.
fn copy<B: Replay>(request: &Request<B>) -> Option<Request<B>> {
    let mut copy = Request::new(request.body().replay()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    Some(copy)
}

/// A future polled after its end, which only a broken executor does.
fn polled_again() -> BoxError {
    "the request was polled after it had ended".into()
}
