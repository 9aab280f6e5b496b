//! Why an answer at the redirection endpoint was refused (RFC 6749 §4.1.2.1, RFC 9207 §2.4).

use super::callback::NO_STATUS;
use crate::error::{Advice, Blame, refusal};
use crate::issuer::Issuer;
use crate::text;

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// It is larger than any true answer.
    #[error("the answer from the browser is too large")]
    TooLarge,
    /// It is no redirect URL with parameters.
    #[error("the text is not a redirect URL with an answer in it")]
    Malformed,
    /// A parameter is there twice.
    #[error("the answer from the browser holds {name} twice")]
    DuplicateParameter {
        /// The cleaned name.
        name: String,
    },
    /// It has no `state`: it is not the answer to a login of ours.
    #[error("the answer from the browser lacks state")]
    StateMissing,
    /// Its `state` is that of another login.
    #[error("the answer from the browser belongs to another login (state)")]
    StateMismatch,
    /// The server promises `iss` in its answers, and this one lacks it.
    #[error("the answer from the browser lacks iss, which this server always sends")]
    IssuerMissing,
    /// `iss` is not the server that was asked: a mix-up attack, or a wrong setting.
    #[error("the answer from the browser is from issuer {found}, not from {expected}")]
    IssuerMismatch {
        /// The issuer that was asked.
        expected: String,
        /// The cleaned `iss`.
        found: String,
    },
    /// The provider, or the person, refused.
    #[error("the login was refused with {error}{}", because(.description.as_deref()))]
    Provider {
        /// The `error` code, visible ASCII.
        error: String,
        /// The cleaned `error_description`.
        description: Option<String>,
        /// The cleaned `error_uri`.
        uri: Option<String>,
    },
    /// It holds neither a code nor an error.
    #[error("the answer from the browser lacks a code")]
    MissingCode,
}

impl CallbackError {
    /// The stable code of this kind of error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "callback_too_large",
            Self::Malformed => "callback_malformed",
            Self::DuplicateParameter { .. } => "callback_duplicate_parameter",
            Self::StateMissing => "callback_state_missing",
            Self::StateMismatch => "callback_state_mismatch",
            Self::IssuerMissing => "callback_iss_missing",
            Self::IssuerMismatch { .. } => "callback_iss_mismatch",
            Self::Provider { .. } => "callback_refused",
            Self::MissingCode => "callback_missing_code",
        }
    }

    /// True when it is not the answer to this login at all: ignore it and keep waiting.
    ///
    /// Anybody can send something to the callback address; only who knows the state may end a wait.
    pub const fn is_stray(&self) -> bool {
        matches!(
            self,
            Self::TooLarge
                | Self::Malformed
                | Self::DuplicateParameter { .. }
                | Self::StateMissing
                | Self::StateMismatch
        )
    }

    /// The provider's `error` code, when it refused.
    pub fn oauth_error(&self) -> Option<&str> {
        match self {
            Self::Provider { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Who can do something about it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Provider { error, .. } => refusal(NO_STATUS, error, None).0,
            Self::IssuerMissing | Self::IssuerMismatch { .. } | Self::MissingCode => {
                Blame::Provider
            }
            _ => Blame::User,
        }
    }

    /// What to try next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Provider { error, .. } => refusal(NO_STATUS, error, None).1,
            Self::IssuerMissing | Self::IssuerMismatch { .. } => Advice::Never,
            _ => Advice::LoginAgain,
        }
    }

    pub(super) fn duplicate(name: &str) -> Self {
        Self::DuplicateParameter {
            name: text::clean(name, 40),
        }
    }

    pub(super) fn issuer_mismatch(expected: &Issuer, found: &str) -> Self {
        Self::IssuerMismatch {
            expected: expected.to_string(),
            found: text::clean(found, 200),
        }
    }
}

/// ": why" when there is a reason.
fn because(description: Option<&str>) -> String {
    description
        .map(|why| format!(": {why}"))
        .unwrap_or_default()
}
