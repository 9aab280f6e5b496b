//! A session's store over the place where alf keeps its tokens.

use std::sync::Arc;
use std::time::Duration;

use keyfob_jose::random;
use keyfob_store::{CredentialStore, KeyValue, ProfileName, Stamp, StoreError, Stored, TryLock};

use super::UtcOffset;
use super::keys::{Keys, Snapshot};
use super::lease::AlfLease;

/// How long a lock lasts that its holder did not give back.
const LOCK_LASTS: Duration = Duration::from_mins(2);

/// Shares the token of one client with alf.
///
/// | key | value |
/// |---|---|
/// | `<token endpoint>_<client id>_access_token` | the token, as plain text |
/// | `<token endpoint>_<client id>_expires_on` | `2026-01-31 23:59:59.000000`, local time |
/// | `<token endpoint>_<client id>_keyfob` | keyfob's notes, which alf does not read |
/// | `<token endpoint>_<client id>_keyfob_lock` | who is fetching a token |
///
/// One credential, whatever the profile. A token is replaced only if it is still the one that was read, so that nobody's newer
/// token is lost. Tokens lie there in the clear, as alf has them; the place has to be trusted by all who use it.
///
/// ```
/// use std::{collections::BTreeMap, sync::Mutex};
/// use keyfob::alf::{AlfStore, UtcOffset};
/// use keyfob::store::{KeyValue, Store, StoreError};
///
/// #[derive(Default)]
/// struct Table(Mutex<BTreeMap<String, Vec<u8>>>);
///
/// impl KeyValue for Table {
/// #    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
/// #        Ok(self.0.lock().map_err(|_| StoreError::backend("gone"))?.get(key).cloned())
/// #    }
/// #    async fn swap(&self, _: &str, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<bool, StoreError> { Ok(false) }
/// #    async fn keys(&self, _: &str) -> Result<Vec<String>, StoreError> { Ok(Vec::new()) }
///     // get, swap and keys
/// }
///
/// let endpoint = "https://login.example.com/token";
/// let store = Store::new(AlfStore::new(Table::default(), endpoint, "my-client", UtcOffset::UTC));
/// # let _ = store;
/// ```
#[derive(Debug)]
pub struct AlfStore<K>(Arc<Place<K>>);

#[derive(Debug)]
pub(super) struct Place<K> {
    pub(super) values: K,
    pub(super) keys: Keys,
    pub(super) offset: UtcOffset,
}

impl<K: KeyValue> AlfStore<K> {
    /// Shares the token of a client at a token endpoint, both spelled as in alf's own configuration.
    pub fn new(values: K, token_endpoint: &str, client_id: &str, offset: UtcOffset) -> Self {
        Self(Arc::new(Place {
            values,
            keys: Keys::of(token_endpoint, client_id),
            offset,
        }))
    }

    /// Uses the keys of alf up to 0.7.0, `access_token` and `expires_on`. All clients of such a place share them, so it must
    /// serve one client only.
    pub fn with_fixed_keys(self) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(place) => Self(Arc::new(Place {
                keys: place.keys.fixed(),
                ..place
            })),
            Err(shared) => Self(shared),
        }
    }

    /// Returns the place.
    pub fn values(&self) -> &K {
        &self.0.values
    }
}

impl<K> Clone for AlfStore<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: KeyValue> Place<K> {
    pub(super) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Snapshot::take(&self.values, &self.keys).await
    }
}

impl<K: KeyValue> CredentialStore for AlfStore<K> {
    type Lease = AlfLease<K>;

    async fn load(&self, _key: &ProfileName) -> Result<Option<Stored>, StoreError> {
        self.0.snapshot().await?.stored(&self.0.keys, self.0.offset)
    }

    async fn try_lock(&self, _key: &ProfileName) -> Result<TryLock<AlfLease<K>>, StoreError> {
        let once = random::token(12).map_err(StoreError::backend_failed)?;
        let holder = format!("process {} ({once})", std::process::id());
        let place = &self.0;
        let tried = place.values.lock(&place.keys.lock, &holder, LOCK_LASTS);
        Ok(match tried.await? {
            TryLock::Held(()) => TryLock::Held(AlfLease::new(Arc::clone(place), holder)),
            TryLock::Busy { holder } => TryLock::Busy { holder },
        })
    }

    async fn list(&self) -> Result<Vec<ProfileName>, StoreError> {
        // The place does not say whose profile a token belongs to.
        Ok(Vec::new())
    }

    async fn stamp(&self, _key: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        let present = self.0.snapshot().await?;
        Ok(present
            .token
            .is_some()
            .then(|| Stamp::of(present.content().expose())))
    }
}
