//! Revocation (RFC 7009).

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::StatusCode;

use crate::{
    authentication::authenticate,
    call::{Call, with_type},
    lock,
    refusal::Refusal,
};

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    match revoke(&call) {
        Ok(()) => with_type(StatusCode::OK, "text/plain", ""),
        Err(refusal) => refusal.into_response(),
    }
}

fn revoke(call: &Call) -> Result<(), Refusal> {
    let client = authenticate(call)?;
    let token = call.form.required("token", "no token")?;
    // RFC 7009 §2.2: an unknown token is as good as revoked.
    lock(&call.provider.grants).revoke(token, &client.id);
    Ok(())
}
