//! The client credentials grant (RFC 6749 §4.4).

use serde_json::{Map, Value};

use crate::{
    AuthenticationMethod, Client,
    call::Call,
    grants::Grant,
    issue::{Issue, Refresh},
    lock,
    refusal::Refusal,
    scope,
};

pub(super) fn redeem(call: &Call, client: &Client) -> Result<Map<String, Value>, Refusal> {
    if client.methods.contains(&AuthenticationMethod::None) {
        let why = "a public client cannot act for itself";
        return Err(Refusal::new(400, "unauthorized_client", why));
    }
    let provider = &call.provider;
    let scopes = scope::for_service(&call.form)?;
    let audience = scope::target(
        &[],
        scope::audience(&call.form)?,
        provider.default_audience(),
    )?;
    let grant = Grant {
        family: lock(&provider.grants).new_family(),
        client_id: client.id.clone(),
        login: None,
        sub: client.id.clone(),
        scopes: scopes.clone(),
        audience: audience.clone(),
        auth_time: provider.now(),
        nonce: None,
    };
    Issue {
        call,
        client,
        grant_type: "client_credentials",
        grant,
        scopes,
        audience,
        refresh: Refresh::None,
    }
    .response()
}
