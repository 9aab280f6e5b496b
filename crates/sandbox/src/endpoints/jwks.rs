//! The key set (RFC 7517 §5).

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use super::metadata::cacheable;
use crate::{
    call::{Call, with_type},
    fault::{FaultKind, Group},
    keys::foreign_public,
    refusal::Refusal,
};

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    match keys(&call) {
        Ok(keys) => {
            let body = json!({ "keys": keys }).to_string();
            cacheable(
                &call,
                with_type(StatusCode::OK, "application/jwk-set+json", body),
            )
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn keys(call: &Call) -> Result<Vec<Value>, Refusal> {
    let mut keys = call.provider.keys.public()?;
    for fault in call
        .provider
        .faults
        .take_group(call.place(None), Group::Jwks)
    {
        match fault {
            FaultKind::JwksOddKeys => keys.splice(0..0, odd_keys()).for_each(drop),
            FaultKind::JwksSeveralKeys => {
                keys.splice(0..0, foreign_public()?).for_each(drop);
            }
            FaultKind::JwksWithoutKids => {
                for key in &mut keys {
                    key.as_object_mut().and_then(|key| key.remove("kid"));
                }
            }
            FaultKind::JwksEmpty => keys.clear(),
            _ => {}
        }
    }
    Ok(keys)
}

fn odd_keys() -> Vec<Value> {
    vec![
        json!({ "kty": "LATTICE", "kid": "from-the-future", "use": "sig", "x": "AQAB" }),
        json!({ "kid": "without-a-type" }),
        json!({ "kty": "RSA", "kid": "broken-rsa", "n": "!!", "e": "AQAB" }),
        json!({ "kty": "EC", "crv": "P-256", "kid": "off-the-curve", "x": "AQAB", "y": "AQAB" }),
        json!({ "kty": "RSA", "kid": 7, "n": 7, "e": 7 }),
        json!("not an object"),
    ]
}
