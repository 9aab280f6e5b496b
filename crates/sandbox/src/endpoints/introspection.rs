//! Introspection (RFC 7662).

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    AuthenticationMethod,
    authentication::authenticate,
    call::{self, Call},
    lock,
    refusal::Refusal,
};

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    match introspect(&call) {
        Ok(body) => call::json(StatusCode::OK, &body),
        Err(refusal) => refusal.into_response(),
    }
}

fn introspect(call: &Call) -> Result<Value, Refusal> {
    let client = authenticate(call)?;
    let token = call.form.required("token", "no token")?;
    let provider = &call.provider;
    let now = provider.clock();
    // A public client is nobody in particular: it may ask about its own tokens only.
    let public = client.methods.contains(&AuthenticationMethod::None);
    let may_ask = |owner: &str| !public || owner == client.id;
    let grants = lock(&provider.grants);
    if let Some(token) = grants.active_access(token, now)
        && may_ask(&token.grant.client_id)
    {
        return Ok(json!({
            "active": true,
            "iss": provider.issuer,
            "sub": token.grant.sub,
            "aud": token.grant.audience,
            "client_id": token.grant.client_id,
            "username": token.grant.login,
            "scope": token.grant.scopes.join(" "),
            "token_type": "Bearer",
            "iat": token.issued,
            "exp": token.expires.as_secs(),
            "jti": token.jti,
        }));
    }
    if let Some(token) = grants.active_refresh(token, now)
        && may_ask(&token.grant.client_id)
    {
        return Ok(json!({
            "active": true,
            "iss": provider.issuer,
            "sub": token.grant.sub,
            "client_id": token.grant.client_id,
            "username": token.grant.login,
            "scope": token.grant.scopes.join(" "),
            "exp": token.expires.as_secs(),
        }));
    }
    Ok(json!({ "active": false }))
}
