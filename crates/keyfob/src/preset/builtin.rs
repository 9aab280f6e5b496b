//! The profiles that a preset brings: names, aliases, defaults.

use std::collections::BTreeMap;

use keyfob_store::ProfileName;

use crate::client::{ClientConfig, ClientType};
use crate::preset::{Preset, PresetError};

/// The profiles of a preset. Names and aliases are checked when it is parsed: every chain of aliases ends at a profile.
#[derive(Clone, Default)]
pub(super) struct Builtins {
    pub(super) profiles: BTreeMap<ProfileName, ClientConfig>,
    pub(super) aliases: BTreeMap<ProfileName, ProfileName>,
    pub(super) default: Option<ProfileName>,
    pub(super) by_client_type: BTreeMap<&'static str, ProfileName>,
}

impl Builtins {
    /// Follows aliases to a profile; `None` if there is none, or the chain has no end.
    pub(super) fn dealias(&self, name: &ProfileName) -> Option<ProfileName> {
        let mut name = name;
        for _ in 0..=self.aliases.len() {
            if self.profiles.contains_key(name) {
                return Some(name.clone());
            }
            name = self.aliases.get(name)?;
        }
        None
    }
}

impl Preset {
    /// Returns the names of the profiles that the preset brings, sorted; hidden ones only if `hidden`.
    pub fn profiles(&self, hidden: bool) -> Vec<ProfileName> {
        let all = self.parts().builtins.profiles.iter();
        all.filter(|(_, config)| hidden || !is_hidden(config))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Returns the aliases with the profiles that they mean, sorted; those of hidden profiles only if `hidden`.
    pub fn aliases(&self, hidden: bool) -> Vec<(ProfileName, ProfileName)> {
        let shown = self.profiles(hidden);
        let aliases = self.parts().builtins.aliases.keys();
        aliases
            .filter_map(|alias| Some((alias.clone(), self.dealias(alias)?)))
            .filter(|(_, profile)| shown.contains(profile))
            .collect()
    }

    /// Tells whether the preset brings a profile of this name or alias. Such a name means that profile, whatever is on disk.
    pub fn is_builtin(&self, name: &ProfileName) -> bool {
        self.dealias(name).is_some()
    }

    /// Follows aliases to the name of a profile that the preset brings.
    pub fn dealias(&self, name: &ProfileName) -> Option<ProfileName> {
        self.parts().builtins.dealias(name)
    }

    /// Returns the configuration of a profile that the preset brings; it may be a skeleton that lacks an id or a secret.
    ///
    /// # Errors
    /// [`PresetError::NoSuchProfile`].
    pub fn profile(&self, name: &ProfileName) -> Result<ClientConfig, PresetError> {
        self.dealias(name)
            .and_then(|name| self.parts().builtins.profiles.get(&name).cloned())
            .ok_or_else(|| PresetError::NoSuchProfile {
                preset: self.name().to_owned(),
                name: name.to_string(),
            })
    }

    /// Returns the profile that is used where nothing else is said.
    pub fn default_profile(&self) -> Option<ProfileName> {
        self.parts().builtins.default.clone()
    }

    /// Returns the profile for a client type, else the default one.
    pub fn default_profile_for(&self, client_type: ClientType) -> Option<ProfileName> {
        let builtins = &self.parts().builtins;
        let found = builtins.by_client_type.get(client_type.as_str()).cloned();
        found.or_else(|| self.default_profile())
    }
}

fn is_hidden(config: &ClientConfig) -> bool {
    config.values().get("_hidden") == Some(&serde_json::Value::Bool(true))
}
