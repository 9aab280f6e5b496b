//! OAuth error answers (RFC 6749 §5.2, RFC 6750 §3).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use keyfob_jose::JoseError;
use serde_json::json;

/// An OAuth error that becomes a JSON answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
    challenge: Option<HeaderValue>,
}

/// Marks an answer with its OAuth error, for the request log.
#[derive(Clone, Debug)]
pub(crate) struct ErrorCode(pub(crate) String);

impl Refusal {
    pub(crate) fn new(status: u16, error: &'static str, description: &'static str) -> Self {
        Self {
            status,
            error,
            description,
            challenge: None,
        }
    }

    pub(crate) fn invalid_request(description: &'static str) -> Self {
        Self::new(400, "invalid_request", description)
    }

    pub(crate) fn invalid_grant(description: &'static str) -> Self {
        Self::new(400, "invalid_grant", description)
    }

    pub(crate) fn invalid_client(description: &'static str) -> Self {
        let challenge = Some(HeaderValue::from_static("Basic realm=\"sandbox\""));
        Self {
            challenge,
            ..Self::new(401, "invalid_client", description)
        }
    }

    /// Refuses a request that carries no credentials at all (RFC 6750 §3.1: no error code).
    pub(crate) fn no_bearer() -> Self {
        let challenge = Some(HeaderValue::from_static("Bearer realm=\"sandbox\""));
        Self {
            challenge,
            ..Self::new(401, "invalid_token", "no access token")
        }
    }

    pub(crate) fn invalid_token(description: &'static str) -> Self {
        Self::bearer(401, "invalid_token", description)
    }

    pub(crate) fn insufficient_scope(description: &'static str) -> Self {
        Self::bearer(403, "insufficient_scope", description)
    }

    fn bearer(status: u16, error: &'static str, description: &'static str) -> Self {
        let text = format!(
            "Bearer realm=\"sandbox\", error=\"{error}\", error_description=\"{description}\""
        );
        Self {
            challenge: HeaderValue::from_str(&text).ok(),
            ..Self::new(status, error, description)
        }
    }
}

impl From<JoseError> for Refusal {
    fn from(_: JoseError) -> Self {
        Self::new(
            500,
            "server_error",
            "a key or random number could not be made",
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = crate::call::json(StatusCode::BAD_REQUEST, &body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        if let Some(challenge) = self.challenge {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
            .extensions_mut()
            .insert(ErrorCode(self.error.to_owned()));
        response
    }
}
