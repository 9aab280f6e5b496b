//! Why there is no answer about a token.

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
            Self::Interrupted => "introspection_interrupted",
        }
    }

    /// Returns who has to act; never the one who presented the token.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Transport(error) => error.blame(),
            Self::Protocol(error) => error.blame(),
            Self::Metadata(error) | Self::Keys(KeySetError::Unavailable(error)) => error.blame(),
            Self::Keys(_) => Blame::Provider,
            Self::Slow(_) => Blame::Network,
            Self::Interrupted => Blame::Caller,
        }
    }

    /// Returns what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Transport(error) => error.advice(),
            Self::Protocol(error) => error.advice(),
            Self::Metadata(error) | Self::Keys(KeySetError::Unavailable(error)) => error.advice(),
            Self::Keys(_) => Advice::Never,
            Self::Slow(_) | Self::Interrupted => Advice::RetryAfter(None),
        }
    }
}
