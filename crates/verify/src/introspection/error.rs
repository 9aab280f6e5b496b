//! Why there is no answer about a token.

use std::sync::Arc;
use std::time::Duration;

use keyfob_protocol::{Advice, Blame, ProtocolError};
use keyfob_transport::{DocumentError, KeySetError, TransportError};

/// Says why the issuer gave no usable answer; everybody who waited for the same one gets a copy.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectionError {
    /// The request got no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer is a refusal of the one who asks, or none at all.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The issuer's metadata, which names the endpoint, cannot be had.
    #[error("the introspection endpoint is not known: {0}")]
    Metadata(DocumentError),
    /// The keys that sign the answers cannot be had.
    #[error("the answer cannot be verified: {0}")]
    Keys(#[from] KeySetError),
    /// It took longer than this, repetitions included.
    #[error("asking about the token took longer than {} s", .0.as_secs_f32())]
    Slow(Duration),
    /// The client that asks is not to be had, as when its secret cannot be read.
    #[error("nobody can ask about the token: {0}")]
    Client(Arc<dyn std::error::Error + Send + Sync>),
    /// The issuer failed just now, and is left alone for a while.
    #[error("the issuer is not asked for {} s after a failure: {after}", remaining.as_secs_f32())]
    Paused {
        /// How much longer.
        remaining: Duration,
        /// What the failure was.
        after: Arc<Self>,
    },
    /// As many questions as this are under way, about as many tokens; a further token is not asked about and can be
    /// checked again as soon as one of them is answered. Limiting requests per caller in front of the service keeps made-up
    /// tokens from taking all the places.
    #[error("{0} questions to the issuer are under way already")]
    Busy(usize),
    /// Asking was broken off from outside, as when its runtime ended.
    #[error("asking about the token was broken off")]
    Interrupted,
}

impl IntrospectionError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transport(error) => error.code(),
            Self::Protocol(error) => error.code(),
            Self::Metadata(error) | Self::Keys(KeySetError::Unavailable(error)) => error.code(),
            Self::Keys(KeySetError::Refused(error)) => error.code(),
            Self::Keys(_) => "keys_unavailable",
            Self::Slow(_) => "introspection_timeout",
            Self::Client(_) => "introspection_client",
            Self::Paused { .. } => "introspection_paused",
            Self::Busy(_) => "introspection_busy",
            Self::Interrupted => "introspection_interrupted",
        }
    }

    /// Returns the name of the rejection that follows: an answer that cannot be understood is told from none at all.
    pub(crate) fn rejection_code(&self) -> &'static str {
        match self {
            Self::Protocol(ProtocolError::NotJson { .. }) => "introspection_not_json",
            Self::Protocol(ProtocolError::Missing { .. }) => "introspection_incomplete",
            Self::Protocol(ProtocolError::Malformed { .. }) => "introspection_malformed",
            _ => "introspection_unavailable",
        }
    }

    /// Returns who has to act; never the one who presented the token.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Transport(error) => error.blame(),
            Self::Protocol(error) => error.blame(),
            Self::Metadata(error) | Self::Keys(KeySetError::Unavailable(error)) => error.blame(),
            Self::Keys(_) | Self::Busy(_) => Blame::Provider,
            Self::Slow(_) => Blame::Network,
            Self::Paused { after, .. } => after.blame(),
            Self::Client(_) | Self::Interrupted => Blame::Caller,
        }
    }

    /// Returns what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Transport(error) => error.advice(),
            Self::Protocol(error) => error.advice(),
            Self::Metadata(error) | Self::Keys(KeySetError::Unavailable(error)) => error.advice(),
            Self::Keys(_) | Self::Client(_) => Advice::Never,
            Self::Paused { remaining, .. } => Advice::RetryAfter(Some(*remaining)),
            Self::Slow(_) | Self::Busy(_) | Self::Interrupted => Advice::RetryAfter(None),
        }
    }
}
