//! The right to change the token that is shared with alf: every change is a compare-and-swap, since alf takes no lock.

use std::sync::Arc;

use keyfob_jose::SecretBytes;
use keyfob_store::{
    Credential, Document, KeyValue, Lease, MAX_DOCUMENT_BYTES, Revision, StoreError, Stored,
};

use super::keys::{Snapshot, said};
use super::store::Place;
use crate::session::notes::{Notes, time};

/// The right to change the token of one [`AlfStore`](super::AlfStore).
///
/// [`release`](Lease::release) gives it back; one that is only dropped ends by itself.
#[derive(Debug)]
pub struct AlfLease<K> {
    place: Arc<Place<K>>,
    holder: String,
}

impl<K: KeyValue> AlfLease<K> {
    pub(super) fn new(place: Arc<Place<K>>, holder: String) -> Self {
        Self { place, holder }
    }

    /// What lies there, if it is still what was expected. Something unreadable counts as nothing: it is only a token that can
    /// be had again.
    async fn expect(&self, expected: Option<&Revision>) -> Result<Snapshot, StoreError> {
        let present = self.place.snapshot().await?;
        let stored = match present.stored(&self.place.keys, self.place.offset) {
            Ok(stored) => stored.map(|stored| stored.revision),
            Err(error) if error.is_replaceable() => None,
            Err(error) => return Err(error),
        };
        if stored.as_ref() == expected {
            Ok(present)
        } else {
            Err(StoreError::Conflict)
        }
    }

    /// Writes a value unless it is there already; a conflict if somebody was faster.
    async fn swap(
        &self,
        key: &str,
        present: Option<&SecretBytes>,
        new: Option<&SecretBytes>,
    ) -> Result<(), StoreError> {
        if present == new {
            return Ok(());
        }
        let (present, new) = (
            present.map(SecretBytes::expose),
            new.map(SecretBytes::expose),
        );
        if self.place.values.swap(key, present, new).await? {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }
}

impl<K: KeyValue> Lease for AlfLease<K> {
    async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        self.place
            .snapshot()
            .await?
            .stored(&self.place.keys, self.place.offset)
    }

    async fn reserve(&mut self, max_bytes: usize) -> Result<(), StoreError> {
        if max_bytes > MAX_DOCUMENT_BYTES {
            return Err(StoreError::TooLarge {
                path: self.place.keys.notes.clone().into(),
                limit: MAX_DOCUMENT_BYTES,
            });
        }
        Ok(())
    }

    async fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        self.reserve(document.to_json().len()).await?;
        let present = self.expect(expected).await?;
        let (token, expiry) = shared(document, self.place.offset)?;
        let mut next = Snapshot {
            token: Some(token),
            expiry: Some(expiry),
            notes: None,
        };
        next.notes = Some(next.notes_for(document));
        let keys = &self.place.keys;
        // Token before expiry: alf in between sees a token that has expired, never an old one that seems to live.
        self.swap(&keys.token, present.token.as_ref(), next.token.as_ref())
            .await?;
        self.swap(&keys.expiry, present.expiry.as_ref(), next.expiry.as_ref())
            .await?;
        self.swap(&keys.notes, present.notes.as_ref(), next.notes.as_ref())
            .await?;
        let stored = next
            .stored(keys, self.place.offset)?
            .ok_or(StoreError::Conflict)?;
        Ok(stored.revision)
    }

    async fn remove(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        let present = match expected {
            Some(_) => self.expect(expected).await?,
            None => self.place.snapshot().await?,
        };
        let keys = &self.place.keys;
        self.swap(&keys.token, present.token.as_ref(), None).await?;
        self.swap(&keys.expiry, present.expiry.as_ref(), None)
            .await?;
        self.swap(&keys.notes, present.notes.as_ref(), None).await?;
        Ok(said(present.token.as_ref()).is_some())
    }

    async fn release(self) {
        let key = &self.place.keys.lock;
        if let Err(error) = self.place.values.unlock(key, &self.holder).await {
            tracing::debug!(code = error.code(), "a lock ends by itself");
        }
    }
}

/// The two values that alf reads.
fn shared(
    document: &Document,
    offset: super::UtcOffset,
) -> Result<(SecretBytes, SecretBytes), StoreError> {
    let token = document
        .text("access_token")
        .ok_or_else(|| StoreError::backend("there is no access token to share with alf"))?;
    let noted = Notes::of(document).expires_at.map(time);
    let expires = noted.or_else(|| {
        let issued = std::time::SystemTime::UNIX_EPOCH;
        Credential::from_document(document.clone(), issued)
            .ok()?
            .expires_at()
    });
    // alf takes a token without an expiry for expired, and so it does one that ended in 1970.
    let expires = expires.unwrap_or(std::time::SystemTime::UNIX_EPOCH);
    Ok((
        SecretBytes::new(token),
        SecretBytes::new(offset.write(expires)),
    ))
}
