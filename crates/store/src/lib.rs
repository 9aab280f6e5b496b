//! Credentials at rest: lock, read again, compare, write.
//!
//! A [`Store`] is a cheap-to-clone handle over any [`CredentialStore`]: [`MemoryStore`] and [`FileStore`] are here. An
//! application's own place implements [`KeyValue`] (three operations) and goes into a [`KeyValueStore`], or implements the two
//! traits; either proves itself with [`contract::run`]. Nothing in this crate waits for another process,
//! speaks HTTP, or needs an async runtime: an operation that would have to wait says [`TryLock::Busy`] instead.
//!
//! Reading never locks. Whoever wants to change a credential takes the [`Lease`], reads again, reserves the space for the
//! outcome *before* a refresh token leaves the machine, and commits only if the credential is still the one that was read.
//!
//! ```
//! use keyfob_store::{Document, FileStore, ProfileName, TryLock};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let home = folder.path().join("keyfob");
//! let store = FileStore::new(home);
//! let work: ProfileName = "work".parse()?;
//! if let TryLock::Held(mut lease) = store.try_lock_now(&work)? {
//!     let document = Document::parse(br#"{"access_token": "abc", "expires_in": 3600}"#)?;
//!     lease.reserve_now(16 * 1024)?;
//!     lease.commit_now(None, &document)?;
//! }
//! let stored = store.load_now(&work)?.ok_or("nothing stored")?;
//! assert_eq!(stored.document.text("access_token"), Some("abc"));
//! # Ok(())
//! # }
//! ```

mod backend;
pub mod contract;
mod credential;
mod document;
mod error;
mod file;
mod json;
mod key_value;
mod memory;
mod name;
mod revision;
mod store;
mod stored;

pub use backend::{CredentialStore, Lease, TryLock};
pub use credential::{Credential, CredentialKind, InvalidCredential};
pub use document::{Document, MalformedDocument};
pub use error::StoreError;
pub use file::{ConfigCopy, Content, FileLease, FileStore, SharedFile, SharedLease, SingleFile};
pub use key_value::{KeyValue, KeyValueLease, KeyValueStore};
pub use memory::{MemoryLease, MemoryStore};
pub use name::ProfileName;
pub use revision::{Revision, Stamp};
pub use store::{Held, Store};
pub use stored::{Stored, Warning};

/// The largest document that is read or written, in bytes (1 MiB).
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;
