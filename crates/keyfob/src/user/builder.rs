//! What may be set about a user session.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use keyfob_store::{FileStore, MemoryStore, ProfileName, Store};
use keyfob_transport::{Clock, Transport};

use super::session::Setup;
use super::{CacheMode, LoginFlow, Stderr, UserSession};
use crate::client::{Client, ClientConfig, Environment};
use crate::login::{Interaction, LoginOptions, Surroundings};
use crate::session::{Session, SessionPolicy};
use crate::settings::{Keeps, Resolved};
use crate::{Error, blocking};

/// What may be set about a [`UserSession`]; everything else comes from the client config.
#[derive(Clone)]
pub struct UserSessionBuilder {
    config: ClientConfig,
    environment: Environment,
    transport: Option<Transport>,
    clock: Clock,
    keep: Keep,
    lock_file: Option<PathBuf>,
    name: Option<ProfileName>,
    cache: CacheMode,
    flow: LoginFlow,
    options: Option<LoginOptions>,
    policy: SessionPolicy,
    person: Arc<dyn Interaction>,
}

impl From<ClientConfig> for UserSessionBuilder {
    fn from(config: ClientConfig) -> Self {
        Self::new(config)
    }
}

/// The profile's own credential, in its own place.
impl From<Resolved> for UserSessionBuilder {
    fn from(resolved: Resolved) -> Self {
        let store = resolved.store();
        let lock_file = match &resolved.keeps {
            // The same as the command's: one login of a profile at a time.
            Keeps::Folder(home) => Some(home.join(format!(".login-{}.lock", resolved.key))),
            _ => None,
        };
        Self {
            environment: resolved.environment,
            policy: resolved.policy,
            name: Some(resolved.key),
            keep: Keep::In(store),
            lock_file,
            ..Self::new(resolved.config)
        }
    }
}

/// Where the credential is kept.
#[derive(Clone)]
enum Keep {
    InMemory,
    In(Store),
    Below(PathBuf),
}

impl UserSessionBuilder {
    fn new(config: ClientConfig) -> Self {
        Self {
            config,
            environment: Environment::none(),
            transport: None,
            clock: Clock::system(),
            keep: Keep::InMemory,
            lock_file: None,
            name: None,
            cache: CacheMode::default(),
            flow: LoginFlow::default(),
            options: None,
            policy: SessionPolicy::default(),
            person: Arc::new(Stderr::new()),
        }
    }

    /// Keeps the credential below this folder, in a folder of its own.
    pub fn home(self, home: impl Into<PathBuf>) -> Self {
        let keep = Keep::Below(home.into());
        Self { keep, ..self }
    }

    /// Keeps the credential in this store.
    pub fn store(self, store: Store) -> Self {
        Self {
            keep: Keep::In(store),
            lock_file: None,
            ..self
        }
    }

    /// Keeps the credential under this name.
    ///
    /// Without one it is made of everything that makes a login another one: server, client, scopes, audiences. Logins of
    /// two clients, or of one client at two servers, never meet.
    pub fn profile(self, name: ProfileName) -> Self {
        let name = Some(name);
        Self { name, ..self }
    }

    /// Sets whether a stored login counts, and whether a new one is stored.
    pub fn cache(self, cache: CacheMode) -> Self {
        Self { cache, ..self }
    }

    /// Sets which way a person logs in.
    pub fn flow(self, flow: LoginFlow) -> Self {
        Self { flow, ..self }
    }

    /// Shows addresses and codes, and asks, by this; by default [`Stderr`].
    pub fn interaction(self, person: impl Interaction + 'static) -> Self {
        let person = Arc::new(person);
        Self { person, ..self }
    }

    /// Sets everything else about a login; by default [`LoginOptions::new`] where the program runs.
    pub fn login_options(self, options: LoginOptions) -> Self {
        let options = Some(options);
        Self { options, ..self }
    }

    /// Speaks to the provider by this; by default what [`ClientConfig::transport`] makes.
    pub fn transport(self, transport: Transport) -> Self {
        let transport = Some(transport);
        Self { transport, ..self }
    }

    /// Takes the time from this clock.
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Lets the config refer to environment variables and commands.
    pub fn environment(self, environment: Environment) -> Self {
        Self {
            environment,
            ..self
        }
    }

    /// Sets the limits of the session.
    pub fn policy(self, policy: SessionPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Puts everything together. Nothing is read, asked or sent yet.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn build(self) -> Result<UserSession, Error> {
        let transport = match self.transport {
            Some(transport) => transport,
            None => self.config.transport()?,
        };
        let client = Client::in_environment(self.config, transport, self.clock, self.environment)?;
        let name = match self.name {
            Some(name) => name,
            None => own_name(&client)?,
        };
        let options = self.options;
        let mut options = options.unwrap_or_else(|| LoginOptions::new(Surroundings::capture()));
        let (store, lock_file) = match (self.cache, self.keep) {
            (CacheMode::Noop, _) | (_, Keep::InMemory) => (Store::new(MemoryStore::new()), None),
            (_, Keep::In(store)) => (store, self.lock_file),
            (_, Keep::Below(home)) => {
                let lock_file = home.join(format!(".login-{name}.lock"));
                (Store::new(FileStore::new(home)), Some(lock_file))
            }
        };
        if let Some(lock_file) = lock_file {
            options = options.with_lock_file(lock_file);
        }
        Ok(UserSession::new(Setup {
            session: Session::with_policy(client, store, name, self.policy),
            cache: self.cache,
            flow: self.flow,
            options,
            person: self.person,
        }))
    }

    /// Puts everything together for a program without async code.
    ///
    /// # Errors
    /// When the configuration cannot be used, or the system has no thread to spare.
    pub fn build_blocking(self) -> Result<blocking::UserSession, Error> {
        blocking::UserSession::new(self.build()?)
    }
}

fn own_name(client: &Client) -> Result<ProfileName, Error> {
    // Base64url tells upper from lower case, a profile's name does not.
    let mut digits = String::new();
    for byte in client.identity().bytes().take(12) {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(format!("user-{digits}").parse()?)
}

impl std::fmt::Debug for UserSessionBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserSessionBuilder")
            .field("config", &self.config)
            .field("cache", &self.cache)
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}
