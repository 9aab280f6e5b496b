//! Renaming a profile: its whole folder at once, so that configuration and credential are never apart.

use super::FileStore;
use super::config::wait_for_lock;
use super::folder::Folder;
use super::lock;
use super::record::{CONFIG, TOKEN};
use crate::{ProfileName, StoreError};

impl FileStore {
    /// Gives a profile another name. Others see it under the one name or under the other, never under both or none, and a
    /// refresh that is under way is waited for (five seconds at most). Tells whether there was a profile to rename.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the new name has files already, [`StoreError::Locked`], and what writing reports.
    pub fn rename_profile(&self, from: &ProfileName, to: &ProfileName) -> Result<bool, StoreError> {
        let Some(home) = Folder::open(self.home())? else {
            return Ok(false);
        };
        if from == to {
            return Ok(home.child(from.as_str())?.is_some());
        }
        // Looking must not make a lock file where there is no profile.
        if home.child(from.as_str())?.is_none() {
            return Ok(false);
        }
        let Some((_folder, _lock)) = wait_for_lock(|| home.child(from.as_str()))? else {
            return Ok(false);
        };
        clear(&home, to)?;
        home.rename_child(from.as_str(), to.as_str())?;
        home.sync()?;
        Ok(true)
    }
}

/// Removes a folder in which there is nothing but a lock file: a program that looked for a login has left it.
fn clear(home: &Folder, name: &ProfileName) -> Result<(), StoreError> {
    if home.child(name.as_str())?.is_none() {
        return Ok(());
    }
    let Some((folder, lock)) = wait_for_lock(|| home.child(name.as_str()))? else {
        return Ok(());
    };
    for names in [&CONFIG, &TOKEN] {
        if folder.path_of(&names.file).symlink_metadata().is_ok() {
            return Err(StoreError::Conflict);
        }
    }
    lock::remove_file(&folder, &lock)?;
    home.remove_child(name.as_str()).map(drop)
}
