//! The layer that asks more of a token that an outer layer has checked.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::answer::Verified;
use super::body::ResponseBody;
use super::future::{After, ResponseFuture};
use super::refusal::Refusal;
use crate::principal::Principal;
use crate::rejection::Rejection;
use crate::requirement::Requirement;

/// Lets only requests pass whose token meets a [`Requirement`]; for parts of a service, behind its
/// [`VerifyLayer`](super::VerifyLayer).
///
/// It answers 403 or a step-up challenge (RFC 9470), and 401 where the outer layer is
/// [`optional`](super::VerifyLayer::optional) and no token came. Without an outer layer it answers 500 to everything.
///
/// ```
/// use axum::Router;
/// use axum::routing::{get, post};
/// use keyfob_verify::layer::{RequireLayer, VerifyLayer};
/// use keyfob_verify::{Requirement, Verifier};
///
/// # fn router(verifier: Verifier) -> Router {
/// let writes = Requirement::new().all_scopes(["orders:write"]);
/// Router::new()
///     .route("/orders", post(|| async { "ordered" }))
///     .route_layer(RequireLayer::new(writes))
///     .route("/catalogue", get(|| async { "books" }))
///     .layer(VerifyLayer::new(verifier))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RequireLayer {
    requirement: Arc<Requirement>,
}

impl RequireLayer {
    /// Makes a layer that asks for this.
    pub fn new(requirement: Requirement) -> Self {
        Self {
            requirement: Arc::new(requirement),
        }
    }
}

impl<S> Layer<S> for RequireLayer {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireService {
            inner,
            requirement: Arc::clone(&self.requirement),
        }
    }
}

/// A service behind a [`RequireLayer`].
#[derive(Clone, Debug)]
pub struct RequireService<S> {
    inner: S,
    requirement: Arc<Requirement>,
}

impl<S> RequireService<S> {
    /// Returns the wrapped service.
    pub fn inner_ref(&self) -> &S {
        &self.inner
    }
}

impl<S, B, R> Service<Request<B>> for RequireService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let extensions = request.extensions();
        let verified = extensions.get::<Verified>();
        let refuse = |refusal| verified.cloned().unwrap_or_default().refuse(&refusal);
        let outcome = match extensions.get::<Principal>() {
            Some(principal) => self.requirement.check(principal).map_err(|rejection| {
                let verified = verified.cloned().unwrap_or_default();
                verified.refuse_principal(principal, rejection)
            }),
            None if verified.is_some() => Err(refuse(Rejection::NoToken.into())),
            None => Err(refuse(Refusal::NotVerified)),
        };
        match outcome {
            Ok(()) => ResponseFuture::passed(self.inner.call(request), After::default()),
            Err(response) => ResponseFuture::answered(response),
        }
    }
}
