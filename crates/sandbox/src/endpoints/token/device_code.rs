//! The device grant's polls (RFC 8628 §3.4 and §3.5).

use serde_json::{Map, Value};

use super::first_refresh;
use crate::{Client, call::Call, client::DEVICE_CODE, issue::Issue, lock, refusal::Refusal, scope};

pub(super) fn redeem(call: &Call, client: &Client) -> Result<Map<String, Value>, Refusal> {
    let provider = &call.provider;
    let device_code = call.form.required("device_code", "no device_code")?;
    let grant = lock(&provider.devices).poll(device_code, &client.id, provider.clock())?;
    let audience = scope::target(
        &grant.audience,
        scope::audience(&call.form)?,
        provider.default_audience(),
    )?;
    Issue {
        call,
        client,
        grant_type: DEVICE_CODE,
        scopes: grant.scopes.clone(),
        audience,
        refresh: first_refresh(call, client, &grant.scopes),
        grant,
    }
    .response()
}
