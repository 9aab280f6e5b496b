//! Credentials in a [`KeyValue`] place: one value per profile, in the format of the token file.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::key_value::lease::{KeyValueLease, holder};
use crate::{
    CredentialStore, Document, KeyValue, ProfileName, Revision, Stamp, StoreError, Stored, TryLock,
};

/// A store that keeps its credentials in a [`KeyValue`] place; what an application's own store mostly is.
///
/// | key | value |
/// |---|---|
/// | `<prefix><profile>` | the credential, as in a `token.json` |
/// | `<prefix><profile>#lock` | who is changing it, and until when |
/// | `<prefix><profile>#aside` | what was there and could not be read, when a new login replaced it |
#[derive(Debug)]
pub struct KeyValueStore<K>(Arc<Place<K>>);

#[derive(Debug)]
pub(crate) struct Place<K> {
    pub(crate) values: K,
    prefix: String,
    pub(crate) lasts: Duration,
}

impl<K: KeyValue> KeyValueStore<K> {
    /// Makes a store with keys that begin with `keyfob/`, and locks that end after two minutes.
    pub fn new(values: K) -> Self {
        Self(Arc::new(Place {
            values,
            prefix: "keyfob/".to_owned(),
            lasts: Duration::from_mins(2),
        }))
    }

    /// Sets what every key begins with.
    pub fn with_prefix(self, prefix: impl Into<String>) -> Self {
        self.with(|place| place.prefix = prefix.into())
    }

    /// Sets when a lock ends that its holder did not give back, because it was killed; at most an hour. It should be longer than
    /// any exchange with the provider takes.
    pub fn with_lock_lasting(self, lasts: Duration) -> Self {
        self.with(|place| place.lasts = lasts)
    }

    /// Returns the place.
    pub fn values(&self) -> &K {
        &self.0.values
    }

    fn with(mut self, change: impl FnOnce(&mut Place<K>)) -> Self {
        // Nobody else has the place before the store is built.
        if let Some(place) = Arc::get_mut(&mut self.0) {
            change(place);
        }
        self
    }
}

impl<K> Clone for KeyValueStore<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: KeyValue> Place<K> {
    pub(crate) fn key(&self, profile: &ProfileName) -> String {
        format!("{}{}", self.prefix, profile.as_str())
    }

    pub(crate) fn lock_key(&self, profile: &ProfileName) -> String {
        self.key(profile) + "#lock"
    }

    pub(crate) fn aside_key(&self, profile: &ProfileName) -> String {
        self.key(profile) + "#aside"
    }

    /// The bytes under a key, wiped when dropped.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        Ok(self.values.get(key).await?.map(Zeroizing::new))
    }

    pub(crate) async fn load(&self, profile: &ProfileName) -> Result<Option<Stored>, StoreError> {
        let key = self.key(profile);
        let Some(value) = self.get(&key).await? else {
            return Ok(None);
        };
        let document = Document::parse(&value).map_err(|malformed| StoreError::Corrupt {
            path: key.into(),
            why: malformed.why().to_owned(),
        })?;
        Ok(Some(
            Stored::new(document, Revision::of(&value)).with_stamp(Stamp::of(&value)),
        ))
    }
}

impl<K: KeyValue> CredentialStore for KeyValueStore<K> {
    type Lease = KeyValueLease<K>;

    async fn load(&self, key: &ProfileName) -> Result<Option<Stored>, StoreError> {
        self.0.load(key).await
    }

    async fn try_lock(&self, key: &ProfileName) -> Result<TryLock<Self::Lease>, StoreError> {
        let (place, holder) = (&self.0, holder());
        let taken = place
            .values
            .lock(&place.lock_key(key), &holder, place.lasts)
            .await?;
        Ok(taken.map(|()| KeyValueLease::new(Arc::clone(place), key.clone(), holder)))
    }

    async fn list(&self) -> Result<Vec<ProfileName>, StoreError> {
        let prefix = &self.0.prefix;
        let keys = self.0.values.keys(prefix).await?;
        // A key in other letters than its profile's name has is not one that this store wrote.
        let profile = |key: &String| {
            let name = key.strip_prefix(prefix.as_str())?;
            ProfileName::new(name)
                .ok()
                .filter(|profile| profile.as_str() == name)
        };
        let mut profiles: Vec<_> = keys.iter().filter_map(profile).collect();
        profiles.sort();
        Ok(profiles)
    }

    async fn stamp(&self, key: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        let value = self.0.get(&self.0.key(key)).await?;
        Ok(value.map(|value| Stamp::of(&value)))
    }
}
