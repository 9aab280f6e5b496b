//! The outcome: which profile, with which configuration, and where its credential lives.

use std::path::PathBuf;

use keyfob_store::{ProfileName, Store};
use keyfob_transport::{Clock, Transport};
use serde_json::{Map, Value};

use crate::Error;
use crate::client::{Client, ClientConfig, ClientTypes, Environment};
use crate::session::notes::Notes;
use crate::session::{Session, SessionPolicy};
use crate::settings::overlay::text_of;
use crate::settings::{Explained, Setting, Shadowed, Source};

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
    /// In a store that the program brought.
    Brought,
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
    pub(crate) types: ClientTypes,
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

    /// Keeps the credential in another store, such as one of the program's own or [`keyfob_store::MemoryStore`]. What the login
    /// chose whose credential lies there is used again, as it is for files.
    ///
    /// # Errors
    /// When the store cannot be read; what is damaged there is for the session to complain about.
    pub async fn with_store(mut self, store: Store) -> Result<Self, Error> {
        let stored = match store.load(&self.key).await {
            Err(error) if !error.is_replaceable() => return Err(error.into()),
            stored => stored.ok().flatten(),
        };
        let mut requested =
            stored.map_or_else(Map::new, |stored| Notes::of(&stored.document).requested);
        let stronger = |key: &str| {
            let said = self
                .explained
                .iter()
                .find(|one| one.setting.config_key() == Some(key));
            said.is_some_and(|said| said.source < Source::Login)
        };
        requested.retain(|key, _| !stronger(key));
        let known = self.config.requested().clone();
        self.config = self
            .config
            .with_requested(&requested)
            .with_requested(&known);
        for (key, value) in self.config.requested() {
            if requested.contains_key(key) && !known.contains_key(key) {
                note_login(&mut self.explained, key, value);
            }
        }
        Ok(Self {
            keeps: Keeps::Brought,
            store,
            ..self
        })
    }

    /// Puts the configuration to work.
    ///
    /// # Errors
    /// When the configuration is not usable.
    pub fn client(&self, transport: Transport, clock: Clock) -> Result<Client, Error> {
        let environment = self.environment.clone();
        let config = self.config.clone();
        Client::with_types(config, transport, clock, environment, &self.types)
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

/// Explains a setting by the login that chose it.
fn note_login(explained: &mut Vec<Explained>, key: &str, value: &Value) {
    let Some(setting) = Setting::all().find(|setting| setting.config_key() == Some(key)) else {
        return;
    };
    let mut shadowed = Vec::new();
    if let Some(at) = explained.iter().position(|one| one.setting == setting) {
        let own = explained.remove(at);
        shadowed.push(Shadowed {
            setting,
            why: format!("{} comes before {}", Source::Login, own.source),
            shown: own.shown,
            source: own.source,
        });
    }
    explained.push(Explained {
        setting,
        shown: text_of(setting, value),
        source: Source::Login,
        shadowed,
    });
}
