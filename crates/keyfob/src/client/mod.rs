//! Clients: a configuration that says which server, which client and which grant, and the exchanges it allows.

#[expect(
    clippy::module_inception,
    reason = "the type is what the module is named after"
)]
mod client;
mod config;
mod config_check;
mod config_error;
mod credentials;
mod custom;
mod describe;
mod environment;
mod exchanges;
mod granted;
mod id_token;
mod identity;
mod key;
mod key_table;
mod keys;
mod metadata;
mod page;
mod redact;
mod registry;
mod requested;
mod retry;
mod secrets;
mod server;
mod transport;
mod types;

pub use client::{Answered, Client};
pub use config::ClientConfig;
pub use config_error::ConfigError;
pub use custom::{CustomClientType, CustomContext};
pub use describe::ConfigHint;
pub use environment::Environment;
pub use granted::Granted;
pub use keys::{ConfigKey, KeyShape, KeyUse};
pub use registry::ClientTypes;
pub use types::{ClientType, GrantKind};

pub(crate) use id_token::IdTokenCheck;
pub(crate) use identity::identity;
