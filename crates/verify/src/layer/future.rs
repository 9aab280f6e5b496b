//! One request on its way: the check, then the inner service or a refusal.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::answer::Answers;
use super::body::ResponseBody;
use super::judge::{Asked, judge};
use super::refusal::Refusal;
use super::verify::Shared;
use crate::principal::Principal;

type Check = Pin<Box<dyn Future<Output = Result<Principal, Refusal>> + Send>>;

pin_project! {
    /// The answer of a [`VerifyService`](super::VerifyService). Dropping it ends the check.
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
        Checking { check: Check, waiting: Option<(S, Request<B>)>, shared: Arc<Shared> },
        Passed { #[pin] future: F },
        Refused { refusal: Refusal, answers: Arc<Answers> },
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn checking(
        shared: Arc<Shared>,
        asked: Asked,
        inner: S,
        request: Request<B>,
    ) -> Self {
        let judged = Arc::clone(&shared);
        let check = Box::pin(async move { judge(&judged, &asked).await });
        Self {
            state: State::Checking {
                check,
                waiting: Some((inner, request)),
                shared,
            },
        }
    }

    pub(super) fn passed(future: S::Future) -> Self {
        Self {
            state: State::Passed { future },
        }
    }

    pub(super) fn refused(shared: &Shared, refusal: Refusal) -> Self {
        let answers = Arc::clone(&shared.answers);
        Self {
            state: State::Refused { refusal, answers },
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
                    shared,
                } => {
                    let outcome = ready!(check.as_mut().poll(cx));
                    let answers = Arc::clone(&shared.answers);
                    let next = match (outcome, waiting.take()) {
                        (Ok(principal), Some((mut inner, mut request))) => {
                            request.extensions_mut().insert(principal);
                            State::Passed {
                                future: inner.call(request),
                            }
                        }
                        (Err(refusal), _) => State::Refused { refusal, answers },
                        // Only a future that is polled after its end gets here.
                        (Ok(_), None) => State::Refused {
                            refusal: Refusal::NotVerified,
                            answers,
                        },
                    };
                    state.set(next);
                }
                StateProjection::Passed { future } => {
                    return future
                        .poll(cx)
                        .map_ok(|response| response.map(ResponseBody::inner));
                }
                StateProjection::Refused { refusal, answers } => {
                    return Poll::Ready(Ok(answers.refuse(refusal)));
                }
            }
        }
    }
}
