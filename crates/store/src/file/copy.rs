//! A copy of a client config beside the original, for an editor: readable by its owner only, removed with the profile.

use std::io::Write;
use std::path::PathBuf;

use super::config::wait_for_lock;
use super::folder::Folder;
use super::{FileStore, failure, read};
use crate::{Document, ProfileName, StoreError, Stored};

/// So many edits that went wrong are kept.
const KEPT: usize = 9;

/// A copy that a person edits. It stays until [`ConfigCopy::remove`] is called, or the profile is removed.
#[derive(Debug)]
pub struct ConfigCopy {
    folder: Folder,
    name: String,
}

impl FileStore {
    /// Writes a copy of a client config (0600) beside it, for an editor; ends with a line break, as editors like it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when nine copies are there already, and what writing reports.
    pub fn copy_config(
        &self,
        profile: &ProfileName,
        config: &Document,
    ) -> Result<ConfigCopy, StoreError> {
        let (folder, _lock) =
            wait_for_lock(|| Folder::create(self.home())?.create_child(profile.as_str()))?
                .ok_or(StoreError::Locked { holder: None })?;
        let free = (1..=KEPT)
            .map(name)
            .find(|name| folder.path_of(name).symlink_metadata().is_err());
        let name = free.ok_or(StoreError::Conflict)?;
        let mut file = folder.create_file(&name)?;
        let content = config.to_json();
        let written = file
            .write_all(&content)
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all());
        let copy = ConfigCopy { folder, name };
        if let Err(error) = written {
            let failed = failure::write("write", copy.path(), error);
            copy.remove()?;
            return Err(failed);
        }
        Ok(copy)
    }
}

impl ConfigCopy {
    /// Returns where the copy lies.
    pub fn path(&self) -> PathBuf {
        self.folder.path_of(&self.name)
    }

    /// Reads what it says now, with the same rules as the original.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unsafe`], [`StoreError::TooLarge`] or [`StoreError::Io`], naming the copy;
    /// [`StoreError::Conflict`] when it is gone.
    pub fn read(&self) -> Result<Stored, StoreError> {
        read::plain(&self.folder, &self.name)?.ok_or(StoreError::Conflict)
    }

    /// Removes it.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] or [`StoreError::Io`].
    pub fn remove(self) -> Result<(), StoreError> {
        self.folder.remove_file(&self.name).map(drop)
    }
}

/// Removes all copies of a folder, since they may hold secrets.
pub(super) fn forget(folder: &Folder) -> Result<bool, StoreError> {
    let mut any = false;
    for number in 1..=KEPT {
        any |= folder.remove_file(&name(number))?;
    }
    Ok(any)
}

/// The ending tells editors which language it is.
fn name(number: usize) -> String {
    format!("auth_client.edit-{number}.json")
}
