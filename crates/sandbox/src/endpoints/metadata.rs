//! The metadata documents (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

use std::sync::Arc;

use axum::{Extension, response::Response};
use http::{HeaderValue, StatusCode, header};
use keyfob_jose::Algorithm;
use serde_json::{Map, Value, json};

use crate::{
    call::{Call, with_type},
    client::DEVICE_CODE,
    fault::{FaultKind, Group, token::FOREIGN},
    scope,
};

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    let mut document = document(&call.provider.issuer);
    for fault in call
        .provider
        .faults
        .take_group(call.place(None), Group::Metadata)
    {
        match fault {
            FaultKind::MetadataWrongIssuer => {
                document.insert("issuer".to_owned(), json!(FOREIGN));
            }
            FaultKind::MetadataMember {
                name,
                value: Value::Null,
            } => {
                document.remove(&name);
            }
            FaultKind::MetadataMember { name, value } => {
                document.insert(name, value);
            }
            _ => {}
        }
    }
    let response = with_type(
        StatusCode::OK,
        "application/json",
        Value::Object(document).to_string(),
    );
    cacheable(&call, response)
}

/// Gives a document the `Cache-Control` of the settings.
pub(super) fn cacheable(call: &Call, mut response: Response) -> Response {
    let value = call.provider.settings().document_cache_control;
    match value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        Some(value) => response.headers_mut().insert(header::CACHE_CONTROL, value),
        None => response.headers_mut().remove(header::CACHE_CONTROL),
    };
    response
}

fn document(issuer: &str) -> Map<String, Value> {
    let all = Algorithm::ALL.map(Algorithm::as_str);
    let members = json!({
        "issuer": issuer,
        "scopes_supported": scope::SUPPORTED,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "password",
            DEVICE_CODE,
        ],
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "prompt_values_supported": ["none", "login", "consent"],
        "claims_parameter_supported": false,
        "claim_types_supported": ["normal", "aggregated", "distributed"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "id_token_signing_alg_values_supported": all,
        "userinfo_signing_alg_values_supported": ["RS256"],
        "ui_locales_supported": ["en"],
    });
    let mut document = match members {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, path) in ENDPOINTS {
        document.insert((*name).to_owned(), json!(format!("{issuer}{path}")));
    }
    for endpoint in ["token", "introspection", "revocation"] {
        let name = format!("{endpoint}_endpoint_auth");
        document.insert(format!("{name}_methods_supported"), json!(METHODS));
        document.insert(format!("{name}_signing_alg_values_supported"), json!(all));
    }
    document
}

const ENDPOINTS: &[(&str, &str)] = &[
    ("authorization_endpoint", "/authorize"),
    ("token_endpoint", "/token"),
    ("jwks_uri", "/jwks"),
    ("userinfo_endpoint", "/userinfo"),
    ("device_authorization_endpoint", "/device_authorization"),
    ("introspection_endpoint", "/introspect"),
    ("revocation_endpoint", "/revoke"),
];

const METHODS: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
];
