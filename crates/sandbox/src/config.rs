//! What a sandbox is started with.

use std::time::Duration;

use crate::{Client, Settings, User};

/// The port, the run-time settings, the clients and the users of a sandbox.
///
/// ```
/// use std::time::Duration;
/// use keyfob_sandbox::{Client, SandboxConfig};
/// let config = SandboxConfig::default()
///     .with_settings(|s| s.access_token_ttl = Duration::from_secs(2))
///     .with_client(Client::public("my-tool"));
/// assert_eq!(config.port, 0);
/// ```
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// TCP port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// What can also be changed while it runs.
    pub settings: Settings,
    /// The registered clients. By default [`Client::seeded`].
    pub clients: Vec<Client>,
    /// The users. By default [`User::seeded`].
    pub users: Vec<User>,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            port: 0,
            settings: Settings::default(),
            clients: Client::seeded(),
            users: User::seeded(),
        }
    }
}

impl SandboxConfig {
    /// Listens on this port.
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Changes the settings.
    pub fn with_settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Adds a client, or replaces the one of the same id.
    pub fn with_client(mut self, client: Client) -> Self {
        self.clients.retain(|known| known.id() != client.id());
        self.clients.push(client);
        self
    }

    /// Adds a user, or replaces the one of the same login name.
    pub fn with_user(mut self, user: User) -> Self {
        self.users.retain(|known| known.login() != user.login());
        self.users.push(user);
        self
    }

    /// Makes access tokens live this long.
    pub fn with_access_token_ttl(self, ttl: Duration) -> Self {
        self.with_settings(|s| s.access_token_ttl = ttl)
    }

    /// Adds this latency to every token request.
    pub fn with_token_latency(self, latency: Duration) -> Self {
        self.with_settings(|s| s.token_latency = latency)
    }

    /// Shows no pages and approves everything as this user.
    pub fn with_auto_approve(self, login: impl Into<String>) -> Self {
        self.with_settings(|s| s.auto_approve = Some(login.into()))
    }
}
