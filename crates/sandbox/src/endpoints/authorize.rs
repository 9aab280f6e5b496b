//! The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core 1.0 §3.1.2).

use std::sync::Arc;

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::StatusCode;

use crate::{
    Client,
    browsing::{AuthorizationRequest, INTERACTION_TTL, Interaction, Session, Subject},
    call::{Call, Parameters},
    lock, pages, random_text,
    refusal::Refusal,
    scope,
};

mod response;

pub(crate) use response::{approved, failed, see_other};

pub(crate) async fn endpoint(Extension(call): Extension<Arc<Call>>) -> Response {
    let parameters = if call.body.is_empty() {
        &call.query
    } else {
        &call.form
    };
    let outcome = match target(&call, parameters) {
        Ok((client, request)) => begin(&call, parameters, &client, request),
        // Nobody to redirect to: the person is told.
        Err(refusal) => pages::message(
            StatusCode::BAD_REQUEST,
            "This link is broken",
            refusal.description,
        ),
    };
    outcome.unwrap_or_else(IntoResponse::into_response)
}

/// Reads what must be right before anything may be redirected (RFC 6749 §4.1.2.1).
fn target(
    call: &Call,
    parameters: &Parameters,
) -> Result<(Arc<Client>, AuthorizationRequest), Refusal> {
    let id = parameters.required("client_id", "The request names no client.")?;
    let client = call.provider.client(id);
    let client = client.ok_or_else(|| Refusal::invalid_request("The client is unknown."))?;
    call.note(|record| record.client_id = Some(client.id.clone()));
    let redirect_uri = parameters.required("redirect_uri", "The request has no redirect URI.")?;
    if !client
        .redirects
        .iter()
        .any(|rule| rule.allows(redirect_uri))
    {
        return Err(Refusal::invalid_request(
            "The redirect URI is not registered.",
        ));
    }
    let request = AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        form_post: parameters.first("response_mode") == Some("form_post"),
        state: parameters.one("state")?.map(ToOwned::to_owned),
        nonce: None,
        challenge: None,
        scopes: Vec::new(),
        audience: Vec::new(),
    };
    Ok((client, request))
}

fn begin(
    call: &Call,
    parameters: &Parameters,
    client: &Client,
    mut request: AuthorizationRequest,
) -> Result<Response, Refusal> {
    let place = call.place(Some(&client.id));
    if let Some((error, description)) = call.provider.faults.take_oauth_error(place) {
        call.provider.tally.count(|counters| counters.faults += 1);
        call.note(|record| record.fault = Some("oauth_error".to_owned()));
        return failed(call, &request, &error, &description);
    }
    match check(call, parameters, client, &mut request) {
        Ok(prompt) => proceed(call, parameters, request, prompt),
        Err(refusal) => failed(call, &request, refusal.error, refusal.description),
    }
}

/// What `prompt` and `max_age` ask for.
#[derive(Clone, Copy)]
struct Prompt {
    none: bool,
    login: bool,
    consent: bool,
}

fn check(
    call: &Call,
    parameters: &Parameters,
    client: &Client,
    request: &mut AuthorizationRequest,
) -> Result<Prompt, Refusal> {
    if parameters.one("response_type")? != Some("code") {
        let why = "only response_type=code is supported";
        return Err(Refusal::new(400, "unsupported_response_type", why));
    }
    if !matches!(
        parameters.one("response_mode")?,
        None | Some("query" | "form_post")
    ) {
        return Err(Refusal::invalid_request(
            "the response mode is not supported",
        ));
    }
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
    ] {
        if parameters.one(name)?.is_some() {
            return Err(Refusal::new(
                400,
                error,
                "request objects are not supported",
            ));
        }
    }
    if !client
        .grants
        .iter()
        .any(|grant| grant == "authorization_code")
    {
        let why = "this client may not use the code grant";
        return Err(Refusal::new(400, "unauthorized_client", why));
    }
    request.scopes = scope::requested(parameters)?.unwrap_or_default();
    request.audience = scope::audience(parameters)?;
    request.nonce = parameters.one("nonce")?.map(ToOwned::to_owned);
    request.challenge = challenge(call, parameters)?;
    prompt(parameters)
}

fn challenge(call: &Call, parameters: &Parameters) -> Result<Option<String>, Refusal> {
    let method = parameters.one("code_challenge_method")?;
    match parameters.one("code_challenge")? {
        Some(_) if method != Some("S256") => Err(Refusal::invalid_request(
            "code_challenge_method must be S256",
        )),
        Some(challenge) if challenge.len() != 43 => Err(Refusal::invalid_request(
            "code_challenge is not a SHA-256 hash",
        )),
        Some(challenge) => Ok(Some(challenge.to_owned())),
        None if call.provider.settings().require_pkce => {
            Err(Refusal::invalid_request("code_challenge is required"))
        }
        None => Ok(None),
    }
}

fn prompt(parameters: &Parameters) -> Result<Prompt, Refusal> {
    let words: Vec<_> = parameters
        .one("prompt")?
        .unwrap_or_default()
        .split(' ')
        .collect();
    let has = |word: &str| words.contains(&word);
    if has("none") && words.len() > 1 {
        return Err(Refusal::invalid_request(
            "prompt=none allows no other prompt",
        ));
    }
    Ok(Prompt {
        none: has("none"),
        login: has("login"),
        consent: has("consent"),
    })
}

/// Goes on to login, to consent, or straight back to the client.
fn proceed(
    call: &Call,
    parameters: &Parameters,
    request: AuthorizationRequest,
    prompt: Prompt,
) -> Result<Response, Refusal> {
    let provider = &call.provider;
    let now = provider.now();
    if let Some(user) = provider.auto_approver() {
        return approved(call, &request, &user.login, now);
    }
    let max_age = parameters
        .one("max_age")?
        .and_then(|age| age.parse::<i64>().ok());
    let cookie = call.session_cookie();
    let session = cookie
        .as_deref()
        .and_then(|cookie| lock(&provider.browsing).session(cookie).cloned())
        .filter(|_| !prompt.login)
        .filter(|session| max_age.is_none_or(|age| session.auth_time + age >= now));
    let agreed = session
        .as_ref()
        .is_some_and(|session| !prompt.consent && knows(session, &request));
    if let Some(session) = session.as_ref().filter(|_| agreed) {
        return approved(call, &request, &session.login, session.auth_time);
    }
    if prompt.none {
        let error = if session.is_none() {
            "login_required"
        } else {
            "consent_required"
        };
        return failed(
            call,
            &request,
            error,
            "prompt=none, and a page would be needed",
        );
    }
    let hint = parameters.one("login_hint")?.map(ToOwned::to_owned);
    let session = session.and(cookie);
    interact(
        call,
        Interaction {
            client_id: request.client_id.clone(),
            scopes: request.scopes.clone(),
            login_hint: hint,
            session,
            expires: provider.clock() + INTERACTION_TTL,
            about: Subject::Authorization(request),
        },
    )
}

/// Sends the browser to the first page of an interaction.
pub(crate) fn interact(call: &Call, interaction: Interaction) -> Result<Response, Refusal> {
    let id = random_text(24)?;
    let page = if interaction.session.is_some() {
        "consent"
    } else {
        "login"
    };
    let location = format!("{}/{page}?interaction={id}", call.provider.issuer);
    lock(&call.provider.browsing).begin(id, interaction, call.provider.clock());
    Ok(see_other(&location))
}

/// Tells the person that an interaction is over or was never there.
pub(crate) fn gone() -> Result<Response, Refusal> {
    let text = "This page is too old, or was already used. Please start again where you came from.";
    pages::message(StatusCode::BAD_REQUEST, "Start again", text)
}

fn knows(session: &Session, request: &AuthorizationRequest) -> bool {
    session
        .consents
        .contains(&(request.client_id.clone(), request.scopes.join(" ")))
}
