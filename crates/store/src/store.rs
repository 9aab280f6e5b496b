//! Concrete handles over any store, so that no user's type needs a parameter.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

use crate::{
    CredentialStore, Document, Lease, ProfileName, Revision, Stamp, StoreError, Stored, TryLock,
};

/// A cheap-to-clone handle over a place where credentials are kept.
///
/// ```
/// use keyfob_store::{MemoryStore, Store};
///
/// let store = Store::new(MemoryStore::new());
/// let same = store.clone();
/// ```
#[derive(Clone)]
pub struct Store(Arc<dyn DynStore>);

impl Store {
    /// Wraps a store.
    pub fn new(store: impl CredentialStore) -> Self {
        Self(Arc::new(store))
    }

    /// Reads without a lock; `None` when nothing is stored.
    ///
    /// # Errors
    /// When what is stored cannot be read or is not safe to use.
    pub async fn load(&self, key: &ProfileName) -> Result<Option<Stored>, StoreError> {
        self.0.load(key).await
    }

    /// Takes the lock of one credential, or says at once who has it.
    ///
    /// # Errors
    /// When the place cannot be written or is not safe to use; never because somebody else holds the lock.
    pub async fn try_lock(&self, key: &ProfileName) -> Result<TryLock<Held>, StoreError> {
        Ok(self.0.try_lock(key).await?.map(Held))
    }

    /// Lists the profiles that have a credential, sorted.
    ///
    /// # Errors
    /// When the place cannot be read.
    pub async fn list(&self) -> Result<Vec<ProfileName>, StoreError> {
        self.0.list().await
    }

    /// Returns a mark that differs after every write; `None` when nothing is stored.
    ///
    /// # Errors
    /// When the place cannot be read.
    pub async fn stamp(&self, key: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        self.0.stamp(key).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store(..)")
    }
}

/// The right to change one credential; [`release`](Held::release) gives it back, and dropping does where that needs no waiting.
pub struct Held(Box<dyn DynLease>);

impl Held {
    /// Reads again, now that nobody else may write.
    ///
    /// # Errors
    /// When what is stored cannot be read or is not safe to use.
    pub async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        self.0.load().await
    }

    /// Makes sure that a document of up to `max_bytes` can be committed; to be called before a refresh token is sent.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], [`StoreError::Unwritable`], [`StoreError::TooLarge`], or what else the place reports.
    pub async fn reserve(&mut self, max_bytes: usize) -> Result<(), StoreError> {
        self.0.reserve(max_bytes).await
    }

    /// Writes durably, if what is stored is still what was expected; `None` expects nothing readable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when something else is stored, and what [`reserve`](Self::reserve) reports. The former
    /// credential is then still stored.
    pub async fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        self.0.commit(expected, document).await
    }

    /// Writes durably, whatever is stored; what cannot be read is kept aside. For a new login, never for a refresh.
    ///
    /// # Errors
    /// As [`commit`](Self::commit), but a conflict only if somebody writes without the lock at that moment.
    pub async fn replace(&mut self, document: &Document) -> Result<Revision, StoreError> {
        let present = match self.0.load().await {
            Ok(stored) => stored.map(|stored| stored.revision),
            Err(error) if error.is_replaceable() => None,
            Err(error) => return Err(error),
        };
        self.0.commit(present.as_ref(), document).await
    }

    /// Removes the credential, if it is still what was expected; `None` removes whatever is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when something else is stored, or what the place reports.
    pub async fn remove(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        self.0.remove(expected).await
    }

    /// Takes the right out; what is left behind can do nothing.
    pub fn take(&mut self) -> Self {
        mem::replace(self, Self(Box::new(Released)))
    }

    /// Gives the right back.
    pub fn release(self) -> impl Future<Output = ()> + Send + 'static {
        self.0.release()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held(..)")
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The object-safe twin of [`CredentialStore`].
trait DynStore: Send + Sync {
    fn load<'a>(&'a self, key: &'a ProfileName) -> Answer<'a, Option<Stored>>;
    fn try_lock<'a>(&'a self, key: &'a ProfileName) -> Answer<'a, TryLock<Box<dyn DynLease>>>;
    fn list(&self) -> Answer<'_, Vec<ProfileName>>;
    fn stamp<'a>(&'a self, key: &'a ProfileName) -> Answer<'a, Option<Stamp>>;
}

impl<S: CredentialStore> DynStore for S {
    fn load<'a>(&'a self, key: &'a ProfileName) -> Answer<'a, Option<Stored>> {
        Box::pin(CredentialStore::load(self, key))
    }

    fn try_lock<'a>(&'a self, key: &'a ProfileName) -> Answer<'a, TryLock<Box<dyn DynLease>>> {
        Box::pin(async move {
            let tried = CredentialStore::try_lock(self, key).await?;
            Ok(tried.map(|lease| Box::new(lease) as Box<dyn DynLease>))
        })
    }

    fn list(&self) -> Answer<'_, Vec<ProfileName>> {
        Box::pin(CredentialStore::list(self))
    }

    fn stamp<'a>(&'a self, key: &'a ProfileName) -> Answer<'a, Option<Stamp>> {
        Box::pin(CredentialStore::stamp(self, key))
    }
}

/// The object-safe twin of [`Lease`].
trait DynLease: Send {
    fn load(&mut self) -> Answer<'_, Option<Stored>>;
    fn reserve(&mut self, max_bytes: usize) -> Answer<'_, ()>;
    fn commit<'a>(
        &'a mut self,
        expected: Option<&'a Revision>,
        document: &'a Document,
    ) -> Answer<'a, Revision>;
    fn remove<'a>(&'a mut self, expected: Option<&'a Revision>) -> Answer<'a, bool>;
    fn release(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

impl<L: Lease> DynLease for L {
    fn load(&mut self) -> Answer<'_, Option<Stored>> {
        Box::pin(Lease::load(self))
    }

    fn reserve(&mut self, max_bytes: usize) -> Answer<'_, ()> {
        Box::pin(Lease::reserve(self, max_bytes))
    }

    fn commit<'a>(
        &'a mut self,
        expected: Option<&'a Revision>,
        document: &'a Document,
    ) -> Answer<'a, Revision> {
        Box::pin(Lease::commit(self, expected, document))
    }

    fn remove<'a>(&'a mut self, expected: Option<&'a Revision>) -> Answer<'a, bool> {
        Box::pin(Lease::remove(self, expected))
    }

    fn release(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(Lease::release(*self))
    }
}

/// What is left where a lease was taken out.
struct Released;

impl Released {
    fn refuse<T>() -> Result<T, StoreError> {
        Err(StoreError::backend("the lock was given back already"))
    }
}

impl Lease for Released {
    async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        Self::refuse()
    }

    async fn reserve(&mut self, _: usize) -> Result<(), StoreError> {
        Self::refuse()
    }

    async fn commit(&mut self, _: Option<&Revision>, _: &Document) -> Result<Revision, StoreError> {
        Self::refuse()
    }

    async fn remove(&mut self, _: Option<&Revision>) -> Result<bool, StoreError> {
        Self::refuse()
    }
}
