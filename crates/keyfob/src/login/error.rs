//! Why a login did not happen, who must act, and what helps.

use std::sync::Arc;
use std::time::Duration;

use keyfob_protocol::{Advice, Blame, CallbackError};

use super::{BrowserError, PasteProblem};

/// A login that did not happen.
///
/// Nothing was stored. Faults of the provider and of the network come as the other variants of
/// [`crate::Error`].
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// Nobody can be asked here.
    #[error("cannot log in here: {why}")]
    NobodyToAsk {
        /// Why, in words.
        why: String,
    },
    /// The client's type has no login for a person, or not by the method asked for.
    #[error("client type {client_type} cannot log in by {method}")]
    MethodUnsupported {
        /// The config's `client_type`.
        client_type: String,
        /// The method asked for.
        method: String,
    },
    /// Another login of the same identity is under way.
    #[error("another login is under way{}", holder.as_deref().map(|holder| format!(" ({holder})")).unwrap_or_default())]
    Busy {
        /// Who, if known.
        holder: Option<String>,
    },
    /// The lock file that rations logins cannot be used.
    #[error("cannot lock the login: {0}")]
    Lock(#[source] Arc<std::io::Error>),
    /// The redirect URI is not one that keyfob can listen on.
    #[error("cannot listen on redirect URI {uri:?}: {why}")]
    RedirectUri {
        /// The URI as configured.
        uri: String,
        /// Why not.
        why: &'static str,
    },
    /// Another program listens on the callback port.
    #[error("callback port {port} is taken by another program")]
    PortBusy {
        /// The port.
        port: u16,
    },
    /// Other programs listen on every port of the range that the config allows.
    #[error("all callback ports from {first} to {last} are taken by other programs")]
    PortsBusy {
        /// The first port.
        first: u16,
        /// The last port.
        last: u16,
    },
    /// The system refuses to listen on a loopback address.
    #[error("cannot listen for the callback: {0}")]
    Listen(#[source] Arc<std::io::Error>),
    /// The authorization address must not be opened.
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// The person, or the provider on their behalf, said no (`access_denied`).
    #[error("the login was denied{}", said(description.as_deref()))]
    Denied {
        /// The provider's words, cleaned.
        description: Option<String>,
    },
    /// The answer of the provider is a refusal, or fails a security check.
    #[error(transparent)]
    Callback(CallbackError),
    /// What was brought as the answer is none.
    #[error(transparent)]
    Answer(#[from] PasteProblem),
    /// What was kept of a login that had begun cannot be used to finish it.
    #[error("the pending login cannot be used: {why}")]
    PendingUnusable {
        /// Why not.
        why: &'static str,
    },
    /// Nobody finished the login in time.
    #[error("nobody finished the login within {} s", after.as_secs())]
    TimedOut {
        /// The limit.
        after: Duration,
    },
    /// The device code ran out before anybody typed it in (`expired_token`).
    #[error("the device code expired before the login was finished")]
    CodeExpired,
    /// Input ended, or too many lines made no sense, and no other way to answer is left.
    #[error("no usable answer was typed in")]
    NoAnswer,
}

impl LoginError {
    /// The stable code of this failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NobodyToAsk { .. } => "login_needs_person",
            Self::MethodUnsupported { .. } => "login_method_unsupported",
            Self::Busy { .. } => "login_in_progress",
            Self::Lock(_) => "login_lock_failed",
            Self::RedirectUri { .. } => "redirect_uri_unusable",
            Self::PortBusy { .. } | Self::PortsBusy { .. } => "callback_port_busy",
            Self::Listen(_) => "callback_listen_failed",
            Self::Browser(error) => error.code(),
            Self::Denied { .. } => "login_denied",
            Self::Callback(error) => error.code(),
            Self::Answer(_) => "login_answer_unusable",
            Self::PendingUnusable { .. } => "pending_login_unusable",
            Self::TimedOut { .. } => "login_timed_out",
            Self::CodeExpired => "device_code_expired",
            Self::NoAnswer => "login_unanswered",
        }
    }

    /// The provider's `error` code, when it sent one.
    pub fn oauth_error(&self) -> Option<&str> {
        match self {
            Self::Denied { .. } => Some("access_denied"),
            Self::Callback(error) => error.oauth_error(),
            _ => None,
        }
    }

    /// Who must act.
    pub fn blame(&self) -> Blame {
        match self {
            Self::MethodUnsupported { .. }
            | Self::RedirectUri { .. }
            | Self::PendingUnusable { .. }
            | Self::PortBusy { .. }
            | Self::PortsBusy { .. }
            | Self::Lock(_)
            | Self::Listen(_) => Blame::Caller,
            Self::NobodyToAsk { .. }
            | Self::Busy { .. }
            | Self::Denied { .. }
            | Self::Answer(_)
            | Self::TimedOut { .. }
            | Self::CodeExpired
            | Self::NoAnswer => Blame::User,
            Self::Browser(_) => Blame::Provider,
            Self::Callback(error) => error.blame(),
        }
    }

    /// What helps.
    pub fn advice(&self) -> Advice {
        match self {
            Self::MethodUnsupported { .. } | Self::RedirectUri { .. } | Self::Browser(_) => {
                Advice::FixConfiguration
            }
            Self::PortBusy { .. } | Self::PortsBusy { .. } | Self::Busy { .. } => {
                Advice::RetryAfter(None)
            }
            Self::Lock(_) | Self::Listen(_) => Advice::Never,
            Self::Callback(error) => error.advice(),
            Self::NobodyToAsk { .. }
            | Self::Denied { .. }
            | Self::Answer(_)
            | Self::PendingUnusable { .. }
            | Self::TimedOut { .. }
            | Self::CodeExpired
            | Self::NoAnswer => Advice::LoginAgain,
        }
    }
}

impl From<CallbackError> for LoginError {
    fn from(error: CallbackError) -> Self {
        match error {
            CallbackError::Provider {
                error, description, ..
            } if error == "access_denied" => Self::Denied { description },
            other => Self::Callback(other),
        }
    }
}

fn said(description: Option<&str>) -> String {
    description
        .map(|words| format!(": {words}"))
        .unwrap_or_default()
}
