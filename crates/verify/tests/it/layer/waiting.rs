//! What a service promises to tower: readiness, cancellation, and one inner call per request.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use http::{Request, Response, StatusCode};
use keyfob_protocol::Endpoint;
use keyfob_verify::layer::VerifyLayer;
use tower::{Layer as _, Service, ServiceExt as _};

use super::{bare, bearer, issuer};

/// Panics unless the very instance that is called was ready; its clones are not.
#[derive(Default)]
struct Strict {
    ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self {
            ready: false,
            calls: Arc::clone(&self.calls),
        }
    }
}

impl Service<Request<String>> for Strict {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<String>) -> Self::Future {
        assert!(self.ready, "called without having been ready");
        self.ready = false;
        self.calls.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(Response::default()))
    }
}

#[tokio::test]
async fn calls_the_instance_that_was_ready() {
    let issuer = issuer();
    let inner = Strict::default();
    let calls = Arc::clone(&inner.calls);
    let mut service = VerifyLayer::new(issuer.verifier()).layer(inner);
    for _ in 0..3 {
        let request = bearer(&issuer.token().sign());
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
    let refused = service.ready().await.unwrap().call(bare()).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        calls.load(Ordering::SeqCst),
        3,
        "a refused request never arrives"
    );
}

#[tokio::test]
async fn a_request_that_is_given_up_never_reaches_the_inner_service() {
    let issuer = issuer();
    let inner = Strict::default();
    let calls = Arc::clone(&inner.calls);
    let service = VerifyLayer::new(issuer.verifier()).layer(inner);
    issuer.hang();
    let token = issuer.token().sign();
    let waiting = tokio::spawn(service.clone().oneshot(bearer(&token)));
    issuer.count_reaches(Endpoint::Metadata, 1).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    issuer.recover();
    let response = service.oneshot(bearer(&token)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn waits_for_the_inner_service_and_hands_out_its_errors() {
    let issuer = issuer();
    let inner =
        tower::service_fn(|_: Request<String>| async { Err::<Response<String>, _>("down") });
    let mut service = VerifyLayer::new(issuer.verifier()).layer(inner);
    let request = bearer(&issuer.token().sign());
    let error = service
        .ready()
        .await
        .unwrap()
        .call(request)
        .await
        .unwrap_err();
    assert_eq!(error, "down");
    assert!(service.ready().await.unwrap().call(bare()).await.is_ok());

    let open = Arc::new(AtomicBool::new(false));
    let mut service = VerifyLayer::new(issuer.verifier()).layer(Gated(Arc::clone(&open)));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut cx).is_pending());
    open.store(true, Ordering::SeqCst);
    assert!(service.poll_ready(&mut cx).is_ready());
}

#[tokio::test]
async fn an_answer_that_is_polled_again_is_no_good_one() {
    let mut service = VerifyLayer::new(issuer().verifier()).layer(Strict::default());
    let mut answer = pin!(service.ready().await.unwrap().call(bare()));
    let mut cx = Context::from_waker(Waker::noop());
    for status in [StatusCode::UNAUTHORIZED, StatusCode::INTERNAL_SERVER_ERROR] {
        let Poll::Ready(Ok(response)) = answer.as_mut().poll(&mut cx) else {
            unreachable!("there is nothing to wait for");
        };
        assert_eq!(response.status(), status);
    }
}

/// A service that is ready once its switch is on.
#[derive(Clone)]
struct Gated(Arc<AtomicBool>);

impl Service<Request<String>> for Gated {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if self.0.load(Ordering::SeqCst) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    fn call(&mut self, _: Request<String>) -> Self::Future {
        std::future::ready(Ok(Response::default()))
    }
}
