//! The password grant (RFC 6749 §4.3): old, discouraged, and still met.

use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::first_refresh;
use crate::{Client, call::Call, grants::Grant, issue::Issue, lock, refusal::Refusal, scope};

pub(super) fn redeem(call: &Call, client: &Client) -> Result<Map<String, Value>, Refusal> {
    let provider = &call.provider;
    let login = call.form.required("username", "no username")?;
    let password = call.form.required("password", "no password")?;
    let user = provider
        .user(login)
        .filter(|user| bool::from(user.password.as_bytes().ct_eq(password.as_bytes())))
        .ok_or_else(|| Refusal::invalid_grant("the user name or the password is wrong"))?;
    let scopes = scope::requested(&call.form)?.unwrap_or_else(|| vec!["api:read".to_owned()]);
    let granted = scope::audience(&call.form)?;
    let audience = scope::target(&[], granted.clone(), provider.default_audience())?;
    let grant = Grant {
        family: lock(&provider.grants).new_family(),
        client_id: client.id.clone(),
        login: Some(user.login.clone()),
        sub: user.sub.clone(),
        scopes: scopes.clone(),
        audience: granted,
        auth_time: provider.now(),
        nonce: None,
    };
    Issue {
        call,
        client,
        grant_type: "password",
        refresh: first_refresh(call, client, &scopes),
        grant,
        scopes,
        audience,
    }
    .response()
}
