//! The profiles that a preset brings, beside those on disk.

use keyfob_store::ProfileName;

use crate::Error;
use crate::preset::{Preset, PresetError};
use crate::profile::Profiles;

impl Profiles {
    /// Returns the preset whose profiles and settings these are.
    pub fn preset(&self) -> Option<&Preset> {
        self.preset.as_ref()
    }

    /// Returns the names of the profiles that the preset brings, sorted, without hidden ones.
    pub fn builtin(&self) -> Vec<ProfileName> {
        self.preset()
            .map(|preset| preset.profiles(false))
            .unwrap_or_default()
    }

    /// Tells whether a name or alias means a profile that the preset brings.
    pub fn is_builtin(&self, name: &ProfileName) -> bool {
        self.preset().is_some_and(|preset| preset.is_builtin(name))
    }

    /// Follows the preset's aliases; a name that is none stays as it is.
    pub fn dealias(&self, name: &ProfileName) -> ProfileName {
        self.preset()
            .and_then(|preset| preset.dealias(name))
            .unwrap_or_else(|| name.clone())
    }

    /// Refuses to put a profile where nobody would ever find it.
    pub(super) fn refuse_builtin(&self, name: &ProfileName) -> Result<(), Error> {
        match self.preset() {
            Some(preset) if preset.is_builtin(name) => Err(PresetError::BuiltIn {
                preset: preset.name().to_owned(),
                name: name.to_string(),
            }
            .into()),
            _ => Ok(()),
        }
    }
}
