//! What can go wrong with palantir-oauth-client's cache.

use std::path::PathBuf;

use keyfob_store::StoreError;

/// Says which file, section and key; never what a secret key holds.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FoundryError {
    /// What was given is no host.
    #[error("not a Foundry host: {why}")]
    Host {
        /// Why not.
        why: &'static str,
    },
    /// A key of the file holds something that must not be used.
    #[error("{}: {key} of section [{section}] is not usable: {why}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The section, a host or `DEFAULT`.
        section: String,
        /// The key.
        key: &'static str,
        /// Why it is not used.
        why: &'static str,
    },
    /// The section keeps the login of another client.
    #[error("{}: section [{section}] keeps the login of client {stored:?}, not of {asked:?}", path.display())]
    AnotherClient {
        /// The file.
        path: PathBuf,
        /// The section.
        section: String,
        /// The client that it belongs to; empty when it does not say.
        stored: String,
        /// The client that was asked for.
        asked: String,
    },
    /// The login was made for fewer scopes than are asked for.
    #[error("{}: the login of section [{section}] does not cover {missing}", path.display())]
    ScopesMissing {
        /// The file.
        path: PathBuf,
        /// The section.
        section: String,
        /// The scopes that it lacks, separated by spaces.
        missing: String,
    },
    /// A value cannot be written in this format.
    #[error("{key} cannot be written into a Foundry cache: {why}")]
    Unwritable {
        /// The key.
        key: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FoundryError {
    /// Returns the stable code of this failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Host { .. } => "foundry_host_invalid",
            Self::Invalid { .. } => "foundry_cache_invalid",
            Self::AnotherClient { .. } => "foundry_another_client",
            Self::ScopesMissing { .. } => "foundry_scopes_missing",
            Self::Unwritable { .. } => "foundry_value_unwritable",
            Self::Store(error) => error.code(),
        }
    }

    /// Says what a person can do about it, in words that follow a colon.
    pub fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::Host { .. } => "give the host as in https://HOST/workspace".to_owned(),
            Self::Invalid { path, section, .. } => {
                format!("mend or remove section [{section}] of {}", path.display())
            }
            Self::AnotherClient { path, section, .. } => {
                format!(
                    "use the stored client, or remove section [{section}] of {}",
                    path.display()
                )
            }
            Self::ScopesMissing { .. } => "log in again with these scopes".to_owned(),
            Self::Unwritable { .. } => return None,
            Self::Store(error) => return error.remedy(),
        })
    }
}

/// What a store may say of it.
impl From<FoundryError> for StoreError {
    fn from(error: FoundryError) -> Self {
        match error {
            FoundryError::Store(error) => error,
            FoundryError::Invalid {
                path,
                section,
                key,
                why,
            } => Self::Corrupt {
                path,
                why: format!("{key} of section [{section}] is not usable: {why}"),
            },
            error => Self::Backend {
                what: error.to_string(),
                source: Some(std::sync::Arc::new(error)),
            },
        }
    }
}
