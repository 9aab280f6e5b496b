//! What is wrong with the configurations of several issuers, and which of them it is.

use keyfob_verify::issuers::IssuersError;

use crate::Error;

/// Says why issuers cannot be made of client configurations; `index` counts from 0, skipped ones included.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuersConfigError {
    /// The client is of a type without an OpenID Connect or OAuth server.
    #[error(
        "client configuration {index}: a client of type {client_type} has no issuer whose tokens could be checked; \
         use oidc_client_validator, or the oidc type of the client"
    )]
    NotOpenId {
        /// Which configuration.
        index: usize,
        /// Its `client_type`.
        client_type: &'static str,
    },
    /// Nobody has said for whom the tokens must be.
    #[error(
        "client configuration {index}: `audiences` must be configured; name the audience that tokens for this service have"
    )]
    NoAudience {
        /// Which configuration.
        index: usize,
    },
    /// The configuration itself is not usable.
    #[error("client configuration {index}: {error}")]
    Client {
        /// Which configuration.
        index: usize,
        /// What is wrong with it.
        error: Error,
    },
    /// The issuers cannot be put together, as when one is there twice.
    #[error(transparent)]
    Issuers(#[from] IssuersError),
}

impl IssuersConfigError {
    pub(super) fn client(index: usize, error: Error) -> Self {
        Self::Client { index, error }
    }

    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOpenId { .. } => "not_an_openid_client",
            Self::NoAudience { .. } => "no_audience",
            Self::Client { error, .. } => error.code(),
            Self::Issuers(error) => error.code(),
        }
    }
}
