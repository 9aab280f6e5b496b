//! The principal itself as an argument of a handler.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::Response;
use http::request::Parts;

use super::{principal_of, refuse};
use crate::layer::Refusal;
use crate::principal::Principal;
use crate::rejection::Rejection;

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let principal = principal_of(parts).cloned();
        principal.map_err(|refusal| refuse(parts, &refusal))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        match principal_of(parts) {
            Ok(principal) => Ok(Some(principal.clone())),
            Err(Refusal::Rejected(Rejection::NoToken)) => Ok(None),
            Err(refusal) => Err(refuse(parts, &refusal)),
        }
    }
}
