//! The settings file that names the current profile: keyfob's own, or that of the preset's programs.

use std::path::PathBuf;

use keyfob_store::{Document, ProfileName, Revision, SingleFile, StoreError, Stored};

use serde_json::Value;

use crate::Error;
use crate::profile::Profiles;
use crate::profile::rename::FORMER;
use crate::settings::Setting;

/// The member of `<home>/keyfob.json` that names the current profile.
const CURRENT: &str = "profile";

impl Profiles {
    /// Returns where the settings lie.
    pub fn settings_path(&self) -> PathBuf {
        match self.preset() {
            Some(preset) => preset.settings_path(self.home()),
            None => self.files().settings_path(),
        }
    }

    /// Reads the settings; members that keyfob does not know are there too.
    ///
    /// # Errors
    /// When the file is there and cannot be read, or is not safe to use.
    pub fn settings(&self) -> Result<Option<Stored>, Error> {
        Ok(match self.foreign_settings()? {
            Some(file) => file.load_now()?,
            None => self.files().load_settings()?,
        })
    }

    /// Returns the profile that is used when none is named.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn current(&self) -> Result<Option<ProfileName>, Error> {
        let Some(stored) = self.settings()? else {
            return Ok(None);
        };
        let key = self.current_key();
        let name = match stored.document.get(&key) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(name)) if name.is_empty() => return Ok(None),
            Some(Value::String(name)) => {
                name.parse().map_err(|error: StoreError| error.to_string())
            }
            Some(_) => Err("it is not a string".to_owned()),
        };
        let name = name.map_err(|why| StoreError::Corrupt {
            path: self.settings_path(),
            why: format!("{key}: {why}"),
        })?;
        let name = self.settled(name, &stored.document)?;
        Ok(Some(self.dealias(&name)))
    }

    /// Makes a profile the one that is used when none is named. Of an alias, the profile's own name is written.
    ///
    /// # Errors
    /// [`Error::NoSuchProfile`], or when the settings cannot be written.
    pub fn switch(&self, name: &ProfileName) -> Result<(), Error> {
        let name = self.dealias(name);
        if !self.is_builtin(&name) && self.files().load_config(&name)?.is_none() {
            return Err(Error::NoSuchProfile {
                name: name.to_string(),
            });
        }
        self.set_current(Some(&name))
    }

    pub(super) fn set_current(&self, name: Option<&ProfileName>) -> Result<(), Error> {
        let key = self.current_key();
        self.change_settings(|settings| {
            match name {
                Some(name) => settings.set(&key, name.as_str()),
                None => drop(settings.unset(&key)),
            }
            settings.unset(FORMER);
        })
    }

    /// Changes the settings and keeps every other member.
    pub(super) fn change_settings(&self, change: impl FnOnce(&mut Document)) -> Result<(), Error> {
        let stored = self.settings()?;
        let revision = stored.as_ref().map(|stored| stored.revision.clone());
        let mut settings = stored.map(|stored| stored.document).unwrap_or_default();
        change(&mut settings);
        self.write_settings(revision.as_ref(), &settings)?;
        Ok(())
    }

    /// The member that names the current profile.
    pub(super) fn current_key(&self) -> String {
        let key = self
            .preset()
            .and_then(|preset| preset.settings_key(Setting::Profile));
        key.unwrap_or_else(|| CURRENT.to_owned())
    }

    fn write_settings(
        &self,
        expected: Option<&Revision>,
        settings: &Document,
    ) -> Result<Revision, StoreError> {
        match self.foreign_settings()? {
            Some(file) => file.write_now(expected, settings),
            None => self.files().write_settings(expected, settings),
        }
    }

    /// The settings file, unless it is keyfob's own.
    fn foreign_settings(&self) -> Result<Option<SingleFile>, StoreError> {
        let path = self.settings_path();
        if path == self.files().settings_path() {
            return Ok(None);
        }
        SingleFile::new(path).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientConfig;
    use crate::preset::Preset;

    fn planet() -> (tempfile::TempDir, Profiles) {
        let user_home = tempfile::tempdir().unwrap();
        let preset = Preset::builtin("planet").unwrap();
        let home = preset.home(user_home.path()).unwrap();
        let profiles = Profiles::open(home).with_preset(&preset);
        (user_home, profiles)
    }

    fn name(name: &str) -> ProfileName {
        name.parse().unwrap()
    }

    #[test]
    fn switching_writes_planets_own_settings_and_keeps_other_members() {
        let (home, profiles) = planet();
        let path = home.path().join(".planet.json");
        std::fs::write(&path, r#"{"key": "legacy", "nested": {"a": null}}"#).unwrap();
        profiles.switch(&name("Planet-M2M")).unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            written,
            "{\n  \"PL_AUTH_PROFILE\": \"planet-m2m\",\n  \"key\": \"legacy\",\n  \"nested\": {\n    \"a\": null\n  }\n}"
        );
        assert_eq!(profiles.current().unwrap(), Some(name("planet-m2m")));
        let unknown = profiles.switch(&name("nowhere")).unwrap_err();
        assert_eq!(unknown.code(), "no_such_profile");
    }

    // covers: planet-90, W50
    #[test]
    fn a_profile_that_the_preset_brings_cannot_be_added_or_replaced_on_disk() {
        let (_home, profiles) = planet();
        let config = ClientConfig::from_json(br#"{"client_type": "none"}"#).unwrap();
        for refused in [
            profiles.add(&name("legacy"), &config),
            profiles.put(&name("legacy"), &config),
            profiles.remove(&name("legacy")).map(drop),
        ] {
            assert_eq!(refused.unwrap_err().code(), "profile_is_builtin");
        }
        profiles.add(&name("mine"), &config).unwrap();
        let refused = profiles.rename(&name("mine"), &name("none"));
        assert_eq!(refused.unwrap_err().code(), "profile_is_builtin");
        assert_eq!(profiles.list().unwrap(), [name("mine")]);
    }

    #[test]
    fn a_damaged_settings_file_is_named_and_left_as_it_is() {
        let (home, profiles) = planet();
        let path = home.path().join(".planet.json");
        std::fs::write(&path, "{\"PL_AUTH_PROFILE\": ").unwrap();
        for refused in [profiles.current().map(drop), profiles.switch(&name("none"))] {
            assert!(refused.unwrap_err().to_string().contains(".planet.json"));
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"{\"PL_AUTH_PROFILE\": ");
    }
}
