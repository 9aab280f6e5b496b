//! One folder by its path, where there are no Unix permissions: access is governed by the folder above the home.

#![expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the same shape as the folder of Unix"
)]

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{failure, trust};
use crate::StoreError;

/// A folder that was found safe to use.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a home folder; `None` when it is not there.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        match fs::metadata(path) {
            Ok(metadata) => trust::folder(path, &metadata).map(|()| {
                Some(Self {
                    path: path.to_owned(),
                })
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure::read("open", path.to_owned(), error)),
        }
    }

    /// Opens a home folder, creating it and what is above it.
    pub(super) fn create(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path)
            .map_err(|error| failure::write("create", path.to_owned(), error))?;
        Self::open(path)?
            .ok_or_else(|| failure::read("open", path.to_owned(), ErrorKind::NotFound.into()))
    }

    /// Opens a folder in this one; `None` when it is not there.
    pub(super) fn child(&self, name: &str) -> Result<Option<Self>, StoreError> {
        self.refuse_link(name)?;
        Self::open(&self.path_of(name))
    }

    /// Opens a folder in this one, creating it; `None` when it was removed again at that moment.
    pub(super) fn create_child(&self, name: &str) -> Result<Option<Self>, StoreError> {
        self.refuse_link(name)?;
        let path = self.path_of(name);
        fs::create_dir_all(&path).map_err(|error| failure::write("create", path.clone(), error))?;
        Self::open(&path)
    }

    /// Opens a file for reading; `None` when it is not there.
    pub(super) fn open_file(&self, name: &str) -> Result<Option<File>, StoreError> {
        self.refuse_link(name)?;
        self.refuse_folder(name)?;
        match File::open(self.path_of(name)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure::read("open", self.path_of(name), error)),
        }
    }

    /// Opens the lock file, creating it; `None` when this folder has been removed.
    pub(super) fn open_lock(&self, name: &str) -> Result<Option<File>, StoreError> {
        self.refuse_link(name)?;
        match OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.path_of(name))
        {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure::write("open", self.path_of(name), error)),
        }
    }

    /// Creates a file that must not exist yet.
    pub(super) fn create_file(&self, name: &str) -> Result<File, StoreError> {
        let created = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(self.path_of(name));
        created.map_err(|error| failure::write("create", self.path_of(name), error))
    }

    /// Tells whether a name still means an open file. An open file cannot be removed here, so a name that exists does.
    pub(super) fn is_same_file(&self, name: &str, _file: &File) -> Result<bool, StoreError> {
        Ok(self.path_of(name).exists())
    }

    /// Renames a file within this folder, over whatever has the new name.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let renamed = fs::rename(self.path_of(from), self.path_of(to));
        renamed.map_err(|error| failure::write("replace", self.path_of(to), error))
    }

    /// Renames a file if it is there.
    pub(super) fn rename_if_there(&self, from: &str, to: &str) -> Result<(), StoreError> {
        match fs::rename(self.path_of(from), self.path_of(to)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(failure::write("keep aside", self.path_of(from), error))
            }
            _ => Ok(()),
        }
    }

    /// Removes a file. Tells whether it was there.
    pub(super) fn remove_file(&self, name: &str) -> Result<bool, StoreError> {
        self.refuse_folder(name)?;
        match fs::remove_file(self.path_of(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failure::write("remove", self.path_of(name), error)),
        }
    }

    /// Removes a folder in this one if it is empty. Tells whether it did.
    pub(super) fn remove_child(&self, name: &str) -> Result<bool, StoreError> {
        match fs::remove_dir(self.path_of(name)) {
            Ok(()) => Ok(true),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(failure::write("remove", self.path_of(name), error)),
        }
    }

    /// Renames a folder in this one, unless the new name has something already.
    pub(super) fn rename_child(&self, from: &str, to: &str) -> Result<(), StoreError> {
        if self.path_of(to).symlink_metadata().is_ok() {
            return Err(StoreError::Conflict);
        }
        let renamed = fs::rename(self.path_of(from), self.path_of(to));
        renamed.map_err(|error| failure::write("rename", self.path_of(from), error))
    }

    /// Refuses a folder where a file should be.
    pub(super) fn refuse_folder(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path_of(name);
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => trust::regular(&path, &metadata),
            _ => Ok(()),
        }
    }

    /// Lists the names in this folder that are Unicode.
    pub(super) fn names(&self) -> Result<Vec<String>, StoreError> {
        let entries = fs::read_dir(&self.path)
            .map_err(|error| failure::read("list", self.path.clone(), error))?;
        Ok(entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect())
    }

    /// Folders cannot be synced here; the file system journals its names.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns the full path of a name in this folder, for messages.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn refuse_link(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path_of(name);
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => Err(trust::symbolic_link(&path)),
            _ => Ok(()),
        }
    }
}

/// Allocates space for a file; `false` because it takes writing zeros here.
pub(super) fn allocate(_file: &File, _bytes: u64) -> io::Result<bool> {
    Ok(false)
}

/// Returns the number that tells a file from the one that had its name before: here, when it was created.
pub(super) fn identity(metadata: &Metadata) -> u64 {
    let created = metadata
        .created()
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    created.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// Owners are not told here.
pub(super) fn owner(_metadata: &Metadata) -> u32 {
    0
}

/// Permission bits are not told here.
pub(super) fn mode(_metadata: &Metadata) -> u32 {
    0
}

/// User numbers are not told here.
pub(super) fn me() -> u32 {
    0
}
