//! What can be wrong with the choice of a profile.

use crate::settings::{Setting, Source};

/// Settings from which no profile can be made out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The profile that a source names does not exist.
    #[error("there is no profile {name}, which {by} names")]
    NoSuchProfile {
        /// The name.
        name: String,
        /// Who names it.
        by: Source,
    },
    /// What a source names cannot be a profile's name. It is not repeated: it may be a secret in the wrong place.
    #[error("{by} names a profile that cannot exist: {why}")]
    BadName {
        /// Who names it.
        by: Source,
        /// Which rule it breaks.
        why: String,
    },
    /// Of a client identifier and its secret, one is missing.
    #[error("{by} gives a {given}, but no {missing} goes with it")]
    HalfAPair {
        /// Which of the two is there.
        given: Setting,
        /// Which is not.
        missing: Setting,
        /// Who gives it.
        by: Source,
    },
    /// A client identifier and a secret were given, and nothing tells for which server.
    #[error("{by} gives a client_id and a secret, but the preset {preset} has no server for them")]
    NoServer {
        /// Who gives them.
        by: Source,
        /// The preset.
        preset: String,
    },
    /// A value cannot be used.
    #[error("{by} gives a {setting} that is not usable: {why}")]
    Invalid {
        /// Which setting.
        setting: Setting,
        /// Who gives it.
        by: Source,
        /// Why not; never the value of a secret.
        why: String,
    },
}

impl SettingsError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchProfile { .. } => "no_such_profile",
            Self::BadName { .. } => "bad_name",
            Self::HalfAPair { .. } => "settings_incomplete",
            Self::NoServer { .. } => "settings_without_server",
            Self::Invalid { .. } => "setting_invalid",
        }
    }
}
