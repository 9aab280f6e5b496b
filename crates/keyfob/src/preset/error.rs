//! What can be wrong with a preset, or with what is asked of one.

/// A preset that cannot be used, or that cannot give what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PresetError {
    /// No preset of this name ships with keyfob.
    #[error("there is no preset {name}; there are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The presets that ship.
        known: String,
    },
    /// The text is not JSON within the limits.
    #[error("the preset is not readable: {why}")]
    NotReadable {
        /// Why.
        why: String,
    },
    /// A member is missing, unknown, or holds what it cannot hold.
    #[error("{at} in the preset is not usable: {why}")]
    Malformed {
        /// The member, such as `profiles.work.client_type`.
        at: String,
        /// Why.
        why: String,
    },
    /// The preset brings no profile of this name or alias.
    #[error("the preset {preset} brings no profile {name}")]
    NoSuchProfile {
        /// The preset.
        preset: String,
        /// The name or alias.
        name: String,
    },
    /// The name or alias belongs to a profile that the preset brings.
    #[error(
        "{name} comes with the preset {preset}; a profile of this name cannot be added, replaced or removed"
    )]
    BuiltIn {
        /// The preset.
        preset: String,
        /// The name or alias.
        name: String,
    },
    /// There is no trust environment of this name.
    #[error("there is no trust environment {name:?}; there are {known}")]
    NoSuchEnvironment {
        /// The name, capped.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// The trust environment has no servers of its own.
    #[error("the trust environment {name} has no servers of its own; give those to trust")]
    ServersNeeded {
        /// The name.
        name: String,
    },
    /// The preset makes no configurations.
    #[error("the preset {preset} makes no profiles from parameters")]
    NoTemplate {
        /// The preset.
        preset: String,
    },
    /// A parameter of the preset's template is missing or not usable.
    #[error("{parameter}: {why}")]
    Parameter {
        /// The parameter.
        parameter: String,
        /// Why.
        why: String,
    },
}

impl PresetError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "preset_unknown",
            Self::NotReadable { .. } => "preset_not_readable",
            Self::Malformed { .. } => "preset_malformed",
            Self::NoSuchProfile { .. } => "no_such_profile",
            Self::BuiltIn { .. } => "profile_is_builtin",
            Self::NoSuchEnvironment { .. } => "trust_environment_unknown",
            Self::ServersNeeded { .. } => "trust_environment_needs_servers",
            Self::NoTemplate { .. } => "preset_without_template",
            Self::Parameter { .. } => "preset_parameter",
        }
    }

    pub(crate) fn malformed(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Malformed {
            at: at.into(),
            why: why.into(),
        }
    }

    pub(crate) fn parameter(parameter: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Parameter {
            parameter: parameter.into(),
            why: why.into(),
        }
    }
}
