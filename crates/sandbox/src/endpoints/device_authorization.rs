//! The device authorization endpoint (RFC 8628 §3.1 and §3.2).

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use keyfob_jose::random;
use serde_json::{Value, json};

use crate::{
    authentication::authenticate,
    call::{self, Call},
    client::DEVICE_CODE,
    devices::{Decision, Device},
    issue::seconds,
    lock, random_text,
    refusal::Refusal,
    scope,
};

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    match begin(&call) {
        Ok(body) => call::json(StatusCode::OK, &body),
        Err(refusal) => refusal.into_response(),
    }
}

fn begin(call: &Call) -> Result<Value, Refusal> {
    let client = authenticate(call)?;
    if !client.grants.iter().any(|grant| grant == DEVICE_CODE) {
        let why = "this client may not use the device grant";
        return Err(Refusal::new(400, "unauthorized_client", why));
    }
    let provider = &call.provider;
    let settings = provider.settings();
    let (device_code, user_code) = (random_text(32)?, user_code()?);
    let now = provider.clock();
    let device = Device {
        user_code: user_code.clone(),
        client_id: client.id.clone(),
        scopes: scope::requested(&call.form)?.unwrap_or_default(),
        audience: scope::audience(&call.form)?,
        expires: now + settings.device_code_ttl,
        interval: settings.device_interval,
        last_poll: None,
        decision: Decision::Pending,
    };
    lock(&provider.devices).add(device_code.clone(), device, now);
    let page = format!("{}/device", provider.issuer);
    Ok(json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": seconds(settings.device_code_ttl),
        "interval": seconds(settings.device_interval.max(Duration::from_secs(1))),
    }))
}

/// Makes a code that is easy to type and spells no words (RFC 8628 §6.1).
fn user_code() -> Result<String, Refusal> {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    let random = random::bytes::<8>()?;
    let mut code = String::with_capacity(9);
    for (at, byte) in random.into_iter().enumerate() {
        if at == 4 {
            code.push('-');
        }
        let letter = LETTERS
            .get(usize::from(byte) % LETTERS.len())
            .copied()
            .unwrap_or(b'B');
        code.push(char::from(letter));
    }
    Ok(code)
}
