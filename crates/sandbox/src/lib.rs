//! A small OpenID provider to embed in demos and tests, which can misbehave on demand.

mod client;
mod config;
mod counters;
mod endpoint;
mod error;
mod fault;
mod person;
mod sandbox;
mod settings;
mod user;

pub use client::{AuthenticationMethod, Client, RedirectRule};
pub use config::SandboxConfig;
pub use counters::{Counters, GrantCounter, RequestRecord};
pub use endpoint::Endpoint;
pub use error::SandboxError;
pub use fault::{Fault, FaultKind, TokenKind, When};
pub use person::{Person, Visit};
pub use sandbox::Sandbox;
pub use settings::{AccessTokenFormat, Rotation, Settings};
pub use user::User;
