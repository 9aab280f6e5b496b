//! Credentials in planet-auth's file layout: `<home>/<profile>/token.json` and `auth_client.json`.

use std::path::{Path, PathBuf};

use crate::{
    CredentialStore, Document, Lease, ProfileName, Revision, Stamp, StoreError, Stored, TryLock,
};

/// A store that keeps one folder per profile under a home folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FileStore {
    home: PathBuf,
}

impl FileStore {
    /// Uses a home folder, which is created (0700) at the first write.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self { home: home.into() }
    }

    /// Returns the home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Returns where a profile's credential lies.
    pub fn token_path(&self, profile: &ProfileName) -> PathBuf {
        self.home.join(profile.as_str()).join("token.json")
    }

    /// Returns where a profile's client config lies.
    pub fn config_path(&self, profile: &ProfileName) -> PathBuf {
        self.home.join(profile.as_str()).join("auth_client.json")
    }

    /// Reads a credential without a lock: one open, one fstat, one read.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unsafe`], [`StoreError::TooLarge`] or [`StoreError::Io`], naming the file.
    pub fn load_now(&self, _profile: &ProfileName) -> Result<Option<Stored>, StoreError> {
        unimplemented!()
    }

    /// Takes the lock of a profile, or says who has it; creates the profile's folder (0700).
    ///
    /// # Errors
    /// [`StoreError::Unwritable`], [`StoreError::Unsafe`], [`StoreError::NoSpace`] or [`StoreError::Io`].
    pub fn try_lock_now(&self, _profile: &ProfileName) -> Result<TryLock<FileLease>, StoreError> {
        unimplemented!()
    }

    /// Lists the profiles that have a credential, sorted.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] or [`StoreError::Io`] when the home folder cannot be used.
    pub fn list_now(&self) -> Result<Vec<ProfileName>, StoreError> {
        unimplemented!()
    }

    /// Returns the mark of a credential file, by one stat.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file cannot be looked at.
    pub fn stamp_now(&self, _profile: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        unimplemented!()
    }

    /// Returns the mark of a client config file, by one stat.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file cannot be looked at.
    pub fn config_stamp(&self, _profile: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        unimplemented!()
    }

    /// Lists the profiles that have a client config, sorted.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] or [`StoreError::Io`] when the home folder cannot be used.
    pub fn profiles(&self) -> Result<Vec<ProfileName>, StoreError> {
        unimplemented!()
    }

    /// Reads a client config.
    ///
    /// # Errors
    /// As [`load_now`](Self::load_now).
    pub fn load_config(&self, _profile: &ProfileName) -> Result<Option<Stored>, StoreError> {
        unimplemented!()
    }

    /// Writes a client config, if what is stored is still what was expected; waits at most five seconds for the lock.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Locked`], and what a credential's commit reports.
    pub fn write_config(
        &self,
        _profile: &ProfileName,
        _expected: Option<&Revision>,
        _config: &Document,
    ) -> Result<Revision, StoreError> {
        unimplemented!()
    }

    /// Reads keyfob's own settings, `<home>/keyfob.json`.
    ///
    /// # Errors
    /// As [`load_now`](Self::load_now).
    pub fn load_settings(&self) -> Result<Option<Stored>, StoreError> {
        unimplemented!()
    }

    /// Writes keyfob's own settings, if what is stored is still what was expected; waits at most five seconds for the lock.
    ///
    /// # Errors
    /// As [`write_config`](Self::write_config).
    pub fn write_settings(
        &self,
        _expected: Option<&Revision>,
        _settings: &Document,
    ) -> Result<Revision, StoreError> {
        unimplemented!()
    }

    /// Removes a profile's credential, config and folder; files that keyfob does not know are left, and so is then the folder.
    /// Waits at most five seconds for the lock. Tells whether there was anything to remove.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Unwritable`], [`StoreError::Unsafe`] or [`StoreError::Io`].
    pub fn remove_profile(&self, _profile: &ProfileName) -> Result<bool, StoreError> {
        unimplemented!()
    }
}

impl CredentialStore for FileStore {
    type Lease = FileLease;

    async fn load(&self, key: &ProfileName) -> Result<Option<Stored>, StoreError> {
        self.load_now(key)
    }

    async fn try_lock(&self, key: &ProfileName) -> Result<TryLock<FileLease>, StoreError> {
        self.try_lock_now(key)
    }

    async fn list(&self) -> Result<Vec<ProfileName>, StoreError> {
        self.list_now()
    }

    async fn stamp(&self, key: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        self.stamp_now(key)
    }
}

/// The right to change one profile's files.
#[derive(Debug)]
pub struct FileLease {}

impl FileLease {
    /// Reads the credential again.
    ///
    /// # Errors
    /// As [`FileStore::load_now`].
    pub fn load_now(&mut self) -> Result<Option<Stored>, StoreError> {
        unimplemented!()
    }

    /// Creates the temporary file and allocates its space, so that a full disk or a read-only folder is found now.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], [`StoreError::Unwritable`], [`StoreError::TooLarge`] or [`StoreError::Io`].
    pub fn reserve_now(&mut self, _max_bytes: usize) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Writes durably, if what is stored is still what was expected; `None` expects nothing readable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], and what [`reserve_now`](Self::reserve_now) reports.
    pub fn commit_now(
        &mut self,
        _expected: Option<&Revision>,
        _document: &Document,
    ) -> Result<Revision, StoreError> {
        unimplemented!()
    }

    /// Removes the credential and its kept-aside copies; `None` removes whatever is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Unwritable`] or [`StoreError::Io`].
    pub fn remove_now(&mut self, _expected: Option<&Revision>) -> Result<bool, StoreError> {
        unimplemented!()
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
