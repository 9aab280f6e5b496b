//! Extractors for axum's handlers.

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::Response;
use http::request::Parts;

use crate::layer::{Answers, Refusal};
use crate::principal::Principal;

/// Who presented the token that a [`VerifyLayer`](crate::layer::VerifyLayer) has verified; 401 if nobody did.
impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let principal = parts.extensions.get::<Self>().cloned();
        principal.ok_or_else(|| {
            let response = Answers::default().refuse::<Body>(&Refusal::NoToken);
            response.map(Body::new)
        })
    }
}

/// `None` where the layer is [`optional`](crate::layer::VerifyLayer::optional) and no token was presented.
impl<S: Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
