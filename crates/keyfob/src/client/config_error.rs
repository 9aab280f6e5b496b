//! What can be wrong with a client configuration.

use std::path::{Path, PathBuf};

/// A client configuration that cannot be used as it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The document is not a JSON object.
    #[error("the client configuration is not a JSON object: {why}")]
    NotAnObject {
        /// What was found.
        why: String,
    },
    /// A key that this client type needs is absent or empty.
    #[error("{key} must be configured for a client of type {client_type}")]
    Missing {
        /// The key, or the keys of which one is needed.
        key: &'static str,
        /// The `client_type` that needs it.
        client_type: &'static str,
    },
    /// A key holds something it cannot hold.
    #[error("{key} in the client configuration is not usable: {why}")]
    Invalid {
        /// The key.
        key: String,
        /// Why the value cannot be used; never the value of a secret.
        why: String,
    },
    /// The `client_type` is none of the known literals.
    #[error("unknown client_type {literal:?}")]
    UnknownType {
        /// What was found, capped.
        literal: String,
    },
    /// The `client_type` is known, but this version cannot do what was asked with it.
    #[error("a client of type {client_type} cannot {what}")]
    UnsupportedType {
        /// The literal.
        client_type: &'static str,
        /// What was asked, such as `log in`.
        what: &'static str,
    },
    /// A secret that the configuration refers to could not be read.
    #[error("the secret of {key} could not be read: {why}")]
    SecretUnavailable {
        /// The key that refers to the secret.
        key: String,
        /// Why; never any of the secret.
        why: String,
    },
    /// One of the above, in a file.
    #[error("{}: {error}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<Self>,
    },
}

impl ConfigError {
    /// Returns what is wrong, wherever the configuration came from.
    pub fn bare(&self) -> &Self {
        match self {
            Self::InFile { error, .. } => error.bare(),
            other => other,
        }
    }

    /// Says in which file the configuration stands.
    pub(crate) fn in_file(self, path: Option<&Path>) -> Self {
        match (self, path) {
            (known @ Self::InFile { .. }, _) | (known, None) => known,
            (error, Some(path)) => Self::InFile {
                path: path.to_owned(),
                error: Box::new(error),
            },
        }
    }

    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject { .. } => "config_not_an_object",
            Self::Missing { .. } => "config_missing",
            Self::Invalid { .. } => "config_invalid",
            Self::UnknownType { .. } => "client_type_unknown",
            Self::UnsupportedType { .. } => "client_type_unsupported",
            Self::SecretUnavailable { .. } => "secret_unavailable",
            Self::InFile { error, .. } => error.code(),
        }
    }

    pub(crate) fn invalid(key: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid {
            key: key.into(),
            why: why.into(),
        }
    }
}
