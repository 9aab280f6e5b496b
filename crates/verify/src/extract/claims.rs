//! The token's claims as a type of the service.

use axum_core::extract::FromRequestParts;
use axum_core::response::Response;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{principal_of, refuse, refuse_principal};
use crate::rejection::Rejection;

/// The token's claims, read into a type of one's own.
///
/// A token whose claims do not fit is answered with 401 `invalid_token` (`unfit_claims`); which one did not fit is not told to strangers.
///
/// ```
/// use keyfob_verify::extract::TokenClaims;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Member {
///     tenant: String,
///     #[serde(default)]
///     groups: Vec<String>,
/// }
///
/// async fn list(TokenClaims(member): TokenClaims<Member>) -> String {
///     format!("{} in {} groups", member.tenant, member.groups.len())
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::get(list));
/// ```
#[derive(Clone, Debug)]
pub struct TokenClaims<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for TokenClaims<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let principal = principal_of(parts).map_err(|refusal| refuse(parts, &refusal))?;
        let claims = principal.claims().to_value();
        // What serde says may repeat a value of the token.
        serde_json::from_value(claims)
            .map(Self)
            .map_err(|_| refuse_principal(parts, principal, Rejection::UnfitClaims))
    }
}
