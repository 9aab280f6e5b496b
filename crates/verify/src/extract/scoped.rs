//! A principal with the scopes that a handler needs.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use axum_core::extract::FromRequestParts;
use axum_core::response::Response;
use http::request::Parts;

use super::{principal_of, refuse, refuse_principal};
use crate::principal::Principal;
use crate::rejection::Rejection;

/// Names the scopes that a handler needs; all of them.
pub trait Scopes {
    /// The scopes.
    const SCOPES: &'static [&'static str];
}

/// A principal whose token grants all of `S`'s scopes; 403 with the scopes in the challenge if it does not.
///
/// ```
/// use keyfob_verify::extract::{Scoped, Scopes};
///
/// struct WriteOrders;
///
/// impl Scopes for WriteOrders {
///     const SCOPES: &'static [&'static str] = &["orders:write"];
/// }
///
/// async fn order(who: Scoped<WriteOrders>) -> String {
///     format!("ordered by {}", who.subject())
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::post(order));
/// ```
pub struct Scoped<S> {
    principal: Principal,
    scopes: PhantomData<fn() -> S>,
}

impl<S> Scoped<S> {
    /// Returns the principal.
    pub fn into_principal(self) -> Principal {
        self.principal
    }
}

impl<S> Deref for Scoped<S> {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl<S> Clone for Scoped<S> {
    fn clone(&self) -> Self {
        Self {
            principal: self.principal.clone(),
            scopes: PhantomData,
        }
    }
}

impl<S> fmt::Debug for Scoped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.principal.fmt(f)
    }
}

impl<S: Scopes, T: Sync> FromRequestParts<T> for Scoped<S> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &T) -> Result<Self, Self::Rejection> {
        let principal = principal_of(parts).map_err(|refusal| refuse(parts, &refusal))?;
        if S::SCOPES.iter().all(|scope| principal.has_scope(scope)) {
            return Ok(Self {
                principal: principal.clone(),
                scopes: PhantomData,
            });
        }
        let needed = S::SCOPES.join(" ");
        let rejection = Rejection::Scope { needed };
        Err(refuse_principal(parts, principal, rejection))
    }
}
