//! The service that lets only requests with a good token pass.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN};
use http::{Method, Request, Response};
use tower_service::Service;

use super::answer::Verified;
use super::body::ResponseBody;
use super::credentials::Credentials;
use super::future::{After, ResponseFuture, Waiting};
use super::judge::Asked;
use super::verify::Shared;
use crate::principal::Principal;
use crate::rejection::Rejection;

/// A service behind a [`VerifyLayer`](super::VerifyLayer).
///
/// Its errors are the inner service's: a refusal is a response.
#[derive(Clone, Debug)]
pub struct VerifyService<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> VerifyService<S> {
    pub(super) fn new(inner: S, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }

    /// Returns the wrapped service.
    pub fn inner_ref(&self) -> &S {
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
        let shared = &*self.shared;
        if let Some(metadata) = &shared.metadata
            && let Some(response) = metadata.respond(&request)
        {
            return ResponseFuture::answered(response);
        }
        let asked = Asked::read(shared, &request);
        let mut verified = Verified::new(&shared.answers, request.headers());
        prepare(shared, &mut request);
        match asked {
            Err(rejection) => ResponseFuture::answered(verified.refuse(&rejection.into())),
            Ok(Some(asked)) => {
                verified.scheme = Some(asked.credentials.scheme);
                let waiting = Waiting {
                    inner: ready,
                    request,
                    verified,
                };
                ResponseFuture::checking(&self.shared, asked, waiting)
            }
            Ok(None) if shared.lets_pass(&request) => {
                request.extensions_mut().insert(verified);
                ResponseFuture::passed(ready.call(request), After::default())
            }
            Ok(None) => {
                let refusal = Rejection::NoToken.into();
                ResponseFuture::answered(verified.refuse(&refusal))
            }
        }
    }
}

impl Shared {
    /// Tells whether a request without a token may pass.
    fn lets_pass<B>(&self, request: &Request<B>) -> bool {
        let has = |name| request.headers().contains_key(name);
        let preflight = || {
            request.method() == Method::OPTIONS && has(ORIGIN) && has(ACCESS_CONTROL_REQUEST_METHOD)
        };
        self.optional || (self.passes_preflight && preflight())
    }
}

fn prepare<B>(shared: &Shared, request: &mut Request<B>) {
    // What an outer layer let pass says nothing about this one.
    request.extensions_mut().remove::<Principal>();
    if shared.strips {
        request.headers_mut().remove(AUTHORIZATION);
        if shared.reads_query
            && let Some(uri) = Credentials::without_query(request.uri())
        {
            *request.uri_mut() = uri;
        }
    } else if let Some(value) = request.headers_mut().get_mut(AUTHORIZATION) {
        value.set_sensitive(true);
    }
    if request.headers().contains_key("dpop") {
        for (name, value) in request.headers_mut().iter_mut() {
            if name == "dpop" {
                value.set_sensitive(true);
            }
        }
    }
}
