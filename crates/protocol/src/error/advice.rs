//! Who must act on an error, and what to try next.

use std::time::Duration;

use http::StatusCode;
use keyfob_jose::JoseError;

use super::ProtocolError;

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The program or its configuration.
    Caller,
    /// The person who logs in.
    User,
    /// The authorization server.
    Provider,
    /// The way to the authorization server.
    Network,
}

/// What to try next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// Nothing: the same attempt fails again.
    Never,
    /// Log in again.
    LoginAgain,
    /// Try again, after the given time when the server named one.
    RetryAfter(Option<Duration>),
    /// Change the configuration of the client, here or at the provider.
    FixConfiguration,
}

impl ProtocolError {
    /// Who can do something about it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::OAuth { status, error, .. } => refusal(*status, error, None).0,
            Self::Http { .. }
            | Self::NotJson { .. }
            | Self::Malformed { .. }
            | Self::Missing { .. }
            | Self::SubjectMismatch => Blame::Provider,
            Self::IdToken(error) => error.blame(),
            Self::SignedAnswer(error) => error.blame(),
            Self::Setting { .. }
            | Self::NoEndpoint { .. }
            | Self::Unsupported { .. }
            | Self::InsecureUrl { .. }
            | Self::IssuerMismatch { .. }
            | Self::ReservedParameter { .. } => Blame::Caller,
            Self::Callback(error) => error.blame(),
            Self::Jose(error) => jose(error).0,
        }
    }

    /// What to try next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::OAuth {
                status,
                error,
                retry_after,
                ..
            } => refusal(*status, error, *retry_after).1,
            Self::Http {
                status,
                retry_after,
                ..
            } => http(*status, *retry_after),
            Self::NotJson { .. } => Advice::RetryAfter(None),
            Self::Malformed { .. } | Self::Missing { .. } | Self::SubjectMismatch => Advice::Never,
            Self::Setting { .. }
            | Self::NoEndpoint { .. }
            | Self::Unsupported { .. }
            | Self::InsecureUrl { .. }
            | Self::IssuerMismatch { .. }
            | Self::ReservedParameter { .. } => Advice::FixConfiguration,
            Self::Callback(error) => error.advice(),
            Self::IdToken(error) => error.advice(),
            Self::SignedAnswer(error) => error.advice(),
            Self::Jose(error) => jose(error).1,
        }
    }
}

/// Judges a refusal with an error code; a status that says "later" outweighs the code.
pub(crate) fn refusal(
    status: StatusCode,
    error: &str,
    retry_after: Option<Duration>,
) -> (Blame, Advice) {
    let later = (Blame::Provider, Advice::RetryAfter(retry_after));
    if is_later(status) {
        return later;
    }
    match error {
        "temporarily_unavailable" | "server_error" | "slow_down" | "authorization_pending" => later,
        "access_denied"
        | "expired_token"
        | "invalid_grant"
        | "invalid_token"
        | "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required" => (Blame::User, Advice::LoginAgain),
        "invalid_request"
        | "invalid_client"
        | "unauthorized_client"
        | "unsupported_grant_type"
        | "unsupported_response_type"
        | "unsupported_token_type"
        | "invalid_scope"
        | "invalid_target"
        | "insufficient_scope" => (Blame::Caller, Advice::FixConfiguration),
        _ => (Blame::Provider, Advice::Never),
    }
}

fn http(status: StatusCode, retry_after: Option<Duration>) -> Advice {
    if is_later(status) {
        Advice::RetryAfter(retry_after)
    } else if status.is_client_error() || status.is_redirection() {
        Advice::FixConfiguration
    } else {
        Advice::Never
    }
}

fn is_later(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        )
}

/// A wrong signature or document is the provider's; a key that cannot sign is the caller's.
const fn jose(error: &JoseError) -> (Blame, Advice) {
    match error {
        JoseError::Crypto(_) => (Blame::Caller, Advice::Never),
        JoseError::KeyMismatch { .. }
        | JoseError::MalformedKey(_)
        | JoseError::KeyMember { .. }
        | JoseError::UnsupportedKey(_)
        | JoseError::WeakKey(_)
        | JoseError::PasswordNeeded
        | JoseError::PasswordWrong
        | JoseError::UnsupportedAlgorithm(_) => (Blame::Caller, Advice::FixConfiguration),
        _ => (Blame::Provider, Advice::Never),
    }
}
