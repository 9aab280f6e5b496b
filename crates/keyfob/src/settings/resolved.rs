//! The outcome: which profile, with which configuration, and where its credential lives.

use std::path::PathBuf;

use keyfob_store::{ProfileName, Store};
use keyfob_transport::{Clock, Transport};

use crate::Error;
use crate::client::{Client, ClientConfig, Environment};
use crate::session::{Session, SessionPolicy};
use crate::settings::{Explained, Setting};

/// What a profile is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A folder with a configuration.
    OnDisk,
    /// The preset brings it.
    BuiltIn,
    /// A client identifier with its secret, or an API key. Its configuration is never written.
    AdHoc,
}

/// Where a credential lives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keeps {
    /// In the profile's folder below this home.
    Folder(PathBuf),
    /// In this file.
    File(PathBuf),
    /// In the memory of this process.
    Memory,
}

/// A profile that was made out from all sources, ready to be opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Resolved {
    /// The profile's name for people, such as `work`, `planet-m2m-9f3c` or `_PL_API_KEY`.
    pub name: String,
    /// The name under which its credential is kept.
    pub key: ProfileName,
    /// The configuration with everything that was set on top of it.
    pub config: ClientConfig,
    /// What the profile is made of.
    pub origin: Origin,
    /// Where its credential lives.
    pub keeps: Keeps,
    /// Each setting that has a value, with its source.
    pub explained: Vec<Explained>,
    /// What a person should know, such as a variable that overrides a saved login.
    pub warnings: Vec<String>,
    pub(crate) environment: Environment,
    pub(crate) policy: SessionPolicy,
    pub(crate) store: Store,
}

impl Resolved {
    /// Explains one setting; `None` if nothing is known about it.
    pub fn explain(&self, setting: Setting) -> Option<&Explained> {
        self.explained.iter().find(|one| one.setting == setting)
    }

    /// Returns the store that holds the credential. What is kept in memory is shared by all clones of this value.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Puts the configuration to work.
    ///
    /// # Errors
    /// When the configuration is not usable.
    pub fn client(&self, transport: Transport, clock: Clock) -> Result<Client, Error> {
        let environment = self.environment.clone();
        Client::in_environment(self.config.clone(), transport, clock, environment)
    }

    /// Opens the session.
    ///
    /// # Errors
    /// When the configuration is not usable.
    pub fn open_session(&self, transport: Transport, clock: Clock) -> Result<Session, Error> {
        let client = self.client(transport, clock)?;
        let (store, key) = (self.store(), self.key.clone());
        Ok(Session::with_policy(
            client,
            store,
            key,
            self.policy.clone(),
        ))
    }
}
