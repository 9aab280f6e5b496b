//! A login that is too weak or too long ago (RFC 9470 §3).

use std::time::Duration;

/// What the login behind a token would have to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .reason.words())]
#[non_exhaustive]
pub struct StepUp {
    /// What is not met.
    pub reason: StepUpReason,
    /// The `acr` values of which one is needed, in order of preference; empty if any will do.
    pub acr_values: Vec<String>,
    /// How long ago the login may be; `None` if that does not matter.
    pub max_age: Option<Duration>,
}

/// What of a [`StepUp`] is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepUpReason {
    /// `acr` is missing or not one of those that are needed.
    Acr,
    /// `auth_time` is too long ago.
    TooLongAgo,
    /// `auth_time` is missing, so nobody can tell.
    NoAuthTime,
}

impl StepUp {
    /// Says what is needed and which part of it is not met.
    pub fn new(reason: StepUpReason, acr_values: Vec<String>, max_age: Option<Duration>) -> Self {
        Self {
            reason,
            acr_values,
            max_age,
        }
    }

    /// Returns the stable code of the reason.
    pub fn code(&self) -> &'static str {
        match self.reason {
            StepUpReason::Acr => "acr_not_met",
            StepUpReason::TooLongAgo => "login_too_old",
            StepUpReason::NoAuthTime => "login_time_unknown",
        }
    }
}

impl StepUpReason {
    fn words(self) -> &'static str {
        match self {
            Self::Acr => "the login was not made in one of the ways that are needed",
            Self::TooLongAgo => "the login is too long ago",
            Self::NoAuthTime => "the token does not say when its user logged in",
        }
    }
}
