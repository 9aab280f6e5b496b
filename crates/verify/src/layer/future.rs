//! One request on its way: the check, then the inner service or a refusal.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::answer::Verified;
use super::body::ResponseBody;
use super::judge::{Asked, Check, judge};
use super::verify::Shared;
use crate::challenge::Scheme;
use crate::principal::Principal;
use crate::rejection::Rejection;

pin_project! {
    /// The answer of a [`VerifyService`](super::VerifyService) or a [`RequireService`](super::RequireService).
    ///
    /// Dropping it ends the check; the inner service has not seen the request then.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        Checking { check: Check, waiting: Option<Waiting<S, B>>, after: After },
        Passed { #[pin] future: F, after: After },
        Answered { response: Response<Bytes> },
    }
}

/// A request until its token is checked, and the service that is ready for it.
pub(super) struct Waiting<S, B> {
    pub(super) inner: S,
    pub(super) request: Request<B>,
    pub(super) verified: Verified,
}

/// What is added to the inner service's answer.
#[derive(Clone, Default)]
pub(super) struct After {
    never_stored: bool,
    dpop_nonce: Option<HeaderValue>,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn checking(shared: &Arc<Shared>, asked: Asked, waiting: Waiting<S, B>) -> Self {
        let after = After::of(shared, &asked);
        Self {
            state: State::Checking {
                check: judge(shared, asked),
                waiting: Some(waiting),
                after,
            },
        }
    }

    pub(super) fn passed(future: S::Future, after: After) -> Self {
        Self {
            state: State::Passed { future, after },
        }
    }

    pub(super) fn answered(response: Response<Bytes>) -> Self {
        Self {
            state: State::Answered { response },
        }
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProjection::Checking {
                    check,
                    waiting,
                    after,
                } => {
                    let outcome = ready!(check.as_mut().poll(cx));
                    let (waiting, after) = (waiting.take(), after.clone());
                    state.set(next(outcome, waiting, after));
                }
                StateProjection::Passed { future, after } => {
                    let response = ready!(future.poll(cx));
                    return Poll::Ready(response.map(|response| after.add(response)));
                }
                StateProjection::Answered { response } => {
                    // Whoever polls again gets no second answer that could pass for a good one.
                    let response = std::mem::replace(response, polled_again());
                    return Poll::Ready(Ok(response.map(ResponseBody::own)));
                }
            }
        }
    }
}

fn next<S, B>(
    outcome: Result<Principal, Rejection>,
    waiting: Option<Waiting<S, B>>,
    after: After,
) -> State<S, B, S::Future>
where
    S: Service<Request<B>>,
{
    let Some(mut waiting) = waiting else {
        return State::Answered {
            response: polled_again(),
        };
    };
    match outcome {
        Ok(principal) => {
            let extensions = waiting.request.extensions_mut();
            extensions.insert(principal);
            extensions.insert(waiting.verified);
            State::Passed {
                future: waiting.inner.call(waiting.request),
                after,
            }
        }
        Err(rejection) => State::Answered {
            response: waiting.verified.refuse(&rejection.into()),
        },
    }
}

/// The answer of a future that is polled after its end, which only a broken executor does.
fn polled_again() -> Response<Bytes> {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

impl After {
    fn of(shared: &Shared, asked: &Asked) -> Self {
        let with_proof = asked.credentials.scheme == Scheme::Dpop;
        let bound = shared.bound.as_ref().filter(|_| with_proof);
        let nonce = bound.and_then(|bound| bound.binding.proofs().nonce());
        Self {
            never_stored: asked.credentials.from_query,
            dpop_nonce: nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()),
        }
    }

    fn add<R>(&mut self, mut response: Response<R>) -> Response<ResponseBody<R>> {
        let headers = response.headers_mut();
        if self.never_stored {
            // RFC 6750 §2.3; the address itself is the secret.
            let value = HeaderValue::from_static("private, no-store");
            headers.insert(CACHE_CONTROL, value);
        }
        if let Some(nonce) = self.dpop_nonce.take() {
            headers.insert(HeaderName::from_static("dpop-nonce"), nonce);
        }
        response.map(ResponseBody::inner)
    }
}
