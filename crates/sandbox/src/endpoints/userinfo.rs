//! Userinfo (OpenID Connect Core 1.0 §5.3): JSON, or an RS256 JWT.

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use crate::{
    TokenKind,
    call::{self, Call, with_type},
    fault::{FaultKind, Group},
    grants::AccessToken,
    jwt::Draft,
    lock, random_text,
    refusal::Refusal,
};

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    answer(&call).unwrap_or_else(IntoResponse::into_response)
}

/// The claims endpoint of the distributed claims source: no credentials, one claim, as a JWT.
pub(crate) async fn distributed(Extension(call): Extension<Arc<Call>>) -> Response {
    match source_jwt(&call, json!({ "shoe_size": 42 })) {
        Ok(jwt) => with_type(StatusCode::OK, "application/jwt", jwt),
        Err(refusal) => refusal.into_response(),
    }
}

fn answer(call: &Call) -> Result<Response, Refusal> {
    let provider = &call.provider;
    let token = bearer_token(call)?;
    if !token.grant.scopes.iter().any(|scope| scope == "openid") {
        return Err(Refusal::insufficient_scope("the access token lacks openid"));
    }
    let user = token
        .grant
        .login
        .as_deref()
        .and_then(|login| provider.user(login));
    let user = user.ok_or_else(|| Refusal::insufficient_scope("the access token is nobody's"))?;
    let mut claims = user.claims_for(&token.grant.scopes);
    claims.insert("sub".to_owned(), json!(token.grant.sub));

    let client = Some(token.grant.client_id.as_str());
    for fault in call.draw(client, Group::Userinfo) {
        spoil(call, &mut claims, &fault)?;
    }
    let faults = provider
        .faults
        .take_token(call.place(client), TokenKind::Userinfo);
    call.applied(&faults);
    if !provider.settings().userinfo_signed && !wants_jwt(call) {
        return Ok(call::json(StatusCode::OK, &Value::Object(claims)));
    }
    claims.insert("iss".to_owned(), json!(provider.issuer));
    claims.insert("aud".to_owned(), json!(token.grant.client_id));
    let draft = Draft {
        typ: Some("JWT"),
        alg: "RS256",
        secret: None,
        claims,
        faults: &faults,
    };
    Ok(with_type(
        StatusCode::OK,
        "application/jwt",
        draft.sign(provider)?,
    ))
}

/// Finds the active access token of a request.
pub(super) fn bearer_token(call: &Call) -> Result<AccessToken, Refusal> {
    let text = call.bearer()?;
    let grants = lock(&call.provider.grants);
    let token = grants.active_access(&text, call.provider.clock()).cloned();
    let token = token.ok_or_else(|| Refusal::invalid_token("unknown, expired or revoked"))?;
    call.note(|record| record.client_id = Some(token.grant.client_id.clone()));
    Ok(token)
}

fn wants_jwt(call: &Call) -> bool {
    let accept = call
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.trim() == "application/jwt")
}

fn spoil(call: &Call, claims: &mut Map<String, Value>, fault: &FaultKind) -> Result<(), Refusal> {
    let source = match fault {
        FaultKind::UserinfoWrongSub => {
            claims.insert("sub".to_owned(), json!("user-somebody-else"));
            return Ok(());
        }
        FaultKind::UserinfoMissingSub => {
            claims.remove("sub");
            return Ok(());
        }
        FaultKind::AggregatedClaims => (
            "eye_color",
            json!({ "JWT": source_jwt(call, json!({ "eye_color": "green" }))? }),
        ),
        _ => {
            let endpoint = format!("{}/claims", call.provider.issuer);
            (
                "shoe_size",
                json!({ "endpoint": endpoint, "access_token": random_text(8)? }),
            )
        }
    };
    let (claim, source) = source;
    let name = format!("source_of_{claim}");
    for (member, key, value) in [
        ("_claim_names", claim, json!(name)),
        ("_claim_sources", name.as_str(), source),
    ] {
        let entry = claims.entry(member).or_insert_with(|| json!({}));
        if let Some(object) = entry.as_object_mut() {
            object.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

fn source_jwt(call: &Call, claims: Value) -> Result<String, Refusal> {
    let mut claims = match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    };
    claims.insert("iss".to_owned(), json!(call.provider.issuer));
    let draft = Draft {
        typ: Some("JWT"),
        alg: "RS256",
        secret: None,
        claims,
        faults: &[],
    };
    Ok(draft.sign(&call.provider)?)
}
