//! The one reader of answers: a JSON object, or why not (RFC 6749 §5.2).

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::{Endpoint, Response, retry_after};
use crate::challenge::BearerChallenge;
use crate::error::ProtocolError;
use crate::text;

/// Reads a successful answer as a JSON object.
///
/// The body decides, not its declared type: providers label JSON as `text/html` and HTML as JSON.
/// A JSON `error` is a refusal whatever the status says.
pub(crate) fn json_object(
    response: &Response,
    endpoint: Endpoint,
) -> Result<Map<String, Value>, ProtocolError> {
    let object = text::json_object(response.body());
    if let Some(error) = object
        .as_ref()
        .and_then(|object| refused(response, endpoint, object))
    {
        return Err(error);
    }
    if !response.status().is_success() {
        return Err(refusal(response, endpoint));
    }
    object.ok_or_else(|| ProtocolError::NotJson {
        endpoint,
        status: response.status(),
        content_type: content_type(response),
    })
}

/// Explains an answer that is not a success, reading its body and its challenge.
fn refusal(response: &Response, endpoint: Endpoint) -> ProtocolError {
    let object = text::json_object(response.body());
    if let Some(error) = object.and_then(|object| refused(response, endpoint, &object)) {
        return error;
    }
    challenged(response, endpoint).unwrap_or_else(|| ProtocolError::Http {
        endpoint,
        status: response.status(),
        retry_after: retry_after(response.headers()),
    })
}

/// Reads `error` (RFC 6749 §5.2), or Okta's `errorCode`.
fn refused(
    response: &Response,
    endpoint: Endpoint,
    object: &Map<String, Value>,
) -> Option<ProtocolError> {
    let member = |name| text::member(object, name);
    let (error, description) = match member("error") {
        Some(error) => (error, member("error_description")),
        None => (member("errorCode")?, member("errorSummary")),
    };
    Some(ProtocolError::OAuth {
        endpoint,
        status: response.status(),
        error: text::error_code(error),
        description: description.and_then(text::description),
        uri: member("error_uri").and_then(text::description),
        retry_after: retry_after(response.headers()),
    })
}

/// Reads the error of a `WWW-Authenticate: Bearer` header (RFC 6750 §3).
///
/// Never at the token endpoint: its errors are JSON, and nothing else may retire a refresh token.
fn challenged(response: &Response, endpoint: Endpoint) -> Option<ProtocolError> {
    let status = response.status();
    if endpoint == Endpoint::Token || !matches!(status.as_u16(), 400 | 401 | 403) {
        return None;
    }
    let challenge = BearerChallenge::read(response.headers())?;
    Some(ProtocolError::OAuth {
        endpoint,
        status,
        error: challenge.error?,
        description: challenge.error_description,
        uri: challenge.error_uri,
        retry_after: retry_after(response.headers()),
    })
}

/// The media type as declared, without parameters.
fn content_type(response: &Response) -> Option<String> {
    let value = response.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    Some(text::clean(essence, 80)).filter(|essence| !essence.is_empty())
}
