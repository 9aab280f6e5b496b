//! One folder, held open: every name below it is looked up in it and no symbolic link is followed (Unix).

use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FallocateFlags, Mode, OFlags};
use rustix::io::Errno;

use super::{failure, trust};
use crate::StoreError;

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const NEVER: OFlags = OFlags::CLOEXEC
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// A folder that was found safe to use.
#[derive(Debug)]
pub(super) struct Folder {
    handle: File,
    path: PathBuf,
}

impl Folder {
    /// Opens a home folder; `None` when it is not there. It may be reached by links: who can set those can do anything anyway.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        match rustix::fs::open(
            path,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        ) {
            Ok(handle) => Self::checked(handle.into(), path.to_owned()).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failure::read("open", path.to_owned(), error.into())),
        }
    }

    /// Opens a home folder, creating it and what is above it.
    pub(super) fn create(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = Self::open(path)? {
            return Ok(folder);
        }
        let created = DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(path);
        created.map_err(|error| failure::write("create", path.to_owned(), error))?;
        Self::open(path)?
            .ok_or_else(|| failure::read("open", path.to_owned(), io::ErrorKind::NotFound.into()))
    }

    /// Opens a folder in this one; `None` when it is not there.
    pub(super) fn child(&self, name: &str) -> Result<Option<Self>, StoreError> {
        match rustix::fs::openat(
            &self.handle,
            name,
            OFlags::RDONLY | OFlags::DIRECTORY | NEVER,
            Mode::empty(),
        ) {
            Ok(handle) => Self::checked(handle.into(), self.path_of(name)).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.refused_open(name, error)),
        }
    }

    /// Opens a folder in this one, creating it; `None` when it was removed again at that moment.
    pub(super) fn create_child(&self, name: &str) -> Result<Option<Self>, StoreError> {
        if let Some(child) = self.child(name)? {
            return Ok(Some(child));
        }
        match rustix::fs::mkdirat(&self.handle, name, Mode::from_raw_mode(FOLDER_MODE)) {
            Ok(()) => self.sync()?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(failure::write("create", self.path_of(name), error.into())),
        }
        self.child(name)
    }

    /// Opens a file for reading; `None` when it is not there.
    pub(super) fn open_file(&self, name: &str) -> Result<Option<File>, StoreError> {
        match rustix::fs::openat(&self.handle, name, OFlags::RDONLY | NEVER, Mode::empty()) {
            Ok(file) => Ok(Some(file.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.refused_open(name, error)),
        }
    }

    /// Opens the lock file, creating it; `None` when this folder has been removed.
    pub(super) fn open_lock(&self, name: &str) -> Result<Option<File>, StoreError> {
        match rustix::fs::openat(
            &self.handle,
            name,
            OFlags::RDWR | OFlags::CREATE | NEVER,
            Mode::from_raw_mode(FILE_MODE),
        ) {
            Ok(file) => Ok(Some(file.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP) => Err(trust::symbolic_link(&self.path_of(name))),
            Err(error) => Err(failure::write("open", self.path_of(name), error.into())),
        }
    }

    /// Creates a file that must not exist yet, readable by its owner only whatever the umask says.
    pub(super) fn create_file(&self, name: &str) -> Result<File, StoreError> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | NEVER;
        let created = rustix::fs::openat(&self.handle, name, flags, Mode::from_raw_mode(FILE_MODE))
            .map(File::from);
        let restricted = created.map_err(io::Error::from).and_then(|file| {
            file.set_permissions(Permissions::from_mode(FILE_MODE))?;
            Ok(file)
        });
        restricted.map_err(|error| failure::write("create", self.path_of(name), error))
    }

    /// Tells whether a name still means an open file.
    pub(super) fn is_same_file(&self, name: &str, file: &File) -> Result<bool, StoreError> {
        let named = match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(named) => named,
            Err(Errno::NOENT) => return Ok(false),
            Err(error) => return Err(failure::read("look at", self.path_of(name), error.into())),
        };
        let open = rustix::fs::fstat(file)
            .map_err(|error| failure::read("look at", self.path_of(name), error.into()))?;
        Ok((named.st_dev, named.st_ino) == (open.st_dev, open.st_ino))
    }

    /// Renames a file within this folder, over whatever has the new name.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let renamed = rustix::fs::renameat(&self.handle, from, &self.handle, to);
        renamed.map_err(|error| failure::write("replace", self.path_of(to), error.into()))
    }

    /// Renames a file if it is there.
    pub(super) fn rename_if_there(&self, from: &str, to: &str) -> Result<(), StoreError> {
        match rustix::fs::renameat(&self.handle, from, &self.handle, to) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(failure::write(
                "keep aside",
                self.path_of(from),
                error.into(),
            )),
        }
    }

    /// Removes a file (of a link, the link). Tells whether it was there.
    pub(super) fn remove_file(&self, name: &str) -> Result<bool, StoreError> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => {
                self.refuse_folder(name)?;
                Err(failure::write("remove", self.path_of(name), error.into()))
            }
        }
    }

    /// Removes a folder in this one if it is empty. Tells whether it did.
    pub(super) fn remove_child(&self, name: &str) -> Result<bool, StoreError> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::REMOVEDIR) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
            Err(error) => Err(failure::write("remove", self.path_of(name), error.into())),
        }
    }

    /// Renames a folder in this one, unless the new name has something already.
    pub(super) fn rename_child(&self, from: &str, to: &str) -> Result<(), StoreError> {
        // A folder never takes the place of a file or of a folder with something in it.
        match rustix::fs::renameat(&self.handle, from, &self.handle, to) {
            Ok(()) => Ok(()),
            Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Err(StoreError::Conflict),
            Err(error) => Err(failure::write("rename", self.path_of(from), error.into())),
        }
    }

    /// Refuses a folder where a file should be.
    pub(super) fn refuse_folder(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path_of(name);
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => trust::regular(&path, &metadata),
            _ => Ok(()),
        }
    }

    /// Lists the names in this folder that are UTF-8.
    pub(super) fn names(&self) -> Result<Vec<String>, StoreError> {
        let failed = |error: Errno| failure::read("list", self.path.clone(), error.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle).map_err(failed)? {
            if let Ok(name) = entry.map_err(failed)?.file_name().to_str() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Makes what was created, renamed or removed in this folder durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        match rustix::fs::fsync(&self.handle) {
            // Some file systems cannot sync a folder, and need not.
            Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(()),
            Err(error) => Err(failure::write("sync", self.path.clone(), error.into())),
        }
    }

    /// Returns the full path of a name in this folder, for messages.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn checked(handle: File, path: PathBuf) -> Result<Self, StoreError> {
        let metadata = handle
            .metadata()
            .map_err(|error| failure::read("look at", path.clone(), error))?;
        trust::folder(&path, &metadata)?;
        Ok(Self { handle, path })
    }

    /// Says why a name could not be opened: mostly because it is a link or not what it should be.
    fn refused_open(&self, name: &str, error: Errno) -> StoreError {
        let path = self.path_of(name);
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => trust::symbolic_link(&path),
            Ok(metadata) if error == Errno::NOTDIR => match trust::folder(&path, &metadata) {
                Err(refused) => refused,
                Ok(()) => failure::read("open", path, error.into()),
            },
            // A socket cannot be opened at all.
            Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => {
                match trust::regular(&path, &metadata) {
                    Err(refused) => refused,
                    Ok(()) => failure::read("open", path, error.into()),
                }
            }
            _ => failure::read("open", path, error.into()),
        }
    }
}

/// Allocates space for a file, so that a full disk is found now; `false` when the file system cannot do that.
pub(super) fn allocate(file: &File, bytes: u64) -> io::Result<bool> {
    match rustix::io::retry_on_intr(|| {
        rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes)
    }) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Returns the number that tells a file from the one that had its name before.
pub(super) fn identity(metadata: &Metadata) -> u64 {
    metadata.ino()
}

/// Returns the user that a file belongs to.
pub(super) fn owner(metadata: &Metadata) -> u32 {
    metadata.uid()
}

/// Returns the permission bits.
pub(super) fn mode(metadata: &Metadata) -> u32 {
    metadata.mode()
}

/// Returns the user that this process acts for.
pub(super) fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}
