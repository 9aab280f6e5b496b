//! Where a value came from: the one order of precedence.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from. Earlier variants win over later ones, for every setting and every command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Source {
    /// The command line, or the program's own call.
    Flag,
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// The settings file.
    SettingsFile {
        /// The file.
        path: PathBuf,
        /// The member of it.
        key: String,
    },
    /// What was chosen at the login whose credential is stored.
    Login,
    /// The profile's own configuration.
    Profile,
    /// The preset.
    Preset {
        /// Its name.
        name: String,
    },
    /// It is the only profile there is.
    OnlyOne,
}

impl Source {
    /// How many kinds of sources can choose a profile: command line, environment, settings file.
    pub(super) const LEVELS_OF_CHOICE: usize = 3;

    /// How strong it is; the strongest is 0.
    pub(super) fn level(&self) -> usize {
        match self {
            Self::Flag => 0,
            Self::Environment { .. } => 1,
            Self::SettingsFile { .. } => 2,
            Self::Login => 3,
            Self::Profile => 4,
            Self::Preset { .. } => 5,
            Self::OnlyOne => 6,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("the command line"),
            Self::Environment { variable } => write!(f, "the environment variable {variable}"),
            Self::SettingsFile { path, key } => write!(f, "{key} in {}", path.display()),
            Self::Login => f.write_str("the choice made at the login"),
            Self::Profile => f.write_str("the profile"),
            Self::Preset { name } => write!(f, "the preset {name}"),
            Self::OnlyOne => f.write_str("the only profile there is"),
        }
    }
}
