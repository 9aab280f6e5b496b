//! The consent page and its form: where a person decides.

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::StatusCode;

use super::{
    authorize::{approved, failed, gone},
    device_page,
    login::own_form,
};
use crate::{
    browsing::{Interaction, Session, Subject},
    call::Call,
    lock, pages,
    refusal::Refusal,
};

pub(crate) async fn page(Extension(call): Extension<Arc<Call>>) -> Response {
    let id = call.query.first("interaction").unwrap_or_default();
    let shown = match logged_in(&call, id) {
        Some((interaction, session, _)) => {
            let user_code = match &interaction.about {
                Subject::Device { user_code } => Some(user_code.as_str()),
                Subject::Authorization(_) => None,
            };
            let client = &interaction.client_id;
            pages::consent(id, client, &session.login, &interaction.scopes, user_code)
        }
        None => gone(),
    };
    shown.unwrap_or_else(IntoResponse::into_response)
}

pub(crate) async fn submit(Extension(call): Extension<Arc<Call>>) -> Response {
    decide(&call).unwrap_or_else(IntoResponse::into_response)
}

fn decide(call: &Call) -> Result<Response, Refusal> {
    own_form(call)?;
    let id = call.form.first("interaction").unwrap_or_default();
    let Some((interaction, session, cookie)) = logged_in(call, id) else {
        return gone();
    };
    let agreed = match call.form.first("decision") {
        Some("approve") => true,
        Some("deny") => false,
        _ => return gone(),
    };
    let mut browsing = lock(&call.provider.browsing);
    browsing.end(id);
    if let Some(session) = browsing.session(&cookie).filter(|_| agreed) {
        session
            .consents
            .insert((interaction.client_id, interaction.scopes.join(" ")));
    }
    drop(browsing);
    match interaction.about {
        Subject::Authorization(request) if agreed => {
            approved(call, &request, &session.login, session.auth_time)
        }
        Subject::Authorization(request) => {
            failed(call, &request, "access_denied", "the person said no")
        }
        Subject::Device { user_code } => {
            let login = agreed.then_some(session.login.as_str());
            if device_page::decide(&call.provider, &user_code, login) {
                let text = "You can close this page and go back to your device.";
                let title = if agreed {
                    "Device connected"
                } else {
                    "Device declined"
                };
                pages::message(StatusCode::OK, title, text)
            } else {
                gone()
            }
        }
    }
}

/// Finds the interaction if this browser is the one that logged in for it.
fn logged_in(call: &Call, id: &str) -> Option<(Interaction, Session, String)> {
    let cookie = call.session_cookie()?;
    let mut browsing = lock(&call.provider.browsing);
    let interaction = browsing.interaction(id, call.provider.clock())?.clone();
    let session = browsing.session(&cookie)?.clone();
    (interaction.session.as_ref() == Some(&cookie)).then_some((interaction, session, cookie))
}
