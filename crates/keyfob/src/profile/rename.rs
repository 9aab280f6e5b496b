//! Renaming a profile, and with it the choice of the current one.

use keyfob_store::{Document, ProfileName, StoreError};

use crate::Error;
use crate::profile::Profiles;

/// The member of the settings that names the current profile as it was called before, while it is being renamed.
pub(super) const FORMER: &str = "profile_before_rename";

impl Profiles {
    /// Gives a profile another name, with its credential, and stays with it if it is the current one.
    ///
    /// Whoever asks meanwhile finds the profile under one of its two names, and the current profile under the right one. A
    /// crash at any point leaves it so.
    ///
    /// # Errors
    /// [`Error::NoSuchProfile`], [`Error::ProfileExists`], or a folder that is locked or cannot be written.
    pub fn rename(&self, from: &ProfileName, to: &ProfileName) -> Result<(), Error> {
        self.refuse_builtin(to)?;
        let missing = || Error::NoSuchProfile {
            name: from.to_string(),
        };
        if self.files().load_config(from)?.is_none() {
            return Err(missing());
        }
        if self.files().load_config(to)?.is_some() {
            return Err(exists(to));
        }
        let is_current = self.current()?.as_ref() == Some(from);
        if is_current {
            self.announce(from, to)?;
        }
        let renamed = self.files().rename_profile(from, to);
        let now = if matches!(renamed, Ok(true)) {
            to
        } else {
            from
        };
        if is_current {
            self.set_current(Some(now))?;
        }
        match renamed {
            Ok(true) => Ok(()),
            Ok(false) => Err(missing()),
            Err(StoreError::Conflict) => Err(exists(to)),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes both names down, so that the settings are right before and after the folder is renamed.
    fn announce(&self, from: &ProfileName, to: &ProfileName) -> Result<(), Error> {
        let key = self.current_key();
        self.change_settings(|settings| {
            settings.set(&key, to.as_str());
            settings.set(FORMER, from.as_str());
        })
    }

    /// As [`Profiles::settled`], of a name that may be none.
    pub(crate) fn found_as(&self, name: &str, settings: &Document) -> String {
        let parsed = ProfileName::new(name).map_err(Error::from);
        match parsed.and_then(|name| self.settled(name, settings)) {
            Ok(settled) => settled.to_string(),
            Err(_) => name.to_owned(),
        }
    }

    /// The name under which the current profile is found: the former one, if a renaming has not got that far.
    pub(super) fn settled(
        &self,
        name: ProfileName,
        settings: &Document,
    ) -> Result<ProfileName, Error> {
        let Some(former) = settings.text(FORMER) else {
            return Ok(name);
        };
        let former: ProfileName = former.parse()?;
        let is_there = |name| self.files().config_path(name).symlink_metadata().is_ok();
        // The former name is looked at first: what is not there any more has got its new name.
        Ok(if is_there(&former) && !is_there(&name) {
            former
        } else {
            name
        })
    }
}

fn exists(name: &ProfileName) -> Error {
    Error::ProfileExists {
        name: name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientConfig;

    fn name(name: &str) -> ProfileName {
        name.parse().unwrap()
    }

    fn profiles() -> (tempfile::TempDir, Profiles) {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::open(folder.path().join("home"));
        let config = ClientConfig::from_json(br#"{"client_type": "none"}"#).unwrap();
        profiles.add(&name("work"), &config).unwrap();
        profiles.switch(&name("work")).unwrap();
        (folder, profiles)
    }

    #[test]
    fn the_current_profile_stays_current_under_its_new_name() {
        let (_folder, profiles) = profiles();
        profiles.rename(&name("work"), &name("office")).unwrap();
        assert_eq!(profiles.current().unwrap(), Some(name("office")));
        assert_eq!(profiles.list().unwrap(), [name("office")]);
        let settings = profiles.files().load_settings().unwrap().unwrap();
        assert_eq!(settings.document.text(FORMER), None);
    }

    #[test]
    fn a_crash_on_either_side_of_the_step_leaves_a_current_profile_that_is_there() {
        let (_folder, profiles) = profiles();
        profiles.announce(&name("work"), &name("office")).unwrap();
        assert_eq!(profiles.current().unwrap(), Some(name("work")));
        profiles
            .files()
            .rename_profile(&name("work"), &name("office"))
            .unwrap();
        assert_eq!(profiles.current().unwrap(), Some(name("office")));
        // Typing the command again finds nothing to do under the old name; any later choice tidies up.
        assert_eq!(
            profiles
                .rename(&name("work"), &name("office"))
                .unwrap_err()
                .code(),
            "no_such_profile"
        );
        profiles.switch(&name("office")).unwrap();
        assert_eq!(profiles.current().unwrap(), Some(name("office")));
    }

    #[test]
    fn a_name_that_is_taken_is_refused_and_nothing_changes() {
        let (_folder, profiles) = profiles();
        let config = profiles.show(&name("work")).unwrap();
        profiles.add(&name("office"), &config).unwrap();
        let refused = profiles.rename(&name("work"), &name("office"));
        assert_eq!(refused.unwrap_err().code(), "profile_exists");
        assert_eq!(profiles.current().unwrap(), Some(name("work")));
    }
}
