//! The lock of a folder: an advisory lock on `.lock`, which the kernel releases even after kill -9.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};

use super::folder::Folder;
use super::record::{CONFIG, Names, SETTINGS, TOKEN};
use super::{failure, trust};
use crate::StoreError;

pub(super) const LOCK: &str = ".lock";
const MAX_HOLDER_BYTES: u64 = 64;

/// What came of trying to lock a folder.
pub(super) enum Taken {
    Held(Lock),
    Busy {
        holder: Option<String>,
    },
    /// The folder or its lock file was removed at this very moment; to be tried again from the start.
    Gone,
}

/// A held lock; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

/// Tries to lock a folder.
pub(super) fn take(folder: &Folder) -> Result<Taken, StoreError> {
    take_named(folder, LOCK, &[&TOKEN, &CONFIG, &SETTINGS])
}

/// Tries to take the lock of this name, which guards these files.
pub(super) fn take_named(
    folder: &Folder,
    name: &str,
    guarded: &[&Names],
) -> Result<Taken, StoreError> {
    match folder.open_lock(name)? {
        Some(file) => claim(folder, file, name, guarded),
        None => Ok(Taken::Gone),
    }
}

/// Locks an open lock file. With the lock come the duties of a writer: what dead writers left behind is removed.
fn claim(
    folder: &Folder,
    mut file: File,
    name: &str,
    guarded: &[&Names],
) -> Result<Taken, StoreError> {
    let path = || folder.path_of(name);
    let metadata = file
        .metadata()
        .map_err(|error| failure::read("look at", path(), error))?;
    trust::regular(&path(), &metadata)?;
    trust::ours(&path(), &metadata)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Ok(Taken::Busy {
                holder: read_holder(&mut file),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failure::write("lock", path(), error)),
    }
    // Between opening and locking, the file may have been removed with its profile: then this lock protects nothing.
    if !folder.is_same_file(name, &file)? {
        return Ok(Taken::Gone);
    }
    let mut lock = Lock { file };
    lock.write_holder();
    for names in guarded {
        if folder.remove_file(&names.draft)? {
            tracing::debug!(path = %folder.path_of(&names.draft).display(), "removed what a dead writer left behind");
        }
    }
    Ok(Taken::Held(lock))
}

/// Removes the lock file together with its profile; the lock itself is held until dropped.
pub(super) fn remove_file(folder: &Folder, held: &Lock) -> Result<(), StoreError> {
    remove_named(folder, LOCK, held)
}

/// As [`remove_file`], for a lock of this name.
pub(super) fn remove_named(folder: &Folder, name: &str, _held: &Lock) -> Result<(), StoreError> {
    folder.remove_file(name).map(drop)
}

impl Lock {
    /// Leaves word for those who find the lock taken. A full disk must not stop a refresh for the want of it.
    fn write_holder(&mut self) {
        let command = std::env::args_os().next().unwrap_or_default();
        let command = std::path::Path::new(&command)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let text = format!("{} {}\n", std::process::id(), plain(&command));
        let written = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(text.as_bytes()));
        if let Err(error) = written {
            tracing::debug!(%error, "the lock does not name its holder");
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An old name must not be taken for the next holder's. Then unlocking in words: closing alone would leave the lock to a
        // child process that was forked meanwhile and has not closed its copy of the file yet, or never will.
        let (cleared, released) = (self.file.set_len(0), self.file.unlock());
        if let Err(error) = cleared.and(released) {
            tracing::debug!(%error, "a lock was not given back tidily");
        }
    }
}

/// Reads who holds the lock, as `process 12 (keyfob)`; what others may have put there is not repeated.
fn read_holder(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.take(MAX_HOLDER_BYTES).read_to_string(&mut text).ok()?;
    let (process, command) = text.split_once(' ')?;
    let process: u32 = process.parse().ok()?;
    Some(format!("process {process} ({})", plain(command.trim_end())))
}

fn plain(command: &str) -> String {
    command
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || "._-".contains(*character))
        .take(32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_lock_names_its_holder() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::create(home.path()).unwrap();
        let Taken::Held(first) = take(&folder).unwrap() else {
            panic!("the lock is free")
        };
        let Taken::Busy { holder } = take(&folder).unwrap() else {
            panic!("the lock is taken")
        };
        let holder = holder.unwrap();
        assert!(
            holder.starts_with(&format!("process {} (", std::process::id())),
            "{holder}"
        );
        drop(first);
        assert!(matches!(take(&folder).unwrap(), Taken::Held(_)));
        assert_eq!(std::fs::read(home.path().join(LOCK)).unwrap(), b"");
    }

    #[test]
    fn a_copy_of_the_open_file_in_a_forked_child_does_not_keep_the_lock() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::create(home.path()).unwrap();
        let Taken::Held(lock) = take(&folder).unwrap() else {
            panic!("the lock is free")
        };
        let _inherited = lock.file.try_clone().unwrap();
        drop(lock);
        assert!(matches!(take(&folder).unwrap(), Taken::Held(_)));
    }

    #[test]
    fn strange_words_in_a_lock_file_are_not_repeated() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x");
        for (content, holder) in [
            ("12 key\u{1b}[31mfob\n", Some("process 12 (key31mfob)")),
            ("secret", None),
            ("", None),
            ("x y", None),
            ("99999999999 y", None),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(
                read_holder(&mut File::open(&path).unwrap()).as_deref(),
                holder
            );
        }
    }

    #[test]
    fn a_lock_whose_file_was_removed_or_replaced_meanwhile_is_not_held() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::create(home.path()).unwrap();
        let Taken::Held(old) = take(&folder).unwrap() else {
            panic!("the lock is free")
        };
        let open_files = [
            folder.open_lock(LOCK).unwrap().unwrap(),
            folder.open_lock(LOCK).unwrap().unwrap(),
        ];
        remove_file(&folder, &old).unwrap();
        drop(old);
        let [first, second] = open_files;
        assert!(matches!(
            claim(&folder, first, LOCK, &[]).unwrap(),
            Taken::Gone
        ));
        let Taken::Held(_new) = take(&folder).unwrap() else {
            panic!("the new lock is free")
        };
        assert!(matches!(
            claim(&folder, second, LOCK, &[]).unwrap(),
            Taken::Gone
        ));
    }
}
