//! The protected example API: `/api/whoami` tells who is calling, `/api/echo` returns the body.

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

use super::userinfo::bearer_token;
use crate::{
    call::{self, Call, with_type},
    refusal::Refusal,
};

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    answer(&call).unwrap_or_else(IntoResponse::into_response)
}

fn answer(call: &Call) -> Result<Response, Refusal> {
    let token = bearer_token(call)?;
    if !token
        .grant
        .audience
        .contains(&call.provider.default_audience())
    {
        return Err(Refusal::invalid_token(
            "the access token is for another API",
        ));
    }
    match call.path.as_str() {
        "/api/whoami" => {
            let body = json!({
                "sub": token.grant.sub,
                "client_id": token.grant.client_id,
                "username": token.grant.login,
                "scope": token.grant.scopes.join(" "),
                "exp": token.expires.as_secs(),
            });
            Ok(call::json(StatusCode::OK, &body))
        }
        "/api/echo" => Ok(with_type(
            StatusCode::OK,
            "application/octet-stream",
            call.body.clone(),
        )),
        _ => Ok(call::json(
            StatusCode::NOT_FOUND,
            &json!({ "error": "not_found" }),
        )),
    }
}
