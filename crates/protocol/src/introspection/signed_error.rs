//! Why a signed answer is not believed (RFC 9701 §5).

use keyfob_jose::{Algorithm, JoseError};

use crate::error::{Advice, Blame};

/// Says which rule a signed answer broke. Nothing of the answer is in it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedAnswerError {
    /// The answer is a plain one.
    #[error("the introspection response is not signed")]
    Unsigned,
    /// It is signed with an algorithm that is not accepted.
    #[error("introspection responses signed with {0} are not accepted")]
    Algorithm(Algorithm),
    /// Its `typ` is not `token-introspection+jwt`: it is another token of the issuer.
    #[error("the signed introspection response is of another type")]
    Type,
    /// It lacks this claim.
    #[error("the signed introspection response has no `{0}`")]
    Missing(&'static str),
    /// It was signed by someone else.
    #[error("the signed introspection response is from someone else")]
    Issuer,
    /// It answers someone else.
    #[error("the signed introspection response is for someone else")]
    Audience,
    /// It was signed in the future: one of the two clocks is wrong.
    #[error("the signed introspection response is from the future")]
    InFuture,
    /// It was signed too long ago to be about now.
    #[error("the signed introspection response is too old")]
    Old,
    /// It is no JWS, or no key of the issuer signed it.
    #[error("the signed introspection response cannot be used: {0}")]
    Jose(#[from] JoseError),
}

impl SignedAnswerError {
    /// Returns a stable name for this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsigned => "answer_unsigned",
            Self::Algorithm(_) => "answer_algorithm_refused",
            Self::Type => "answer_wrong_type",
            Self::Missing(_) => "answer_missing_claim",
            Self::Issuer => "answer_wrong_issuer",
            Self::Audience => "answer_wrong_audience",
            Self::InFuture => "answer_from_future",
            Self::Old => "answer_too_old",
            Self::Jose(error) => error.code(),
        }
    }

    /// Returns who has to act: how answers are signed is agreed with the issuer.
    pub const fn blame(&self) -> Blame {
        Blame::Provider
    }

    /// Returns what to do next.
    pub const fn advice(&self) -> Advice {
        match self {
            Self::Unsigned | Self::Algorithm(_) | Self::Audience => Advice::FixConfiguration,
            Self::InFuture | Self::Old => Advice::RetryAfter(None),
            _ => Advice::Never,
        }
    }
}
