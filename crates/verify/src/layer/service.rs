//! The service that lets only requests with a good token pass.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{Request, Response};
use tower_service::Service;

use super::body::ResponseBody;
use super::future::ResponseFuture;
use super::judge::Asked;
use super::refusal::Refusal;
use super::verify::Shared;
use crate::principal::Principal;

/// A service behind a [`VerifyLayer`](super::VerifyLayer).
#[derive(Clone, Debug)]
pub struct VerifyService<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> VerifyService<S> {
    pub(super) fn new(inner: S, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }

    /// The wrapped service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S, B, R> Service<Request<B>> for VerifyService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone takes its place.
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        // What an outer layer let pass says nothing about this one.
        request.extensions_mut().remove::<Principal>();
        if let Some(value) = request.headers_mut().get_mut(AUTHORIZATION) {
            value.set_sensitive(true);
        }
        match Asked::read(&self.shared, &request) {
            Ok(Some(asked)) => {
                ResponseFuture::checking(Arc::clone(&self.shared), asked, ready, request)
            }
            Ok(None) if self.shared.optional => ResponseFuture::passed(ready.call(request)),
            Ok(None) => ResponseFuture::refused(&self.shared, Refusal::NoToken),
            Err(fault) => ResponseFuture::refused(&self.shared, fault.into()),
        }
    }
}
