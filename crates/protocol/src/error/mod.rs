//! What can go wrong in an exchange, with a stable code for each kind.

mod advice;

use std::time::Duration;

use http::StatusCode;
use keyfob_jose::JoseError;

pub(crate) use advice::refusal;
pub use advice::{Advice, Blame};

use crate::authorize::CallbackError;
use crate::exchange::Endpoint;
use crate::introspection::SignedAnswerError;
use crate::token::IdTokenError;

/// Why a request could not be built or an answer could not be used.
///
/// No variant holds a token, a secret or a response body. Descriptions from a provider are cleaned
/// of control characters and capped at 300 characters.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The server refused with an error code (RFC 6749 §5.2, RFC 6750 §3.1).
    #[error("the {endpoint} refused with {error}{}", because(.description.as_deref()))]
    OAuth {
        /// Who refused.
        endpoint: Endpoint,
        /// The HTTP status of the refusal.
        status: StatusCode,
        /// The `error` code, visible ASCII.
        error: String,
        /// The cleaned `error_description`.
        description: Option<String>,
        /// The cleaned `error_uri`.
        uri: Option<String>,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server answered with a failure status and nothing that explains it.
    #[error("the {endpoint} answered with HTTP status {}", .status.as_u16())]
    Http {
        /// Who answered.
        endpoint: Endpoint,
        /// The HTTP status.
        status: StatusCode,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server reported success with a body that is not a JSON object.
    #[error(
        "the {endpoint} answered with HTTP status {}{} instead of a JSON object",
        .status.as_u16(),
        labelled(.content_type.as_deref())
    )]
    NotJson {
        /// Who answered.
        endpoint: Endpoint,
        /// The HTTP status.
        status: StatusCode,
        /// The media type that the answer declared.
        content_type: Option<String>,
    },
    /// A setting or argument of this side cannot be used.
    #[error("{what} cannot be used: {why}")]
    Setting {
        /// The setting or argument.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A value that the server sent has the wrong form.
    #[error("{what} cannot be used, {field}: {why}")]
    Malformed {
        /// The document that holds the value.
        what: &'static str,
        /// The value's name.
        field: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A required value is absent from what the server sent.
    #[error("{what} lacks {field}")]
    Missing {
        /// The document that should hold the value.
        what: &'static str,
        /// The value's name.
        field: &'static str,
    },
    /// The server's metadata names no such endpoint.
    #[error("the authorization server has no {endpoint}")]
    NoEndpoint {
        /// The endpoint that is needed.
        endpoint: Endpoint,
    },
    /// The server wants something that this crate does not do.
    #[error("{what} is not supported")]
    Unsupported {
        /// What is not supported.
        what: &'static str,
    },
    /// A URL is neither https nor http on this machine.
    #[error("{what} must use https (http is accepted for this machine only)")]
    InsecureUrl {
        /// Which URL.
        what: &'static str,
    },
    /// A document names another issuer than the one that was asked for.
    #[error("the document is from issuer {found}, not from {expected}")]
    IssuerMismatch {
        /// The issuer that was asked for.
        expected: String,
        /// The cleaned issuer that the document names.
        found: String,
    },
    /// Userinfo is about another subject than the ID token (OpenID Connect Core §5.3.2).
    #[error("the userinfo is about another subject than the ID token")]
    SubjectMismatch,
    /// A caller's extra parameter would replace one that the protocol sets.
    #[error("the parameter {name} is set by the protocol and cannot be added")]
    ReservedParameter {
        /// The parameter's name.
        name: String,
    },
    /// The answer at the redirection endpoint was refused.
    #[error(transparent)]
    Callback(#[from] CallbackError),
    /// The ID token was refused.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// A signed introspection response was not believed.
    #[error(transparent)]
    SignedAnswer(#[from] SignedAnswerError),
    /// Signing, random numbers or a signed answer failed.
    #[error(transparent)]
    Jose(#[from] JoseError),
}

impl ProtocolError {
    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OAuth { .. } => "oauth_error",
            Self::Http { .. } => "http_error",
            Self::NotJson { .. } => "not_json",
            Self::Setting { .. } => "bad_setting",
            Self::Malformed { .. } => "malformed",
            Self::Missing { .. } => "missing",
            Self::NoEndpoint { .. } => "no_endpoint",
            Self::Unsupported { .. } => "unsupported",
            Self::InsecureUrl { .. } => "insecure_url",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::SubjectMismatch => "subject_mismatch",
            Self::ReservedParameter { .. } => "reserved_parameter",
            Self::Callback(error) => error.code(),
            Self::IdToken(error) => error.code(),
            Self::SignedAnswer(error) => error.code(),
            Self::Jose(error) => error.code(),
        }
    }

    /// The provider's `error` code, when it sent one.
    pub fn oauth_error(&self) -> Option<&str> {
        match self {
            Self::OAuth { error, .. } => Some(error),
            Self::Callback(error) => error.oauth_error(),
            _ => None,
        }
    }

    /// True only for a JSON `invalid_grant` from a token endpoint with a 4xx status: the one
    /// answer that may retire a refresh token. With 408 and 429 nobody has looked at the token.
    pub fn is_invalid_grant(&self) -> bool {
        matches!(
            self,
            Self::OAuth { endpoint: Endpoint::Token, status, error, .. }
                if status.is_client_error()
                    && !matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
                    && error == "invalid_grant"
        )
    }

    /// True when a clock that is off, here or there, would explain what is wrong with an ID token.
    pub fn may_be_clock(&self) -> bool {
        matches!(self, Self::IdToken(error) if error.may_be_clock())
    }

    /// True when no known key fits the signature's header: fetch the key set again.
    pub fn is_unknown_key(&self) -> bool {
        match self {
            Self::IdToken(error) => error.is_unknown_key(),
            Self::SignedAnswer(SignedAnswerError::Jose(error)) | Self::Jose(error) => {
                *error == JoseError::UnknownKey
            }
            _ => false,
        }
    }
}

/// ": why" when there is a reason.
fn because(description: Option<&str>) -> String {
    description
        .map(|why| format!(": {why}"))
        .unwrap_or_default()
}

/// " and text/html" when the answer says what it is.
fn labelled(content_type: Option<&str>) -> String {
    content_type
        .map(|kind| format!(" and {kind}"))
        .unwrap_or_default()
}
