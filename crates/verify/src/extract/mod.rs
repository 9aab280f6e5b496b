//! Extractors for the handlers of axum, behind a [`VerifyLayer`](crate::layer::VerifyLayer).
//!
//! | extractor | what it gives | what it answers instead |
//! |---|---|---|
//! | [`Principal`] | who presented the token | 401 if nobody did |
//! | `Option<Principal>` | the same, or `None` behind an optional layer | |
//! | [`TokenClaims<T>`] | the token's claims as a type of one's own | 401 if they do not fit |
//! | [`Scoped<S>`] | the principal, if it has the scopes of `S` | 403 |
//!
//! All of them answer 500 where no layer stands in front of the handler: what nobody has checked is not let in, and a client's
//! good token is not blamed. A [`Rejection`] can be returned by a handler as its error.

mod claims;
mod principal;
mod response;
mod scoped;

pub use claims::TokenClaims;
pub use scoped::{Scoped, Scopes};

use axum_core::response::Response;
use http::request::Parts;

use crate::layer::{Refusal, Verified};
use crate::principal::Principal;
use crate::rejection::Rejection;

/// Returns the principal, or why there is none.
fn principal_of(parts: &Parts) -> Result<&Principal, Refusal> {
    let found = parts.extensions.get::<Principal>();
    found.ok_or_else(|| match parts.extensions.get::<Verified>() {
        Some(_) => Rejection::NoToken.into(),
        None => Refusal::NotVerified,
    })
}

/// Answers to somebody whose token is good, and not enough.
fn refuse_principal(parts: &Parts, principal: &Principal, rejection: Rejection) -> Response {
    let verified = parts.extensions.get::<Verified>().cloned();
    let response = verified
        .unwrap_or_default()
        .refuse_principal(principal, rejection);
    response.map(Into::into)
}

/// Answers in the name of the layer in front.
fn refuse(parts: &Parts, refusal: &Refusal) -> Response {
    let verified = parts.extensions.get::<Verified>();
    let response = match verified {
        Some(verified) => verified.refuse(refusal),
        None => Verified::default().refuse(refusal),
    };
    response.map(Into::into)
}
