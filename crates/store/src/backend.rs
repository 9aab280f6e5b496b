//! The contract between keyfob and a place where credentials are kept.
//!
//! Implementers write `async fn`; users hold a [`crate::Store`]. No operation waits for another holder of the lock: that is
//! the session's work, which knows how long it may. [`crate::contract`] checks an implementation against every rule below.

use crate::{Document, ProfileName, Revision, Stamp, StoreError, Stored};

/// A place where credentials are kept, one document per profile.
///
/// # Errors
/// Every operation fails with a [`StoreError`] that names the place and what to do; none of them panics, and none overwrites
/// what it could not read.
pub trait CredentialStore: Send + Sync + 'static {
    /// The right to change one credential.
    type Lease: Lease;

    /// Reads without a lock; `None` when nothing is stored.
    fn load(
        &self,
        key: &ProfileName,
    ) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// Takes the lock of one credential, or says at once who has it. At most one lease per key exists at any time, over all
    /// processes that share the store.
    fn try_lock(
        &self,
        key: &ProfileName,
    ) -> impl Future<Output = Result<TryLock<Self::Lease>, StoreError>> + Send;

    /// Lists the profiles that have a credential, sorted.
    fn list(&self) -> impl Future<Output = Result<Vec<ProfileName>, StoreError>> + Send;

    /// Returns a mark that differs after every write, more cheaply than by reading; `None` when nothing is stored.
    fn stamp(
        &self,
        key: &ProfileName,
    ) -> impl Future<Output = Result<Option<Stamp>, StoreError>> + Send;
}

/// The right to change one credential; [`release`](Lease::release) gives the right back.
///
/// A lease that is only dropped gives the right back as well if the store can do that without waiting; else the right ends by
/// itself after a while.
///
/// # Errors
/// As for [`CredentialStore`]. After a failed [`commit`](Lease::commit) the former credential is still stored, whole.
pub trait Lease: Send + 'static {
    /// Reads again, now that nobody else may write.
    fn load(&mut self) -> impl Future<Output = Result<Option<Stored>, StoreError>> + Send;

    /// Makes sure that a document of up to `max_bytes` can be committed. To be called *before* a refresh token is sent, so that
    /// a full disk or a read-only folder is found while the old token is still good.
    fn reserve(&mut self, max_bytes: usize) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Writes durably, if what is stored is still what was expected; `None` expects that nothing readable is stored, and
    /// something unreadable is then kept aside. Answers [`StoreError::Conflict`] otherwise.
    fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> impl Future<Output = Result<Revision, StoreError>> + Send;

    /// Removes the credential and every kept-aside copy, if it is still what was expected; `None` removes whatever is there.
    /// Tells whether there was anything.
    fn remove(
        &mut self,
        expected: Option<&Revision>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Gives the right back. Only a store that has to wait for that needs to write it; as written here it drops the lease.
    fn release(self) -> impl Future<Output = ()> + Send
    where
        Self: Sized,
    {
        async move { drop(self) }
    }
}

/// What came of trying to take a lock.
#[derive(Debug)]
pub enum TryLock<L> {
    /// The lock is ours.
    Held(L),
    /// Somebody else has it.
    Busy {
        /// Process id and command name of the holder, when known.
        holder: Option<String>,
    },
}

impl<L> TryLock<L> {
    /// Returns the lease, or [`StoreError::Locked`].
    ///
    /// # Errors
    /// [`StoreError::Locked`] when somebody else has the lock.
    pub fn held(self) -> Result<L, StoreError> {
        match self {
            Self::Held(lease) => Ok(lease),
            Self::Busy { holder } => Err(StoreError::Locked { holder }),
        }
    }

    /// Turns a held lease into another type.
    pub(crate) fn map<M>(self, wrap: impl FnOnce(L) -> M) -> TryLock<M> {
        match self {
            Self::Held(lease) => TryLock::Held(wrap(lease)),
            Self::Busy { holder } => TryLock::Busy { holder },
        }
    }
}
