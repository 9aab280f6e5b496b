//! Why a cached document is not to be had.

use std::time::Duration;

use keyfob_jose::JoseError;
use keyfob_protocol::{Advice, Blame, ProtocolError};

use crate::error::TransportError;

/// Says why a document could not be fetched; everybody who waited for the same fetch gets a copy.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The request got no usable answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer is a refusal, or not the document asked for.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The answer is no key set.
    #[error("the key set is unusable: {0}")]
    KeySet(JoseError),
    /// Fetching took longer than this, its repetitions included.
    #[error("fetching the document took longer than {} s", .0.as_secs())]
    Slow(Duration),
    /// The document was fetched moments ago, and once more would be too soon.
    #[error("the document was fetched moments ago")]
    TooSoon,
    /// Fetching was broken off from outside, as when its runtime ended.
    #[error("fetching the document was broken off")]
    Interrupted,
}

impl DocumentError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transport(error) => error.code(),
            Self::Protocol(error) => error.code(),
            Self::KeySet(error) => error.code(),
            Self::Slow(_) => "document_timeout",
            Self::TooSoon => "document_too_soon",
            Self::Interrupted => "document_interrupted",
        }
    }

    /// Returns who has to act.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Transport(error) => error.blame(),
            Self::Protocol(error) => error.blame(),
            Self::KeySet(_) => Blame::Provider,
            Self::Slow(_) => Blame::Network,
            Self::TooSoon | Self::Interrupted => Blame::Caller,
        }
    }

    /// Returns what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Transport(error) => error.advice(),
            Self::Protocol(error) => error.advice(),
            Self::KeySet(_) => Advice::Never,
            Self::Slow(_) | Self::TooSoon | Self::Interrupted => Advice::RetryAfter(None),
        }
    }

    /// Returns how long the server asked to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self.advice() {
            Advice::RetryAfter(asked) => asked,
            _ => None,
        }
    }
}
