//! A small OpenID provider to embed in demos and tests, which can misbehave on demand.
//!
//! It is strict: PKCE, exact redirect URIs, one-time codes, refresh rotation with reuse detection.
//! It does wrong only what a named [`Fault`] says, and counts what its clients do.
//!
//! ```
//! use keyfob_sandbox::{Fault, FaultKind, Sandbox, SandboxConfig};
//!
//! # fn main() -> Result<(), keyfob_sandbox::SandboxError> {
//! let sandbox = Sandbox::start(SandboxConfig::default())?;
//! // The next ID token names another issuer; the client under test must refuse it.
//! sandbox.fault(Fault::new(FaultKind::WrongIssuer).once());
//! # Ok(())
//! # }
//! ```
//!
//! # Administration
//!
//! Tests in other processes drive it over HTTP; bodies and answers are JSON.
//!
//! | request | what it does |
//! | --- | --- |
//! | `GET /sandbox/ready` | the ready line again |
//! | `GET`, `DELETE /sandbox/counters` | the [`Counters`] |
//! | `GET /sandbox/requests` | the last requests, as [`RequestRecord`] |
//! | `GET`, `POST`, `DELETE /sandbox/faults` | the faults, each a [`Fault`] |
//! | `GET`, `PATCH /sandbox/settings` | the [`Settings`] |
//! | `POST /sandbox/rotate` | new keys; `{"keep_old": false}` drops the old ones |
//! | `POST /sandbox/revoke` | `{"client_id", "access", "refresh"}`: tokens vanish |
//! | `POST /sandbox/approve` | `{"url", "user", "decision", "deliver"}`: sends a scripted person |
//! | `POST /sandbox/device` | `{"user_code", "user", "decision"}`: decides for a device |
//! | `GET /sandbox/clients` | the clients, private keys included |

mod authentication;
mod browsing;
mod call;
mod client;
mod config;
mod counters;
mod devices;
mod endpoint;
mod endpoints;
mod error;
mod fault;
mod grants;
mod issue;
mod jwt;
mod keys;
mod pages;
mod person;
mod provider;
mod refusal;
mod routes;
mod sandbox;
mod scope;
mod serve;
mod settings;
mod tally;
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

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock; a panic elsewhere does not stop the provider.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn random_text(bytes: usize) -> Result<String, refusal::Refusal> {
    Ok(keyfob_jose::random::token(bytes)?)
}
