//! One error for everything that keyfob does: what failed, who has to act, and what to do next.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use keyfob_jose::JoseError;
use keyfob_protocol::{Advice, Blame, ProtocolError};
use keyfob_store::{InvalidCredential, StoreError};
use keyfob_transport::{DocumentError, TransportError};
use keyfob_verify::ClaimMismatch;

use crate::client::ConfigError;
use crate::preset::PresetError;
use crate::settings::SettingsError;

/// What can go wrong between wanting a token and having one.
///
/// Cheap to clone, so that all callers that wait for one refresh get the same answer. No variant
/// holds a secret, a token or the body of a response.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The preset cannot be used, or cannot give what was asked for.
    #[error(transparent)]
    Preset(#[from] PresetError),
    /// The settings do not make out a profile.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A key or token could not be read or made.
    #[error(transparent)]
    Jose(#[from] JoseError),
    /// The provider refused, or answered with something that is no answer.
    #[error(transparent)]
    Protocol(Arc<ProtocolError>),
    /// No answer came.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The provider's metadata or keys could not be had.
    #[error(transparent)]
    Document(Arc<DocumentError>),
    /// The credential could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored is not a credential.
    #[error(transparent)]
    Credential(#[from] InvalidCredential),
    /// palantir-oauth-client's cache cannot be used.
    #[error(transparent)]
    Foundry(#[from] crate::foundry::FoundryError),
    /// Nobody can get a token without a person.
    #[error(transparent)]
    LoginNeeded(#[from] LoginNeeded),
    /// An interactive login failed.
    #[cfg(feature = "login")]
    #[error(transparent)]
    Login(#[from] crate::login::LoginError),
    /// Another process kept the credential's lock for too long.
    #[error(
        "waited {} s for {} to finish with the profile",
        waited.as_secs(), holder.as_deref().unwrap_or("another process")
    )]
    StoreLocked {
        /// Process id and command name of the holder, when known.
        holder: Option<String>,
        /// How long was waited.
        waited: Duration,
    },
    /// A refresh brought an ID token that must not be trusted, so nothing of the answer was used or stored.
    #[error(
        "the refresh was answered with an ID token that is not acceptable ({0}); its answer was discarded"
    )]
    RefreshRefused(Arc<ProtocolError>),
    /// An attempt failed a moment ago in another process, and the next one is not due yet.
    #[error("the last attempt to get a token failed ({code}); the next one is due in {} s", left.as_secs() + 1)]
    Paused {
        /// The code of the failure.
        code: String,
        /// How long until the next attempt.
        left: Duration,
    },
    /// New tokens could not be written; they live in memory, and the write is tried again at the next use.
    #[error("the new login could not be stored and lives in memory only")]
    NotSaved,
    /// Getting a token took longer than the caller wanted to wait; the attempt goes on.
    #[error("no token within {} s", limit.as_secs())]
    WaitedTooLong {
        /// The limit that passed.
        limit: Duration,
    },
    /// A resource server refused a token again right after it had been replaced.
    #[error(
        "the resource server refuses fresh tokens too; \
         wrong audience, missing permission, revoked client, or a clock that is off"
    )]
    RejectedAgain,
    /// The token does not claim what the session's policy requires. It is kept, and looked at again by the next call.
    #[error(transparent)]
    RequiredClaims(#[from] ClaimMismatch),
    /// The task that was to bring the token ended before it could, for example because the runtime shut down.
    #[error("the refresh was interrupted before it ended")]
    Cancelled,
    /// The provider sent a token that no HTTP header can carry.
    #[error("the access token holds characters that no http header may carry")]
    TokenNotSendable,
    /// The provider answered with a token that is expired already.
    #[error("the provider issued a token that is expired already")]
    BornExpired,
    /// The operation needs an async runtime (tokio) or a thread, and there is none.
    #[error("no runtime to work on: {0}")]
    NoRuntime(String),
    /// The named profile does not exist.
    #[error("there is no profile {name}")]
    NoSuchProfile {
        /// The name.
        name: String,
    },
    /// No profile was named, and none is chosen as the current one.
    #[error("no profile is chosen")]
    NoProfile,
    /// The named profile exists already.
    #[error("the profile {name} exists already")]
    ProfileExists {
        /// The name.
        name: String,
    },
}

/// Why a person has to log in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginNeeded {
    /// There is no credential.
    #[error("not logged in")]
    NoCredential,
    /// The access token is no longer good and there is no refresh token.
    #[error(
        "the login has expired and cannot be renewed, because the provider gave no refresh token"
    )]
    NotRenewable,
    /// The provider refused the refresh token.
    #[error("the login has ended: the provider no longer accepts its refresh token")]
    Ended,
    /// The provider replaced the refresh token, and its reply never arrived.
    #[error(
        "the login was lost in a rotation: the provider replaced the refresh token, \
         and the reply with the new one never arrived"
    )]
    LostInRotation {
        /// When the request was sent whose reply was lost.
        sent_at: SystemTime,
    },
    /// The stored credential belongs to another client, account, or set of scopes.
    #[error("the stored login was made with another configuration of this profile")]
    AnotherIdentity,
}

impl LoginNeeded {
    /// Returns the stable code of this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCredential => "login_needed",
            Self::NotRenewable => "login_expired",
            Self::Ended => "login_ended",
            Self::LostInRotation { .. } => "login_lost_in_rotation",
            Self::AnotherIdentity => "login_of_another_configuration",
        }
    }
}

impl Error {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Preset(error) => error.code(),
            Self::Settings(error) => error.code(),
            Self::Jose(error) => error.code(),
            Self::Protocol(error) => error.code(),
            Self::Transport(error) => error.code(),
            Self::Document(error) => error.code(),
            Self::Store(error) => store_code(error),
            Self::Credential(error) => error.code(),
            Self::Foundry(crate::foundry::FoundryError::Store(error)) => store_code(error),
            Self::Foundry(error) => error.code(),
            Self::LoginNeeded(reason) => reason.code(),
            #[cfg(feature = "login")]
            Self::Login(error) => error.code(),
            Self::StoreLocked { .. } => "store_locked",
            Self::RefreshRefused(_) => "refresh_refused",
            Self::Paused { .. } => "paused_after_failure",
            Self::NotSaved => "not_saved",
            Self::WaitedTooLong { .. } => "waited_too_long",
            Self::RejectedAgain => "token_rejected_again",
            Self::RequiredClaims(mismatch) => mismatch.code(),
            Self::Cancelled => "interrupted",
            Self::TokenNotSendable => "token_not_sendable",
            Self::BornExpired => "token_born_expired",
            Self::NoRuntime(_) => "no_runtime",
            Self::NoSuchProfile { .. } => "no_such_profile",
            Self::NoProfile => "no_profile",
            Self::ProfileExists { .. } => "profile_exists",
        }
    }

    /// Returns who has to act.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Protocol(error) => error.blame(),
            Self::Transport(error) => error.blame(),
            Self::Document(error) => error.blame(),
            Self::Store(_)
            | Self::Credential(_)
            | Self::Foundry(_)
            | Self::LoginNeeded(_)
            | Self::NotSaved
            | Self::StoreLocked { .. } => Blame::User,
            #[cfg(feature = "login")]
            Self::Login(error) => error.blame(),
            Self::RefreshRefused(_)
            | Self::RequiredClaims(_)
            | Self::TokenNotSendable
            | Self::BornExpired
            | Self::Paused { .. } => Blame::Provider,
            Self::WaitedTooLong { .. } => Blame::Network,
            Self::Settings(_)
            | Self::NoSuchProfile { .. }
            | Self::NoProfile
            | Self::ProfileExists { .. } => Blame::User,
            Self::Config(_)
            | Self::Preset(_)
            | Self::Jose(_)
            | Self::RejectedAgain
            | Self::Cancelled
            | Self::NoRuntime(_) => Blame::Caller,
        }
    }

    /// Returns what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Protocol(error) => error.advice(),
            Self::Transport(error) => error.advice(),
            Self::Document(error) => error.advice(),
            Self::Store(error) if error.is_replaceable() => Advice::LoginAgain,
            Self::Credential(_) | Self::LoginNeeded(_) | Self::RefreshRefused(_) => {
                Advice::LoginAgain
            }
            #[cfg(feature = "login")]
            Self::Login(error) => error.advice(),
            Self::Paused { left, .. } => Advice::RetryAfter(Some(*left)),
            Self::StoreLocked { .. } | Self::WaitedTooLong { .. } | Self::Cancelled => {
                Advice::RetryAfter(None)
            }
            Self::BornExpired | Self::TokenNotSendable => Advice::Never,
            _ => Advice::FixConfiguration,
        }
    }

    /// Tells whether nothing but a login by a person helps.
    pub fn is_login_needed(&self) -> bool {
        matches!(self, Self::LoginNeeded(_))
    }

    /// Tells whether the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self.advice(), Advice::RetryAfter(_))
    }

    /// Returns the OAuth error code that the provider answered with.
    pub fn oauth_error(&self) -> Option<&str> {
        match self {
            Self::Protocol(error) | Self::RefreshRefused(error) => error.oauth_error(),
            #[cfg(feature = "login")]
            Self::Login(error) => error.oauth_error(),
            _ => None,
        }
    }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(Arc::new(error))
    }
}

impl From<DocumentError> for Error {
    fn from(error: DocumentError) -> Self {
        Self::Document(Arc::new(error))
    }
}

/// A store's own codes are short; beside those of other layers they say where they come from.
fn store_code(error: &StoreError) -> &'static str {
    match error {
        StoreError::Locked { .. } => "store_locked",
        StoreError::Unwritable { .. } => "store_unwritable",
        StoreError::NoSpace { .. } => "store_no_space",
        StoreError::Corrupt { .. } => "store_corrupt",
        StoreError::Encrypted { .. } => "store_encrypted",
        StoreError::Unsafe { .. } => "store_unsafe",
        StoreError::Conflict => "store_conflict",
        StoreError::TooLarge { .. } => "store_too_large",
        StoreError::BadName { .. } => "profile_name_invalid",
        _ => "store_failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_for_a_login_has_its_own_code_and_is_recognised() {
        let all = [
            LoginNeeded::NoCredential,
            LoginNeeded::NotRenewable,
            LoginNeeded::Ended,
            LoginNeeded::LostInRotation {
                sent_at: SystemTime::UNIX_EPOCH,
            },
            LoginNeeded::AnotherIdentity,
        ];
        let codes: std::collections::BTreeSet<_> = all.iter().map(LoginNeeded::code).collect();
        assert_eq!(codes.len(), all.len());
        assert!(
            all.into_iter()
                .all(|reason| Error::from(reason).is_login_needed())
        );
    }

    #[test]
    fn a_lock_names_its_holder_and_may_be_tried_again() {
        let error = Error::StoreLocked {
            holder: Some("process 12".to_owned()),
            waited: Duration::from_secs(9),
        };
        assert_eq!(
            error.to_string(),
            "waited 9 s for process 12 to finish with the profile"
        );
        assert!(error.is_transient());
    }

    #[test]
    fn a_damaged_file_asks_for_a_login_and_a_full_disk_does_not() {
        let path = std::path::PathBuf::from("token.json");
        let damaged = Error::from(StoreError::Corrupt {
            path: path.clone(),
            why: "it is empty".to_owned(),
        });
        assert!(matches!(damaged.advice(), Advice::LoginAgain));
        let full = Error::from(StoreError::NoSpace { path });
        assert!(matches!(full.advice(), Advice::FixConfiguration));
        assert_eq!(full.code(), "store_no_space");
    }
}
