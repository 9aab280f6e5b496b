//! Why a request was not sent with a token.

use keyfob_protocol::{Advice, Blame};

/// A request that was not sent, or whose answer did not come.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticateError {
    /// An entry of the allow-list is not one that tokens may be sent to.
    #[error("will not send tokens to {origin:?}: {why}")]
    BadOrigin {
        /// The entry.
        origin: String,
        /// Why not.
        why: &'static str,
    },
    /// The request goes to an origin that is not on the allow-list.
    #[error("will not send the token to {origin}: it is not on the list of allowed origins")]
    NotAllowed {
        /// Scheme, host and port of the request.
        origin: String,
    },
    /// The request already has an `Authorization` header, and the policy refuses that.
    #[error("the request already has an Authorization header")]
    AlreadyAuthorized,
    /// There is no token to send.
    #[error(transparent)]
    Token(#[from] crate::Error),
    /// The request itself failed.
    #[error("the request failed: {}", request_failure(.0))]
    Request(#[source] reqwest::Error),
}

impl AuthenticateError {
    /// The stable code of this failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadOrigin { .. } => "origin_refused",
            Self::NotAllowed { .. } => "origin_not_allowed",
            Self::AlreadyAuthorized => "already_authorized",
            Self::Token(error) => error.code(),
            Self::Request(_) => "request_failed",
        }
    }

    /// Who must act.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Token(error) => error.blame(),
            Self::Request(error) if !error.is_builder() => Blame::Network,
            _ => Blame::Caller,
        }
    }

    /// What helps.
    pub fn advice(&self) -> Advice {
        match self {
            Self::BadOrigin { .. } | Self::NotAllowed { .. } => Advice::FixConfiguration,
            Self::AlreadyAuthorized => Advice::Never,
            Self::Token(error) => error.advice(),
            Self::Request(error) if error.is_builder() => Advice::Never,
            Self::Request(_) => Advice::RetryAfter(None),
        }
    }
}

/// reqwest shows the whole address, whose query may hold a secret: only its kind is said.
fn request_failure(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "cannot connect"
    } else if error.is_redirect() {
        "too many redirects"
    } else if error.is_builder() {
        "it cannot be built"
    } else {
        "the connection broke"
    }
}
