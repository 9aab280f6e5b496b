//! Why a layer answers a request itself.

use crate::challenge::Challenge;
use crate::rejection::Rejection;

/// Why a request does not reach the inner service.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// Its token is missing, not good, not good enough, or cannot be checked now.
    Rejected(Rejection),
    /// Something asks for a principal where no [`VerifyLayer`](super::VerifyLayer) stands in front of it: a slip of the
    /// service, which no client can do anything about.
    NotVerified,
}

/// Left in the extensions of an answer that a layer gave itself, for access logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The stable name of the reason: [`Rejection::code`], or `not_verified` where a [`VerifyLayer`](super::VerifyLayer) is
    /// missing.
    pub code: &'static str,
}

impl Refusal {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::NotVerified => "not_verified",
        }
    }

    pub(super) fn challenge(&self) -> Option<Challenge> {
        match self {
            Self::Rejected(rejection) => Some(rejection.challenge()),
            Self::NotVerified => None,
        }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}
