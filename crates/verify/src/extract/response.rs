//! A rejection as the error of a handler that checks more by itself.

use axum_core::response::{IntoResponse, Response};

use crate::layer::Verified;
use crate::rejection::Rejection;

/// The answer of the layers, without the realm and the links that only they know.
///
/// ```
/// use keyfob_verify::{Principal, Rejection, Requirement};
///
/// async fn delete(principal: Principal) -> Result<&'static str, Rejection> {
///     Requirement::new().acr(["phishing-resistant"]).check(&principal)?;
///     Ok("deleted")
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::delete(delete));
/// ```
impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Verified::default().refuse(&self.into()).map(Into::into)
    }
}
