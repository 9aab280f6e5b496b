//! For those who need tokens: clients, logins, sessions, profiles, and authenticators for HTTP clients.
//!
//! A [`Client`] is a configuration at work; a [`Session`] is a client plus its credential plus its store, and hands out
//! tokens that stay alive:
//!
//! ```no_run
//! use keyfob::Profiles;
//! use keyfob::transport::Clock;
//!
//! # async fn example() -> Result<(), keyfob::Error> {
//! let profiles = Profiles::open("/home/ann/.config/keyfob");
//! let work = "work".parse()?;
//! let transport = profiles.show(&work)?.transport()?;
//! let session = profiles.open_session(&work, transport, Clock::system())?;
//! let token = session.access_token().await?;
//! # let _ = token;
//! # Ok(())
//! # }
//! ```

pub mod alf;
pub mod authenticate;
pub mod blocking;
pub mod client;
mod error;
pub mod foundry;
pub mod import;
pub mod issuers;
#[cfg(feature = "login")]
pub mod login;
pub mod preset;
pub mod profile;
pub mod session;
pub mod settings;
#[cfg(feature = "login")]
pub mod user;

pub use client::{Client, ClientConfig, ConfigError, Environment, Granted};
pub use error::{Error, LoginNeeded};
pub use issuers::ConfiguredIssuers;
pub use preset::Preset;
pub use profile::Profiles;
pub use session::{AccessToken, Session, SessionPolicy};
#[cfg(feature = "login")]
pub use user::UserSession;

pub use keyfob_jose as jose;
pub use keyfob_protocol as protocol;
pub use keyfob_store as store;
pub use keyfob_store::ProfileName;
pub use keyfob_transport as transport;
pub use keyfob_verify as verify;

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
