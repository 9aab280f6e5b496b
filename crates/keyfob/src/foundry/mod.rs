//! The credential cache of palantir-oauth-client, `~/.foundry/oauth`: read, imported from, and on request written.
//!
//! The file has one section per host, in the dialect of Python's configparser. keyfob reads it more strictly than its owner:
//! a section answers for its own host only, its `token_uri` must lead to that host by https, and the client and scopes that
//! are asked for must be the stored ones. Writing one section leaves every byte of the others alone.
//!
//! [`FoundryCache`] is the file. [`FoundryStore`] lets a [`crate::Session`] keep its refresh token there, so that both programs
//! go on with one login, while the access token is kept in keyfob's own home.

mod cache;
mod credential;
mod error;
mod host;
mod ini;
mod lease;
mod store;

pub use cache::FoundryCache;
pub use credential::FoundryCredential;
pub use error::FoundryError;
pub use host::Host;
pub use lease::FoundryLease;
pub use store::{FoundryLogin, FoundryStore};
pub(crate) use store::{check_path, forget, is_shared, shared};
