//! The right to change one value: every change is a compare-and-swap, so that a lock that ended too early costs nothing but work.

use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::Arc;
use std::time::Instant;

use crate::key_value::store::Place;
use crate::{
    Document, KeyValue, Lease, MAX_DOCUMENT_BYTES, ProfileName, Revision, StoreError, Stored,
    TryLock,
};

/// The right to change one credential of a [`KeyValueStore`](crate::KeyValueStore).
///
/// [`release`](Lease::release) gives it back; one that is only dropped ends by itself.
#[derive(Debug)]
pub struct KeyValueLease<K> {
    place: Arc<Place<K>>,
    profile: ProfileName,
    holder: String,
    taken: Instant,
}

impl<K: KeyValue> KeyValueLease<K> {
    pub(crate) fn new(place: Arc<Place<K>>, profile: ProfileName, holder: String) -> Self {
        Self {
            place,
            profile,
            holder,
            taken: Instant::now(),
        }
    }

    /// Takes the lock anew before it runs short. Whoever finds that it ended, and that another has it now, must not go on: the
    /// other may be sending the same refresh token.
    async fn renew(&mut self) -> Result<(), StoreError> {
        let place = &self.place;
        if self.taken.elapsed() < place.lasts / 4 {
            return Ok(());
        }
        let key = place.lock_key(&self.profile);
        place.values.unlock(&key, &self.holder).await?;
        self.taken = Instant::now();
        match place.values.lock(&key, &self.holder, place.lasts).await? {
            TryLock::Held(()) => Ok(()),
            TryLock::Busy { .. } => Err(StoreError::Conflict),
        }
    }

    fn refuse_above_cap(&self, bytes: usize) -> Result<(), StoreError> {
        if bytes > MAX_DOCUMENT_BYTES {
            return Err(StoreError::TooLarge {
                path: self.place.key(&self.profile).into(),
                limit: MAX_DOCUMENT_BYTES,
            });
        }
        Ok(())
    }

    async fn swap(&self, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<(), StoreError> {
        let key = self.place.key(&self.profile);
        if self.place.values.swap(&key, expected, new).await? {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    /// Keeps what cannot be read, so that a new login loses nothing.
    async fn put_aside(&self, unreadable: &[u8]) -> Result<(), StoreError> {
        let key = self.place.aside_key(&self.profile);
        let former = self.place.get(&key).await?;
        let former = former.as_deref().map(Vec::as_slice);
        if self
            .place
            .values
            .swap(&key, former, Some(unreadable))
            .await?
        {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }
}

impl<K: KeyValue> Lease for KeyValueLease<K> {
    async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        self.place.load(&self.profile).await
    }

    async fn reserve(&mut self, max_bytes: usize) -> Result<(), StoreError> {
        // The mark that is written before a refresh token is sent proves that the place can be written.
        self.refuse_above_cap(max_bytes)?;
        // It is also what comes right before a refresh token is sent, perhaps long after the lock was taken.
        self.renew().await
    }

    async fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        let new = document.to_json();
        self.refuse_above_cap(new.len())?;
        let present = self.place.get(&self.place.key(&self.profile)).await?;
        let present = present.as_deref().map(Vec::as_slice);
        match (present, expected) {
            (None, None) => {}
            (Some(present), Some(expected)) if Revision::of(present) == *expected => {}
            (Some(present), None) if Document::parse(present).is_err() => {
                self.put_aside(present).await?;
            }
            _ => return Err(StoreError::Conflict),
        }
        self.swap(present, Some(&new)).await?;
        Ok(Revision::of(&new))
    }

    async fn remove(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        let present = self.place.get(&self.place.key(&self.profile)).await?;
        let present = present.as_deref().map(Vec::as_slice);
        if expected.is_some() && present.map(Revision::of).as_ref() != expected {
            return Err(StoreError::Conflict);
        }
        let aside_key = self.place.aside_key(&self.profile);
        if let Some(aside) = self.place.get(&aside_key).await? {
            self.place
                .values
                .swap(&aside_key, Some(&aside), None)
                .await?;
        }
        if present.is_none() {
            return Ok(false);
        }
        self.swap(present, None).await?;
        Ok(true)
    }

    async fn release(self) {
        let key = self.place.lock_key(&self.profile);
        if let Err(error) = self.place.values.unlock(&key, &self.holder).await {
            tracing::debug!(code = error.code(), "the lock is left to end by itself");
        }
    }
}

/// Who takes a lock: readable, and different each time.
pub(crate) fn holder() -> String {
    let once = RandomState::new().hash_one(process::id());
    format!("process {} ({once:016x})", process::id())
}
