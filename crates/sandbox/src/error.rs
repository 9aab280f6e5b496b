//! Why a sandbox did not start, or a scripted person did not get through.

use std::fmt;

/// What went wrong in the sandbox itself (never a fault that was asked for).
#[derive(Debug)]
#[non_exhaustive]
pub enum SandboxError {
    /// The port could not be bound.
    Listen {
        /// The port that was asked for.
        port: u16,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The server's thread could not be started.
    Start(std::io::Error),
    /// Everything is to be approved as a user who does not exist.
    NoSuchUser(String),
    /// A key could not be made.
    Key(String),
    /// The scripted person could not talk to a page.
    Visit(String),
    /// The scripted person met a page or a status that it did not expect.
    Unexpected {
        /// HTTP status.
        status: u16,
        /// What was expected.
        expected: &'static str,
    },
    /// The sandbox was stopped.
    Stopped,
}

impl SandboxError {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "sandbox_listen",
            Self::Start(_) => "sandbox_start",
            Self::NoSuchUser(_) => "sandbox_no_such_user",
            Self::Key(_) => "sandbox_key",
            Self::Visit(_) => "sandbox_visit",
            Self::Unexpected { .. } => "sandbox_unexpected_page",
            Self::Stopped => "sandbox_stopped",
        }
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { port, source } => {
                write!(f, "the sandbox cannot listen on 127.0.0.1:{port}: {source}")
            }
            Self::Start(source) => write!(f, "the sandbox's thread did not start: {source}"),
            Self::NoSuchUser(login) => write!(f, "the sandbox has no user {login:?}"),
            Self::Key(why) => write!(f, "the sandbox could not make a key: {why}"),
            Self::Visit(why) => write!(f, "the scripted person could not open a page: {why}"),
            Self::Unexpected { status, expected } => {
                write!(
                    f,
                    "the scripted person expected {expected} and met status {status}"
                )
            }
            Self::Stopped => f.write_str("the sandbox was stopped"),
        }
    }
}

impl std::error::Error for SandboxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Start(source) => Some(source),
            _ => None,
        }
    }
}
