//! The token response as the world sends it (RFC 6749 §5.1).

use std::fmt;
use std::time::Duration;

use keyfob_jose::Secret;
use serde_json::{Map, Value};

use crate::error::ProtocolError;
use crate::exchange::{self, Endpoint, Response};
use crate::scopes::Scopes;
use crate::text;

/// A lifetime is cut to 100 years, so that adding it to a clock works.
const LONGEST: Duration = Duration::from_hours(876_600);

/// A successful answer of the token endpoint.
///
/// ```
/// use keyfob_protocol::TokenResponse;
///
/// let body = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"bearer","expires_in":"3600"}"#;
/// let response = TokenResponse::read(&http::Response::new(body.into()))?;
/// assert_eq!(response.access_token.expose(), "2YotnFZFEjr1zCsicMWpAA");
/// assert_eq!(response.expires_in.map(|time| time.as_secs()), Some(3600));
/// assert!(response.is_bearer());
/// # Ok::<(), keyfob_protocol::ProtocolError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenResponse {
    /// `access_token`: never empty, visible ASCII only, so it fits into a header.
    pub access_token: Secret,
    /// `token_type` as sent; `Bearer` when absent. Compare it without case.
    pub token_type: String,
    /// `expires_in`; `None` when absent, zero, negative or unreadable: the lifetime is unknown.
    pub expires_in: Option<Duration>,
    /// `refresh_token`; `None` also when empty: keep the one that was used.
    pub refresh_token: Option<Secret>,
    /// `id_token`, not verified yet.
    pub id_token: Option<Secret>,
    /// `scope` that was granted; `None` means the scope that was asked for (RFC 6749 §5.1).
    pub scope: Option<Scopes>,
    /// The whole answer, to be stored verbatim. Holds all of the secrets.
    pub raw: Map<String, Value>,
}

impl TokenResponse {
    /// Reads the answer of a token endpoint.
    ///
    /// # Errors
    /// `oauth_error` or `http_error` when the server refuses, `not_json` for HTML, an empty or a cut
    /// body, `missing` without an access token, `malformed` when it cannot go into a header.
    pub fn read(response: &Response) -> Result<Self, ProtocolError> {
        Self::from_object(exchange::json_object(response, Endpoint::Token)?)
    }

    /// Reads the members of an answer, such as one that was stored.
    ///
    /// # Errors
    /// `missing` without an access token, `malformed` when it cannot go into a header.
    pub fn from_object(raw: Map<String, Value>) -> Result<Self, ProtocolError> {
        let secret = |name| text::member(&raw, name).map(Secret::new);
        let access_token = secret("access_token").ok_or(ProtocolError::Missing {
            what: "the token response",
            field: "access_token",
        })?;
        if !access_token
            .expose()
            .bytes()
            .all(|byte| byte.is_ascii_graphic())
        {
            return Err(ProtocolError::Malformed {
                what: "the token response",
                field: "access_token",
                why: "it holds a character that cannot go into a header",
            });
        }
        Ok(Self {
            access_token,
            token_type: text::member(&raw, "token_type")
                .unwrap_or("Bearer")
                .to_owned(),
            expires_in: raw.get("expires_in").and_then(lifetime),
            refresh_token: secret("refresh_token"),
            id_token: secret("id_token"),
            scope: raw.get("scope").and_then(scope),
            raw,
        })
    }

    /// Returns the new refresh token of an answer of which nothing else can be used, such as one without an access token:
    /// the old one may be dead, so this one is worth keeping.
    pub fn successor(response: &Response) -> Option<Secret> {
        let object = exchange::json_object(response, Endpoint::Token).ok()?;
        text::member(&object, "refresh_token").map(Secret::new)
    }

    /// True for a bearer token, in any spelling of the word (RFC 6749 §5.1: case-insensitive).
    pub fn is_bearer(&self) -> bool {
        self.token_type.eq_ignore_ascii_case("bearer")
    }
}

/// A number or a text of digits; zero and below say nothing about the lifetime.
fn lifetime(value: &Value) -> Option<Duration> {
    let lifetime = text::seconds(value).filter(|lifetime| !lifetime.is_zero())?;
    Some(lifetime.min(LONGEST))
}

/// A text separated by spaces, or a list of texts.
fn scope(value: &Value) -> Option<Scopes> {
    match value {
        Value::String(text) => Some(Scopes::lenient(text)),
        Value::Array(list) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            Some(Scopes::lenient(&words.join(" ")))
        }
        _ => None,
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("has_id_token", &self.id_token.is_some())
            .finish_non_exhaustive()
    }
}
