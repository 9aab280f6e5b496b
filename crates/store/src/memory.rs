//! Credentials in memory: for tests, and for programs that log in by themselves at every start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    CredentialStore, Document, Lease, ProfileName, Revision, Stamp, StoreError, Stored, TryLock,
};

/// A store that forgets everything at the end of the process. Clones share their content.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    credentials: BTreeMap<ProfileName, (Document, u64)>,
    locked: BTreeSet<ProfileName>,
    writes: u64,
}

impl State {
    fn stored(&self, key: &ProfileName) -> Option<Stored> {
        let (document, write) = self.credentials.get(key)?;
        Some(
            Stored::new(document.clone(), revision(*write)).with_stamp(Stamp::new(None, 0, *write)),
        )
    }

    fn check(&self, key: &ProfileName, expected: Option<&Revision>) -> Result<(), StoreError> {
        let present = self.credentials.get(key).map(|(_, write)| revision(*write));
        if present.as_ref() == expected {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }
}

fn revision(write: u64) -> Revision {
    Revision::of(&write.to_le_bytes())
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic of another thread cannot leave the maps half changed, so a poisoned mutex is used on.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CredentialStore for MemoryStore {
    type Lease = MemoryLease;

    async fn load(&self, key: &ProfileName) -> Result<Option<Stored>, StoreError> {
        Ok(self.state().stored(key))
    }

    async fn try_lock(&self, key: &ProfileName) -> Result<TryLock<MemoryLease>, StoreError> {
        if self.state().locked.insert(key.clone()) {
            Ok(TryLock::Held(MemoryLease {
                store: self.clone(),
                key: key.clone(),
            }))
        } else {
            Ok(TryLock::Busy {
                holder: Some("this process".to_owned()),
            })
        }
    }

    async fn list(&self) -> Result<Vec<ProfileName>, StoreError> {
        Ok(self.state().credentials.keys().cloned().collect())
    }

    async fn stamp(&self, key: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        Ok(self.state().stored(key).and_then(|stored| stored.stamp))
    }
}

/// The right to change one credential of a [`MemoryStore`].
#[derive(Debug)]
pub struct MemoryLease {
    store: MemoryStore,
    key: ProfileName,
}

impl Lease for MemoryLease {
    async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        Ok(self.store.state().stored(&self.key))
    }

    async fn reserve(&mut self, max_bytes: usize) -> Result<(), StoreError> {
        refuse_above_cap(max_bytes)
    }

    async fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        refuse_above_cap(document.to_json().len())?;
        let mut state = self.store.state();
        state.check(&self.key, expected)?;
        state.writes += 1;
        let write = state.writes;
        state
            .credentials
            .insert(self.key.clone(), (without_nulls(document), write));
        Ok(revision(write))
    }

    async fn remove(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        let mut state = self.store.state();
        if expected.is_some() {
            state.check(&self.key, expected)?;
        }
        Ok(state.credentials.remove(&self.key).is_some())
    }
}

impl Drop for MemoryLease {
    fn drop(&mut self) {
        self.store.state().locked.remove(&self.key);
    }
}

/// Keeps what a file would keep, so that the two stores cannot be told apart.
fn without_nulls(document: &Document) -> Document {
    let members = document
        .as_map()
        .iter()
        .filter(|(_, value)| !value.is_null());
    Document::from(
        members
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>(),
    )
}

fn refuse_above_cap(bytes: usize) -> Result<(), StoreError> {
    let limit = crate::MAX_DOCUMENT_BYTES;
    if bytes > limit {
        Err(StoreError::TooLarge {
            path: "memory".into(),
            limit,
        })
    } else {
        Ok(())
    }
}
