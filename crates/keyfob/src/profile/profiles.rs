//! The profiles of a home folder: add, show, list, remove, and which one is current.

use std::path::{Path, PathBuf};

use keyfob_store::{Document, FileStore, ProfileName, Store, StoreError};
use keyfob_transport::{Clock, Transport};

use crate::Error;
use crate::client::{Client, ClientConfig, ClientTypes, Environment};
use crate::preset::Preset;
use crate::session::notes::Notes;
use crate::session::{Session, SessionPolicy};

/// The profiles below one home folder.
///
/// ```
/// use keyfob::{ClientConfig, Profiles};
///
/// # fn main() -> Result<(), keyfob::Error> {
/// # let folder = tempfile::tempdir().unwrap_or_else(|_| unreachable!());
/// # let home = folder.path().join("keyfob");
/// let profiles = Profiles::open(home);
/// let config = ClientConfig::from_json(
///     br#"{"client_type": "oidc_device_code", "auth_server": "https://login.example.com", "client_id": "demo"}"#,
/// )?;
/// let work = "work".parse()?;
/// profiles.add(&work, &config)?;
/// profiles.switch(&work)?;
/// assert_eq!(profiles.current()?, Some(work));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Profiles {
    files: FileStore,
    environment: Environment,
    policy: SessionPolicy,
    types: ClientTypes,
    pub(super) preset: Option<Preset>,
}

impl Profiles {
    /// Uses a home folder, which is created at the first write.
    pub fn open(home: impl Into<PathBuf>) -> Self {
        let files = FileStore::new(home);
        Self {
            files,
            environment: Environment::none(),
            policy: SessionPolicy::default(),
            types: ClientTypes::builtin(),
            preset: None,
        }
    }

    /// Uses the settings file of a preset, and knows the profiles that it brings.
    pub fn with_preset(self, preset: &Preset) -> Self {
        Self {
            preset: Some(preset.clone()),
            ..self
        }
    }

    /// Lets configurations refer to environment variables and commands.
    pub fn with_environment(self, environment: Environment) -> Self {
        Self {
            environment,
            ..self
        }
    }

    /// Lets configurations name client types of the application's own.
    pub fn with_client_types(self, types: ClientTypes) -> Self {
        Self { types, ..self }
    }

    /// Returns the client types that configurations may name.
    pub fn client_types(&self) -> &ClientTypes {
        &self.types
    }

    /// Sets the limits of the sessions that are opened.
    pub fn with_policy(self, policy: SessionPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Returns the home folder.
    pub fn home(&self) -> &Path {
        self.files.home()
    }

    /// Returns the files that lie there.
    pub fn files(&self) -> &FileStore {
        &self.files
    }

    /// Returns a store over the credentials that lie there.
    pub fn store(&self) -> Store {
        Store::new(self.files.clone())
    }

    /// Lists the profiles that have a configuration on disk, sorted.
    ///
    /// # Errors
    /// When the home folder cannot be read or is not safe to use.
    pub fn list(&self) -> Result<Vec<ProfileName>, Error> {
        Ok(self.files.profiles()?)
    }

    /// Returns the configuration of a profile, built in or on disk, secrets included; [`ClientConfig::redacted`] is for showing it.
    ///
    /// # Errors
    /// [`Error::NoSuchProfile`], or when the file cannot be read.
    pub fn show(&self, name: &ProfileName) -> Result<ClientConfig, Error> {
        if let Some(preset) = self.preset().filter(|preset| preset.is_builtin(name)) {
            return Ok(preset.profile(name)?);
        }
        let stored = self.files.load_config(name)?;
        let stored = stored.ok_or_else(|| Error::NoSuchProfile {
            name: name.to_string(),
        })?;
        let config = ClientConfig::new(stored.document.into_map());
        Ok(config.from_file(self.files.config_path(name)))
    }

    /// Adds a profile.
    ///
    /// # Errors
    /// [`Error::ProfileExists`], a configuration that is not usable, or a folder that cannot be written.
    pub fn add(&self, name: &ProfileName, config: &ClientConfig) -> Result<(), Error> {
        self.refuse_builtin(name)?;
        self.types.check(config)?;
        if self.files.load_config(name)?.is_some() {
            return Err(Error::ProfileExists {
                name: name.to_string(),
            });
        }
        match self.files.write_config(name, None, &document(config)) {
            Ok(_) => Ok(()),
            Err(StoreError::Conflict) => Err(Error::ProfileExists {
                name: name.to_string(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds a profile, or replaces the configuration of the one that is there. Its credential stays.
    ///
    /// # Errors
    /// A configuration that is not usable, or a folder that cannot be written.
    pub fn put(&self, name: &ProfileName, config: &ClientConfig) -> Result<(), Error> {
        self.refuse_builtin(name)?;
        self.types.check(config)?;
        let revision = match self.files.load_config(name) {
            Ok(Some(stored)) => {
                let former = ClientConfig::new(stored.document.into_map());
                self.sign_login(name, &former, config)?;
                Some(stored.revision)
            }
            Ok(None) => None,
            Err(error) if error.is_replaceable() => None,
            Err(error) => return Err(error.into()),
        };
        self.files
            .write_config(name, revision.as_ref(), &document(config))?;
        Ok(())
    }

    /// Removes a profile with its credential, which is not revoked; tells whether there was one.
    ///
    /// # Errors
    /// When the folder cannot be written or is locked.
    pub fn remove(&self, name: &ProfileName) -> Result<bool, Error> {
        if self
            .files
            .load_config(name)
            .is_ok_and(|found| found.is_none())
        {
            self.refuse_builtin(name)?;
        }
        let removed = self.files.remove_profile(name)?;
        if removed && self.current()?.as_ref() == Some(name) {
            self.set_current(None)?;
        }
        Ok(removed)
    }

    /// Opens the session of a profile.
    ///
    /// # Errors
    /// [`Error::NoSuchProfile`], or a configuration that is not usable.
    pub fn open_session(
        &self,
        name: &ProfileName,
        transport: Transport,
        clock: Clock,
    ) -> Result<Session, Error> {
        let client = self.client(name, transport, clock)?;
        let store = crate::foundry::shared(client.config(), self.store())?;
        let key = self.dealias(name);
        Ok(Session::with_policy(
            client,
            store,
            key,
            self.policy.clone(),
        ))
    }

    /// Puts on top of a configuration what was chosen at the login whose credential is stored.
    pub(crate) fn remembering(
        &self,
        name: &ProfileName,
        config: ClientConfig,
    ) -> Result<ClientConfig, Error> {
        // A credential that cannot be read is for the session to complain about.
        let stored = match self.files.load_now(&self.dealias(name)) {
            Ok(stored) => stored,
            Err(error) if error.is_replaceable() => None,
            Err(error) => return Err(error.into()),
        };
        let requested = stored.map(|stored| Notes::of(&stored.document).requested);
        Ok(config.with_requested(&requested.unwrap_or_default()))
    }

    pub(crate) fn policy(&self) -> &SessionPolicy {
        &self.policy
    }

    /// Puts the configuration of a profile to work.
    ///
    /// # Errors
    /// As [`Profiles::open_session`].
    pub fn client(
        &self,
        name: &ProfileName,
        transport: Transport,
        clock: Clock,
    ) -> Result<Client, Error> {
        let config = self.remembering(name, self.show(name)?)?;
        let environment = self.environment.clone();
        Client::with_types(config, transport, clock, environment, &self.types)
    }
}

fn document(config: &ClientConfig) -> Document {
    Document::from(config.completed().values().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn profiles() -> (TempDir, Profiles) {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::open(folder.path().join("home"));
        (folder, profiles)
    }

    fn config() -> ClientConfig {
        ClientConfig::from_json(
            br#"{"client_type":"oidc_device_code","auth_server":"https://as.example","client_id":"c","_comment":"kept"}"#,
        )
        .unwrap()
    }

    fn name(name: &str) -> ProfileName {
        name.parse().unwrap()
    }

    #[test]
    fn what_is_added_is_listed_and_shown_with_unknown_keys() {
        let (_folder, profiles) = profiles();
        assert!(profiles.list().unwrap().is_empty());
        profiles.add(&name("work"), &config()).unwrap();
        assert_eq!(profiles.list().unwrap(), [name("work")]);
        assert_eq!(
            profiles.show(&name("work")).unwrap().values()["_comment"],
            "kept"
        );
    }

    #[test]
    fn adding_refuses_what_exists_and_putting_replaces_it() {
        let (_folder, profiles) = profiles();
        profiles.add(&name("work"), &config()).unwrap();
        assert_eq!(
            profiles.add(&name("work"), &config()).unwrap_err().code(),
            "profile_exists"
        );
        profiles
            .put(&name("work"), &config().with("client_id", "d"))
            .unwrap();
        assert_eq!(
            profiles.show(&name("work")).unwrap().client_id().unwrap(),
            "d"
        );
    }

    #[test]
    fn refuses_a_configuration_that_cannot_work() {
        let (_folder, profiles) = profiles();
        let error = profiles
            .add(&name("work"), &config().with("client_id", ""))
            .unwrap_err();
        assert_eq!(error.code(), "config_missing");
        assert!(profiles.list().unwrap().is_empty());
    }

    #[test]
    fn the_current_profile_is_remembered_and_forgotten_with_the_profile() {
        let (_folder, profiles) = profiles();
        assert_eq!(
            profiles.switch(&name("work")).unwrap_err().code(),
            "no_such_profile"
        );
        profiles.add(&name("work"), &config()).unwrap();
        profiles.switch(&name("work")).unwrap();
        assert_eq!(profiles.current().unwrap(), Some(name("work")));
        assert!(profiles.remove(&name("work")).unwrap());
        assert_eq!(profiles.current().unwrap(), None);
        assert!(!profiles.remove(&name("work")).unwrap());
    }
}
