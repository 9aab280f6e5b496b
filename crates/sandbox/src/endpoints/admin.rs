//! The administration under `/sandbox`; the table of requests is in the crate's documentation.

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::device_page;
use crate::{
    Fault, Settings, Visit,
    call::{self, Call},
    lock,
    person::{Decision, walk},
    refusal::Refusal,
};

pub(crate) async fn endpoint(method: Method, Extension(call): Extension<Arc<Call>>) -> Response {
    // A web page must not steer the sandbox: pages send an origin, programs do not.
    if call.headers.contains_key(header::ORIGIN) {
        return Refusal::new(403, "access_denied", "not for web pages").into_response();
    }
    let path = call.path.strip_prefix("/sandbox/").unwrap_or_default();
    let outcome = match (method.as_str(), path) {
        ("POST", "approve") => approve(&call).await,
        (method, path) => act(&call, method, path),
    };
    match outcome {
        Ok(body) => call::json(StatusCode::OK, &body),
        Err(refusal) => refusal.into_response(),
    }
}

fn act(call: &Call, method: &str, path: &str) -> Result<Value, Refusal> {
    let provider = &call.provider;
    match (method, path) {
        ("GET", "ready") => Ok(provider.ready_line()),
        ("GET", "counters") => shown(&provider.tally.counters()),
        ("DELETE", "counters") => {
            provider.tally.reset();
            Ok(json!({}))
        }
        ("GET", "requests") => shown(&provider.tally.log()),
        ("GET", "faults") => shown(&provider.faults.list()),
        ("POST", "faults") => {
            provider.faults.add(body::<Fault>(call)?);
            shown(&provider.faults.list())
        }
        ("DELETE", "faults") => {
            provider.faults.clear();
            Ok(json!([]))
        }
        ("GET", "settings") => shown(&provider.settings()),
        ("PATCH", "settings") => change_settings(call),
        ("POST", "rotate") => {
            provider.keys.rotate(body::<Rotate>(call)?.keep_old)?;
            Ok(json!({ "keys": provider.keys.public()? }))
        }
        ("POST", "revoke") => {
            let revoke = body::<Revoke>(call)?;
            let mut grants = lock(&provider.grants);
            if revoke.access {
                grants.forget_access(revoke.client_id.as_deref());
            }
            if revoke.refresh {
                grants.forget_refresh(revoke.client_id.as_deref());
            }
            Ok(json!({}))
        }
        ("POST", "device") => {
            let wish = body::<DeviceWish>(call)?;
            let login = (wish.decision == Decision::Approve).then_some(wish.user.as_str());
            if device_page::decide(provider, &wish.user_code, login) {
                Ok(json!({}))
            } else {
                Err(Refusal::new(
                    404,
                    "not_found",
                    "no device waits under that code",
                ))
            }
        }
        ("GET", "clients") => Ok(provider
            .clients()
            .iter()
            .map(|client| client.details())
            .collect()),
        _ => Err(Refusal::new(404, "not_found", "no such administration")),
    }
}

async fn approve(call: &Call) -> Result<Value, Refusal> {
    let wish = body::<Approve>(call)?;
    let provider = &call.provider;
    let user = provider.user(&wish.user);
    let user = user.ok_or_else(|| Refusal::new(404, "not_found", "no such user"))?;
    let account = (user.login.clone(), user.password.clone());
    let visit = walk(
        &wish.url,
        &provider.issuer,
        account,
        wish.decision,
        wish.deliver,
    );
    let visit: Visit = visit.await.map_err(|_| {
        Refusal::new(
            502,
            "visit_failed",
            "the scripted person did not get through",
        )
    })?;
    Ok(json!({ "url": visit.url, "status": visit.status }))
}

fn change_settings(call: &Call) -> Result<Value, Refusal> {
    let patch = body::<serde_json::Map<String, Value>>(call)?;
    let provider = &call.provider;
    let mut merged = shown(&provider.settings())?;
    if let Some(merged) = merged.as_object_mut() {
        merged.extend(patch);
    }
    let settings: Settings = serde_json::from_value(merged)
        .map_err(|_| Refusal::invalid_request("a setting is unknown or has an odd value"))?;
    provider.change_settings(|current| *current = settings);
    shown(&provider.settings())
}

fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Refusal> {
    let bytes: &[u8] = if call.body.is_empty() {
        b"{}"
    } else {
        &call.body
    };
    serde_json::from_slice(bytes)
        .map_err(|_| Refusal::invalid_request("the body is not what this request takes"))
}

fn shown(value: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(value).map_err(|_| Refusal::new(500, "server_error", "no JSON form"))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rotate {
    keep_old: bool,
}

impl Default for Rotate {
    fn default() -> Self {
        Self { keep_old: true }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Revoke {
    client_id: Option<String>,
    access: bool,
    refresh: bool,
}

impl Default for Revoke {
    fn default() -> Self {
        Self {
            client_id: None,
            access: true,
            refresh: true,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    url: String,
    #[serde(default = "alice")]
    user: String,
    #[serde(default)]
    decision: Decision,
    #[serde(default = "yes")]
    deliver: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceWish {
    user_code: String,
    #[serde(default = "alice")]
    user: String,
    #[serde(default)]
    decision: Decision,
}

fn alice() -> String {
    "alice".to_owned()
}

fn yes() -> bool {
    true
}
