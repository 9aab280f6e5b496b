//! Why a layer answers a request itself.

use http::StatusCode;
use keyfob_protocol::Blame;

use super::credentials::Fault;
use crate::rejection::Rejection;

/// Why a request does not reach the inner service.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// It presents no token, and one is needed (RFC 6750 §3.1: no error code then).
    NoToken,
    /// It presents a token in a way that is not allowed.
    Presented(Fault),
    /// Its token is not good, not good enough, or cannot be checked now.
    Rejected(Rejection),
    /// A requirement stands where no [`VerifyLayer`](super::VerifyLayer) is in front of it.
    NotVerified,
}

/// Left in the extensions of an answer that a layer gave itself, for access logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The stable name of the reason: a [`Rejection::code`], or `no_token`, `credentials_repeated`, `credentials_too_long`,
    /// `credentials_malformed`, `not_verified`.
    pub code: &'static str,
}

impl Refusal {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::Presented(Fault::Repeated) => "credentials_repeated",
            Self::Presented(Fault::TooLong) => "credentials_too_long",
            Self::Presented(Fault::Malformed) => "credentials_malformed",
            Self::Rejected(rejection) => rejection.code(),
            Self::NotVerified => "not_verified",
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Presented(_) => StatusCode::BAD_REQUEST,
            Self::Rejected(rejection) if rejection.blame() != Blame::Caller => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Rejected(Rejection::Scope { .. }) => StatusCode::FORBIDDEN,
            Self::NoToken | Self::Rejected(_) => StatusCode::UNAUTHORIZED,
            Self::NotVerified => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The `error` of RFC 6750 §3.1, where there is one.
    pub(super) fn error(&self) -> Option<&'static str> {
        match self.status() {
            _ if matches!(self, Self::NoToken) => None,
            StatusCode::BAD_REQUEST => Some("invalid_request"),
            StatusCode::FORBIDDEN => Some("insufficient_scope"),
            StatusCode::UNAUTHORIZED => Some("invalid_token"),
            StatusCode::SERVICE_UNAVAILABLE => Some("temporarily_unavailable"),
            _ => Some("server_error"),
        }
    }

    pub(super) fn description(&self) -> String {
        match self {
            Self::NoToken => "a token is needed".to_owned(),
            Self::Presented(Fault::Repeated) => {
                "a token may be presented in one place only".to_owned()
            }
            Self::Presented(Fault::TooLong) => "the token is too long".to_owned(),
            Self::Presented(Fault::Malformed) => {
                "the Authorization header holds no token".to_owned()
            }
            Self::Rejected(rejection) if rejection.blame() != Blame::Caller => {
                "the token cannot be checked now".to_owned()
            }
            Self::Rejected(rejection) => rejection.to_string(),
            Self::NotVerified => "this service is set up wrongly".to_owned(),
        }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Presented(fault)
    }
}
