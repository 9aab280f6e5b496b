//! The authorization response (RFC 6749 §4.1.2, `iss` by RFC 9207), by query or by form post.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use url::Url;

use crate::{
    browsing::AuthorizationRequest,
    call::Call,
    fault::{FaultKind, Group, token::FOREIGN},
    grants::{Code, Grant},
    lock, pages, random_text,
    refusal::{ErrorCode, Refusal},
};

/// Issues a code to the client.
pub(crate) fn approved(
    call: &Call,
    request: &AuthorizationRequest,
    login: &str,
    auth_time: i64,
) -> Result<Response, Refusal> {
    let provider = &call.provider;
    let Some(user) = provider.user(login) else {
        return failed(call, request, "server_error", "the user is gone");
    };
    let code = random_text(24)?;
    let now = provider.clock();
    let mut grants = lock(&provider.grants);
    let grant = Grant {
        family: grants.new_family(),
        client_id: request.client_id.clone(),
        login: Some(user.login.clone()),
        sub: user.sub.clone(),
        scopes: request.scopes.clone(),
        audience: request.audience.clone(),
        auth_time,
        nonce: request.nonce.clone(),
    };
    let issued = Code {
        grant,
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        expires: now + provider.settings().code_ttl,
        spent: false,
    };
    grants.add_code(code.clone(), issued, now);
    drop(grants);
    deliver(call, request, vec![("code".to_owned(), code)])
}

/// Tells the client why it gets no code.
pub(crate) fn failed(
    call: &Call,
    request: &AuthorizationRequest,
    error: &str,
    description: &str,
) -> Result<Response, Refusal> {
    let mut parameters = vec![("error".to_owned(), error.to_owned())];
    if !description.is_empty() {
        parameters.push(("error_description".to_owned(), description.to_owned()));
    }
    let mut response = deliver(call, request, parameters)?;
    response
        .extensions_mut()
        .insert(ErrorCode(error.to_owned()));
    Ok(response)
}

fn deliver(
    call: &Call,
    request: &AuthorizationRequest,
    mut parameters: Vec<(String, String)>,
) -> Result<Response, Refusal> {
    if let Some(state) = &request.state {
        parameters.push(("state".to_owned(), state.clone()));
    }
    parameters.push(("iss".to_owned(), call.provider.issuer.clone()));
    for fault in call.draw(Some(&request.client_id), Group::Callback) {
        spoil(&mut parameters, &fault);
    }
    if request.form_post {
        return pages::form_post(&request.redirect_uri, &parameters);
    }
    let mut location = Url::parse(&request.redirect_uri)
        .map_err(|_| Refusal::invalid_request("the redirect URI is not a URL"))?;
    location.query_pairs_mut().extend_pairs(&parameters);
    Ok(see_other(location.as_str()))
}

fn spoil(parameters: &mut Vec<(String, String)>, fault: &FaultKind) {
    let (name, value) = match fault {
        FaultKind::CallbackWrongIss => ("iss", Some(FOREIGN)),
        FaultKind::CallbackMissingIss => ("iss", None),
        FaultKind::CallbackWrongState => ("state", Some("another-state")),
        FaultKind::CallbackMissingState => ("state", None),
        FaultKind::CallbackWrongCode => ("code", Some("another-code")),
        _ => return,
    };
    parameters.retain(|(found, _)| found != name);
    if let Some(value) = value {
        parameters.push((name.to_owned(), value.to_owned()));
    }
}

/// Makes a redirect after which a browser uses GET (RFC 9700 §4.12: never 307).
pub(crate) fn see_other(location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
