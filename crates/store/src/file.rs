//! Credentials in planet-auth's file layout: `<home>/<profile>/token.json` and `auth_client.json`.

mod aside;
mod config;
mod copy;
mod draft;
mod failure;
#[cfg_attr(not(unix), path = "file/folder_plain.rs")]
mod folder;
mod lease;
mod lock;
mod read;
mod record;
mod rename;
mod shared;
mod single;
mod trust;

use std::path::{Path, PathBuf};

use crate::{CredentialStore, ProfileName, Stamp, StoreError, Stored, TryLock};
pub use copy::ConfigCopy;
use folder::Folder;
pub use lease::FileLease;
use lock::Taken;
use record::{CONFIG, Names, TOKEN};
pub use shared::{Content, SharedFile, SharedLease};
pub use single::SingleFile;

/// How often a lock is tried again when its file was removed with its profile at that very moment.
const LOCK_ATTEMPTS: usize = 10;

/// A store that keeps one folder per profile under a home folder. Cheap to clone.
///
/// Folders are made with mode 0700 and files with 0600. Whatever others could have written, or a symbolic link, is refused
/// with [`StoreError::Unsafe`]. See the crate's documentation for an example.
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
        self.path(profile, &TOKEN)
    }

    /// Returns where a profile's client config lies.
    pub fn config_path(&self, profile: &ProfileName) -> PathBuf {
        self.path(profile, &CONFIG)
    }

    /// Reads a credential without a lock.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unsafe`], [`StoreError::TooLarge`] or [`StoreError::Io`], naming the file.
    pub fn load_now(&self, profile: &ProfileName) -> Result<Option<Stored>, StoreError> {
        self.load_named(profile, &TOKEN)
    }

    /// Takes the lock of a profile, or says who has it; creates the profile's folder.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`], [`StoreError::Unsafe`], [`StoreError::NoSpace`] or [`StoreError::Io`].
    pub fn try_lock_now(&self, profile: &ProfileName) -> Result<TryLock<FileLease>, StoreError> {
        for _ in 0..LOCK_ATTEMPTS {
            let Some(folder) = Folder::create(&self.home)?.create_child(profile.as_str())? else {
                continue;
            };
            match lock::take(&folder)? {
                Taken::Held(lock) => return Ok(TryLock::Held(FileLease::new(folder, lock))),
                Taken::Busy { holder } => return Ok(TryLock::Busy { holder }),
                Taken::Gone => {}
            }
        }
        Ok(TryLock::Busy { holder: None })
    }

    /// Lists the profiles that have a credential, sorted.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] or [`StoreError::Io`] when the home folder cannot be used.
    pub fn list_now(&self) -> Result<Vec<ProfileName>, StoreError> {
        self.having(&TOKEN)
    }

    /// Returns the mark of a credential file, by one stat.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file cannot be looked at.
    pub fn stamp_now(&self, profile: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        read::stamp(&self.token_path(profile))
    }

    fn path(&self, profile: &ProfileName, names: &Names) -> PathBuf {
        self.home.join(profile.as_str()).join(&*names.file)
    }

    fn load_named(
        &self,
        profile: &ProfileName,
        names: &Names,
    ) -> Result<Option<Stored>, StoreError> {
        let Some(home) = Folder::open(&self.home)? else {
            return Ok(None);
        };
        let Some(folder) = home.child(profile.as_str())? else {
            return Ok(None);
        };
        read::stored(&folder, names)
    }

    /// Lists the profiles that have a certain file; whether it is any good is found out by who opens it.
    fn having(&self, names: &Names) -> Result<Vec<ProfileName>, StoreError> {
        let Some(home) = Folder::open(&self.home)? else {
            return Ok(Vec::new());
        };
        let mut profiles = Vec::new();
        for name in home.names()? {
            if let Some(profile) = ProfileName::from_folder(&name)
                && self.path(&profile, names).symlink_metadata().is_ok()
            {
                profiles.push(profile);
            }
        }
        profiles.sort_unstable();
        Ok(profiles)
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
