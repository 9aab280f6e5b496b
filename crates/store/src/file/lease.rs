//! The right to change one profile's credential file.

use super::folder::Folder;
use super::lock::Lock;
use super::record::{Record, TOKEN};
use crate::{Document, Lease, Revision, StoreError, Stored};

/// The right to change one profile's credential; dropping it unlocks and removes what was reserved.
#[derive(Debug)]
pub struct FileLease {
    // Fields are dropped in this order: the temporary file goes before the lock does.
    record: Record,
    _lock: Lock,
}

impl FileLease {
    pub(super) fn new(folder: Folder, lock: Lock) -> Self {
        Self {
            record: Record::new(folder, &TOKEN),
            _lock: lock,
        }
    }

    pub(super) fn over(record: Record, lock: Lock) -> Self {
        Self {
            record,
            _lock: lock,
        }
    }

    /// Reads the credential again.
    ///
    /// # Errors
    /// As [`crate::FileStore::load_now`].
    pub fn load_now(&mut self) -> Result<Option<Stored>, StoreError> {
        self.record.load()
    }

    /// Creates the temporary file and allocates its space, so that a full disk or a read-only folder is found now.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], [`StoreError::Unwritable`], [`StoreError::TooLarge`] or [`StoreError::Io`].
    pub fn reserve_now(&mut self, max_bytes: usize) -> Result<(), StoreError> {
        self.record.reserve(max_bytes)
    }

    /// Writes durably, if what is stored is still what was expected; `None` expects nothing readable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], and what [`reserve_now`](Self::reserve_now) reports.
    pub fn commit_now(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        self.record.commit(expected, document)
    }

    /// Removes the credential and its kept-aside copies; `None` removes whatever is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Unwritable`] or [`StoreError::Io`].
    pub fn remove_now(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        self.record.remove(expected)
    }
}

impl Lease for FileLease {
    async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        self.load_now()
    }

    async fn reserve(&mut self, max_bytes: usize) -> Result<(), StoreError> {
        self.reserve_now(max_bytes)
    }

    async fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        self.commit_now(expected, document)
    }

    async fn remove(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        self.remove_now(expected)
    }
}
