//! Removing from the settings what could log somebody in, or chooses who.

use crate::Error;
use crate::profile::Profiles;
use crate::settings::Setting;

/// The choice of a profile, and what makes one by itself.
const CHOICES: [Setting; 4] = [
    Setting::Profile,
    Setting::ClientId,
    Setting::ClientSecret,
    Setting::ApiKey,
];

impl Profiles {
    /// Removes the current profile's name, and API keys and client secrets, from the settings; other members stay. Returns
    /// the members that were removed.
    ///
    /// # Errors
    /// When the settings cannot be read or written.
    pub fn forget_settings(&self) -> Result<Vec<String>, Error> {
        let Some(stored) = self.settings()? else {
            return Ok(Vec::new());
        };
        let mut keys = vec![self.current_key()];
        if let Some(preset) = self.preset() {
            let more = CHOICES.iter().flat_map(|one| preset.settings_keys(*one));
            keys.extend(more);
        }
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| stored.document.get(key).is_some());
        if !keys.is_empty() {
            self.change_settings(|settings| {
                for key in &keys {
                    settings.unset(key);
                }
            })?;
        }
        Ok(keys)
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::Preset;

    // covers: W45
    #[test]
    fn keys_and_choices_of_planets_settings_go_and_the_rest_stays() {
        let user_home = tempfile::tempdir().unwrap();
        let preset = Preset::builtin("planet").unwrap();
        let home = preset.home(user_home.path()).unwrap();
        let profiles = Profiles::open(home).with_preset(&preset);
        assert!(profiles.forget_settings().unwrap().is_empty());
        let path = profiles.settings_path();
        let text = r#"{"PL_API_KEY": "a", "PL_AUTH_CLIENT_SECRET": "b", "PL_AUTH_PROFILE": "c", "key": "d", "theirs": 1}"#;
        std::fs::write(&path, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, mode).unwrap();
        let gone = profiles.forget_settings().unwrap();
        assert_eq!(
            gone,
            [
                "PL_API_KEY",
                "PL_AUTH_CLIENT_SECRET",
                "PL_AUTH_PROFILE",
                "key"
            ]
        );
        let left = profiles.settings().unwrap().unwrap().document;
        assert_eq!(left.as_map().keys().collect::<Vec<_>>(), ["theirs"]);
    }
}
