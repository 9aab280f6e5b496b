//! The login page and its form.

use std::{collections::HashSet, sync::Arc};

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use subtle::ConstantTimeEq;

use super::authorize::{gone, see_other};
use crate::{browsing::Session, call::Call, lock, pages, random_text, refusal::Refusal};

pub(crate) async fn page(Extension(call): Extension<Arc<Call>>) -> Response {
    let id = call.query.first("interaction").unwrap_or_default();
    let known = lock(&call.provider.browsing)
        .interaction(id, call.provider.clock())
        .cloned();
    let shown = match known {
        Some(interaction) => {
            let hint = interaction.login_hint.as_deref().unwrap_or_default();
            pages::login(id, &interaction.client_id, hint, false)
        }
        None => gone(),
    };
    shown.unwrap_or_else(IntoResponse::into_response)
}

pub(crate) async fn submit(Extension(call): Extension<Arc<Call>>) -> Response {
    log_in(&call).unwrap_or_else(IntoResponse::into_response)
}

fn log_in(call: &Call) -> Result<Response, Refusal> {
    own_form(call)?;
    let provider = &call.provider;
    let (id, now) = (
        call.form.first("interaction").unwrap_or_default(),
        provider.clock(),
    );
    let known = lock(&provider.browsing).interaction(id, now).cloned();
    let Some(interaction) = known else {
        return gone();
    };
    let name = call.form.first("username").unwrap_or_default();
    let password = call.form.first("password").unwrap_or_default();
    let user = provider
        .user(name)
        .filter(|user| bool::from(user.password.as_bytes().ct_eq(password.as_bytes())));
    let Some(user) = user else {
        return pages::login(id, &interaction.client_id, name, true);
    };
    let cookie = random_text(24)?;
    let session = Session {
        login: user.login.clone(),
        auth_time: provider.now(),
        consents: HashSet::default(),
    };
    let mut browsing = lock(&provider.browsing);
    browsing.log_in(cookie.clone(), session);
    if let Some(interaction) = browsing.interaction(id, now) {
        interaction.session = Some(cookie.clone());
    }
    drop(browsing);
    let mut response = see_other(&format!("{}/consent?interaction={id}", provider.issuer));
    let cookie = format!(
        "{}={cookie}; Path=/; HttpOnly; SameSite=Lax",
        call.cookie_name()
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Refuses a form that another site's page has sent.
pub(super) fn own_form(call: &Call) -> Result<(), Refusal> {
    let origin = call
        .headers
        .get(header::ORIGIN)
        .and_then(|value| value.to_str().ok());
    let port = call.provider.port;
    let own = [
        format!("http://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
    ];
    // Our pages send no referrer, for which some browsers make the origin `null`.
    if origin.is_none_or(|origin| origin == "null" || own.iter().any(|own| own == origin)) {
        Ok(())
    } else {
        Err(Refusal::invalid_request(
            "the form was sent by another site",
        ))
    }
}
