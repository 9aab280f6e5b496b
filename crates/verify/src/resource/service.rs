//! The metadata document as a tower service, for routers.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::ProtectedResourceMetadata;
use crate::layer::ResponseBody;

/// Answers each request with the document, whatever its path; for a route of its own, outside any layer that asks for a token.
///
/// ```
/// use axum::Router;
/// use keyfob_verify::resource::{MetadataService, ProtectedResourceMetadata};
///
/// # fn route(metadata: ProtectedResourceMetadata) -> Router {
/// let path = metadata.path().to_owned();
/// Router::new().route_service(&path, MetadataService::new(metadata))
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MetadataService(ProtectedResourceMetadata);

impl MetadataService {
    /// Serves this document.
    pub fn new(metadata: ProtectedResourceMetadata) -> Self {
        Self(metadata)
    }
}

impl<B> Service<Request<B>> for MetadataService {
    type Response = Response<ResponseBody<String>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let response = self.0.answer(request.method());
        ready(Ok(response.map(ResponseBody::own)))
    }
}
