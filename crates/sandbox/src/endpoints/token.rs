//! The token endpoint (RFC 6749 §3.2): one file per grant.

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use crate::{
    Client,
    authentication::authenticate,
    call::{Call, json},
    client::DEVICE_CODE,
    issue::Refresh,
    refusal::Refusal,
};

mod authorization_code;
mod client_credentials;
mod device_code;
mod password;
mod refresh_token;

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    let outcome = grant(&call);
    let grant_type = call.grant_type().unwrap_or("(none)");
    call.provider
        .tally
        .token_outcome(grant_type, outcome.as_ref().err().map(|r| r.error));
    match outcome {
        Ok(members) => {
            let mut response = json(StatusCode::OK, &Value::Object(members));
            response
                .headers_mut()
                .insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
            response
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn grant(call: &Call) -> Result<Map<String, Value>, Refusal> {
    let grant_type = call.form.required("grant_type", "no grant_type")?;
    let client = authenticate(call)?;
    let redeem = match grant_type {
        "authorization_code" => authorization_code::redeem,
        "refresh_token" => refresh_token::redeem,
        "client_credentials" => client_credentials::redeem,
        "password" => password::redeem,
        DEVICE_CODE => device_code::redeem,
        _ => {
            return Err(Refusal::new(
                400,
                "unsupported_grant_type",
                "the grant type is unknown",
            ));
        }
    };
    if !client.grants.iter().any(|allowed| allowed == grant_type) {
        let why = "this client may not use the grant type";
        return Err(Refusal::new(400, "unauthorized_client", why));
    }
    redeem(call, &client)
}

/// Tells whether a new login comes with a refresh token.
fn first_refresh(call: &Call, client: &Client, scopes: &[String]) -> Refresh {
    let asked = scopes.iter().any(|scope| scope == "offline_access");
    let allowed = client.grants.iter().any(|grant| grant == "refresh_token");
    if allowed && (asked || call.provider.settings().always_issue_refresh_token) {
        Refresh::New
    } else {
        Refresh::None
    }
}
