//! Client configs, keyfob's own settings, and the removal of whole profiles, by the same machinery as credentials.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::lock::{self, Lock, Taken};
use super::record::{CONFIG, Record, SETTINGS, TOKEN};
use super::{FileStore, copy, read};
use crate::{Document, ProfileName, Revision, Stamp, StoreError, Stored};

/// How long a person's command waits for a refresh of another process to finish.
const LOCK_WAIT: Duration = Duration::from_secs(5);
const LOCK_POLL: Duration = Duration::from_millis(20);

impl FileStore {
    /// Lists the profiles that have a client config, sorted.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] or [`StoreError::Io`] when the home folder cannot be used.
    pub fn profiles(&self) -> Result<Vec<ProfileName>, StoreError> {
        self.having(&CONFIG)
    }

    /// Reads a client config.
    ///
    /// # Errors
    /// As [`load_now`](Self::load_now).
    pub fn load_config(&self, profile: &ProfileName) -> Result<Option<Stored>, StoreError> {
        self.load_named(profile, &CONFIG)
    }

    /// Returns the mark of a client config file, by one stat.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file cannot be looked at.
    pub fn config_stamp(&self, profile: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        read::stamp(&self.config_path(profile))
    }

    /// Writes a client config, if what is stored is still what was expected; `None` expects nothing readable. Waits at most
    /// five seconds for the lock.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Locked`], and what a credential's commit reports.
    pub fn write_config(
        &self,
        profile: &ProfileName,
        expected: Option<&Revision>,
        config: &Document,
    ) -> Result<Revision, StoreError> {
        let (folder, _lock) =
            wait_for_lock(|| Folder::create(&self.home)?.create_child(profile.as_str()))?
                .ok_or(StoreError::Locked { holder: None })?;
        Record::new(folder, &CONFIG).commit(expected, config)
    }

    /// Returns where keyfob's own settings lie.
    pub fn settings_path(&self) -> PathBuf {
        self.home().join(&*SETTINGS.file)
    }

    /// Reads keyfob's own settings, `<home>/keyfob.json`.
    ///
    /// # Errors
    /// As [`load_now`](Self::load_now).
    pub fn load_settings(&self) -> Result<Option<Stored>, StoreError> {
        match Folder::open(self.home())? {
            Some(home) => read::stored(&home, &SETTINGS),
            None => Ok(None),
        }
    }

    /// Writes keyfob's own settings, if what is stored is still what was expected; waits at most five seconds for the lock.
    ///
    /// # Errors
    /// As [`write_config`](Self::write_config).
    pub fn write_settings(
        &self,
        expected: Option<&Revision>,
        settings: &Document,
    ) -> Result<Revision, StoreError> {
        let (home, _lock) = wait_for_lock(|| Folder::create(self.home()).map(Some))?
            .ok_or(StoreError::Locked { holder: None })?;
        Record::new(home, &SETTINGS).commit(expected, settings)
    }

    /// Removes a profile's credential, config and folder; files that keyfob does not know are left, and so is then the folder.
    /// Waits at most five seconds for the lock. Tells whether there was anything to remove.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Unwritable`], [`StoreError::Unsafe`] or [`StoreError::Io`].
    pub fn remove_profile(&self, profile: &ProfileName) -> Result<bool, StoreError> {
        let Some(home) = Folder::open(self.home())? else {
            return Ok(false);
        };
        if home.child(profile.as_str())?.is_none() {
            return Ok(false);
        }
        let Some((folder, lock)) = wait_for_lock(|| home.child(profile.as_str()))? else {
            return Ok(false);
        };
        let folder = Arc::new(folder);
        let token = Record::new(Arc::clone(&folder), &TOKEN).remove(None)?;
        let config = Record::new(Arc::clone(&folder), &CONFIG).remove(None)?;
        copy::forget(&folder)?;
        // The lock goes last. Whoever waits for it finds its file gone and makes a new one, in this folder or in a new one.
        lock::remove_file(&folder, &lock)?;
        let gone = home.remove_child(profile.as_str())?;
        home.sync()?;
        Ok(token || config || gone)
    }
}

/// Takes the lock of a folder, waiting a little; `None` when there is no such folder (any more).
pub(super) fn wait_for_lock(
    open: impl Fn() -> Result<Option<Folder>, StoreError>,
) -> Result<Option<(Folder, Lock)>, StoreError> {
    wait_for(open, lock::take)
}

/// As [`wait_for_lock`], for the lock that `take` takes.
pub(super) fn wait_for(
    open: impl Fn() -> Result<Option<Folder>, StoreError>,
    take: impl Fn(&Folder) -> Result<Taken, StoreError>,
) -> Result<Option<(Folder, Lock)>, StoreError> {
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        let Some(folder) = open()? else {
            return Ok(None);
        };
        let holder = match take(&folder)? {
            Taken::Held(lock) => return Ok(Some((folder, lock))),
            Taken::Busy { holder } => holder,
            Taken::Gone => None,
        };
        if Instant::now() >= deadline {
            return Err(StoreError::Locked { holder });
        }
        thread::sleep(LOCK_POLL);
    }
}
