//! The page on which a person enters the code of a device (RFC 8628 §3.3).

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::StatusCode;

use super::{authorize::interact, login::own_form};
use crate::{
    browsing::{INTERACTION_TTL, Interaction, Subject},
    call::Call,
    devices::Decision,
    grants::Grant,
    lock, pages,
    provider::Provider,
    refusal::Refusal,
};

pub(crate) async fn page(Extension(call): Extension<Arc<Call>>) -> Response {
    let user_code = call.query.first("user_code").unwrap_or_default();
    let shown = match call.provider.auto_approver() {
        // With `verification_uri_complete` there is nothing left to ask.
        Some(_) if !user_code.is_empty() => enter(&call, user_code),
        _ => pages::device(user_code, false),
    };
    shown.unwrap_or_else(IntoResponse::into_response)
}

pub(crate) async fn submit(Extension(call): Extension<Arc<Call>>) -> Response {
    let user_code = call.form.first("user_code").unwrap_or_default();
    let entered = own_form(&call).and_then(|()| enter(&call, user_code));
    entered.unwrap_or_else(IntoResponse::into_response)
}

fn enter(call: &Call, user_code: &str) -> Result<Response, Refusal> {
    let provider = &call.provider;
    let now = provider.clock();
    let waiting = lock(&provider.devices)
        .waiting(user_code, now)
        .map(|device| {
            (
                device.user_code.clone(),
                device.client_id.clone(),
                device.scopes.clone(),
            )
        });
    let Some((user_code, client_id, scopes)) = waiting else {
        return pages::device(user_code, true);
    };
    if let Some(user) = provider.auto_approver() {
        decide(provider, &user_code, Some(&user.login));
        let text = "You can close this page and go back to your device.";
        return pages::message(StatusCode::OK, "Device connected", text);
    }
    let cookie = call.session_cookie();
    let session = cookie.filter(|cookie| lock(&provider.browsing).session(cookie).is_some());
    interact(
        call,
        Interaction {
            about: Subject::Device { user_code },
            client_id,
            scopes,
            login_hint: None,
            session,
            expires: now + INTERACTION_TTL,
        },
    )
}

/// Writes down what the person said (`None`: no); false if no device waits under the code.
pub(crate) fn decide(provider: &Provider, user_code: &str, login: Option<&str>) -> bool {
    let now = provider.clock();
    let user = login.and_then(|login| provider.user(login));
    if login.is_some() && user.is_none() {
        return false;
    }
    let family = lock(&provider.grants).new_family();
    let mut devices = lock(&provider.devices);
    let Some(device) = devices.waiting(user_code, now) else {
        return false;
    };
    device.decision = match user {
        None => Decision::Denied,
        Some(user) => Decision::Approved(Grant {
            family,
            client_id: device.client_id.clone(),
            login: Some(user.login.clone()),
            sub: user.sub.clone(),
            scopes: device.scopes.clone(),
            audience: device.audience.clone(),
            auth_time: provider.now(),
            nonce: None,
        }),
    };
    true
}
