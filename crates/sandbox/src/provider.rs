//! The running provider: everything that the endpoints share.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::{
    Client, SandboxConfig, SandboxError, Settings, User, browsing::Browsing, devices::Devices,
    fault::Faults, grants::Grants, keys::Keys, lock, tally::Tally,
};

/// The running provider.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) port: u16,
    pub(crate) users: Vec<User>,
    pub(crate) keys: Keys,
    pub(crate) faults: Faults,
    pub(crate) tally: Tally,
    pub(crate) grants: Mutex<Grants>,
    pub(crate) devices: Mutex<Devices>,
    pub(crate) browsing: Mutex<Browsing>,
    clients: Mutex<BTreeMap<String, Arc<Client>>>,
    settings: Mutex<Settings>,
}

impl Provider {
    pub(crate) fn new(config: SandboxConfig, port: u16) -> Result<Self, SandboxError> {
        let provider = Self {
            issuer: format!("http://127.0.0.1:{port}"),
            port,
            users: config.users,
            keys: Keys::default(),
            faults: Faults::default(),
            tally: Tally::default(),
            grants: Mutex::default(),
            devices: Mutex::default(),
            browsing: Mutex::default(),
            clients: Mutex::default(),
            settings: Mutex::new(config.settings),
        };
        for client in config.clients {
            provider.register(client)?;
        }
        let approver = lock(&provider.settings).auto_approve.clone();
        match approver {
            Some(login) if provider.user(&login).is_none() => Err(SandboxError::NoSuchUser(login)),
            _ => Ok(provider),
        }
    }

    /// Returns the time since 1970 by the provider's own clock.
    pub(crate) fn clock(&self) -> Duration {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let skew = lock(&self.settings).clock_skew;
        let off = Duration::from_secs(skew.unsigned_abs());
        if skew < 0 {
            since.saturating_sub(off)
        } else {
            since.saturating_add(off)
        }
    }

    /// Returns the provider's time as claims give it: whole seconds.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.clock().as_secs()).unwrap_or(i64::MAX)
    }

    pub(crate) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut lock(&self.settings));
    }

    /// Registers a client; one without a key of its own for `private_key_jwt` gets one.
    pub(crate) fn register(&self, mut client: Client) -> Result<(), SandboxError> {
        client.make_key_if_missing()?;
        lock(&self.clients).insert(client.id.clone(), Arc::new(client));
        Ok(())
    }

    pub(crate) fn client(&self, id: &str) -> Option<Arc<Client>> {
        lock(&self.clients).get(id).cloned()
    }

    pub(crate) fn clients(&self) -> Vec<Arc<Client>> {
        lock(&self.clients).values().cloned().collect()
    }

    pub(crate) fn user(&self, login: &str) -> Option<&User> {
        self.users.iter().find(|user| user.login == login)
    }

    /// Returns the user who approves everything, if there is one.
    pub(crate) fn auto_approver(&self) -> Option<&User> {
        let login = lock(&self.settings).auto_approve.clone()?;
        self.user(&login)
    }

    /// Returns the audience of access tokens for which nobody asked for another.
    pub(crate) fn default_audience(&self) -> String {
        format!("{}/api", self.issuer)
    }

    /// Returns what `keyfob sandbox` prints when it is ready.
    pub(crate) fn ready_line(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "admin": format!("{}/sandbox", self.issuer),
            "api": format!("{}/whoami", self.default_audience()),
            "pid": std::process::id(),
            "clients": self.clients().iter().map(|client| client.summary()).collect::<Vec<_>>(),
            "users": self.users.iter().map(User::summary).collect::<Vec<_>>(),
        })
    }
}
