//! Logins take turns: one at a time per identity, over all processes that share a lock file.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::LoginError;

/// Longest text read back from a lock file, in bytes.
const HOLDER_LEN: u64 = 100;

/// Identities that log in within this process at this moment.
static UNDER_WAY: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The right to log in; dropping it, or the end of the process, gives it back.
///
/// It is not the store's lock, which nobody may hold while waiting for a person.
#[derive(Debug)]
pub(crate) struct Turn {
    file: Option<File>,
    _here: Here,
}

impl Turn {
    /// Takes the turn of `identity`, and of `lock_file` if there is one, or says at once who has it.
    pub(crate) fn take(identity: String, lock_file: Option<&Path>) -> Result<Self, LoginError> {
        let here = Here::take(identity)?;
        let file = lock_file.map(lock).transpose()?;
        Ok(Self { file, _here: here })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // In words: closing alone would leave the lock to a browser that was just forked.
            drop(file.unlock());
        }
    }
}

/// The turn within this process.
#[derive(Debug)]
struct Here(String);

impl Here {
    fn take(identity: String) -> Result<Self, LoginError> {
        let mut under_way = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.insert(identity.clone()) {
            Ok(Self(identity))
        } else {
            Err(LoginError::Busy {
                holder: Some("in this process".to_owned()),
            })
        }
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        UNDER_WAY
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.0);
    }
}

/// Locks the file, which stays there: removing a lock file would let two holders in.
fn lock(path: &Path) -> Result<File, LoginError> {
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        let why = Error::new(ErrorKind::InvalidInput, "the lock file is not a plain file");
        return Err(LoginError::Lock(Arc::new(why)));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(path)
        .map_err(|error| LoginError::Lock(Arc::new(error)))?;
    if !is_alone(&file, path) {
        let why = Error::new(
            ErrorKind::InvalidInput,
            "the lock file is a link to another",
        );
        return Err(LoginError::Lock(Arc::new(why)));
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(LoginError::Busy {
                holder: holder(&file),
            });
        }
        Err(TryLockError::Error(error)) => return Err(LoginError::Lock(Arc::new(error))),
    }
    // The text is for people only; the lock holds without it.
    drop(file.set_len(0));
    drop(write!(file, "process {}", std::process::id()));
    Ok(file)
}

/// What was opened is what lies at the path, under no other name: a link that was slipped in between the first look and
/// the opening must not have its target emptied.
#[cfg(unix)]
fn is_alone(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(opened), Ok(found)) = (file.metadata(), path.symlink_metadata()) else {
        return false;
    };
    (opened.dev(), opened.ino(), opened.nlink()) == (found.dev(), found.ino(), 1)
}

#[cfg(not(unix))]
fn is_alone(_: &File, _: &Path) -> bool {
    true
}

fn holder(file: &File) -> Option<String> {
    let mut text = String::new();
    file.take(HOLDER_LEN).read_to_string(&mut text).ok()?;
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    (!clean.is_empty()).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_login_at_a_time_per_identity_in_a_process() {
        let first = Turn::take("turn-test-a".to_owned(), None).unwrap();
        let second = Turn::take("turn-test-a".to_owned(), None).unwrap_err();
        assert_eq!(second.code(), "login_in_progress");
        assert!(Turn::take("turn-test-b".to_owned(), None).is_ok());
        drop(first);
        assert!(Turn::take("turn-test-a".to_owned(), None).is_ok());
    }

    #[test]
    fn a_lock_file_is_shared_and_names_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".login.lock");
        let first = Turn::take("turn-test-c".to_owned(), Some(&path)).unwrap();
        let second = Turn::take("turn-test-d".to_owned(), Some(&path));
        let Err(LoginError::Busy {
            holder: Some(holder),
        }) = second
        else {
            panic!("{second:?}")
        };
        assert_eq!(holder, format!("process {}", std::process::id()));
        drop(first);
        assert!(Turn::take("turn-test-d".to_owned(), Some(&path)).is_ok());
    }

    #[test]
    fn a_lock_that_fails_gives_the_identity_back() {
        let nowhere = Path::new("/nonexistent/folder/.login.lock");
        assert!(Turn::take("turn-test-e".to_owned(), Some(nowhere)).is_err());
        assert!(Turn::take("turn-test-e".to_owned(), None).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn refuses_a_lock_file_that_has_another_name_too() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (
            folder.path().join("victim"),
            folder.path().join(".login.lock"),
        );
        std::fs::write(&target, "precious").unwrap();
        std::fs::hard_link(&target, &link).unwrap();
        let error = Turn::take("turn-test-g".to_owned(), Some(&link)).unwrap_err();
        assert_eq!(error.code(), "login_lock_failed");
        assert_eq!(std::fs::read_to_string(target).unwrap(), "precious");
    }

    #[cfg(unix)]
    #[test]
    fn notices_a_file_that_was_swapped_after_the_first_look() {
        let folder = tempfile::tempdir().unwrap();
        let (opened, path) = (folder.path().join("opened"), folder.path().join("path"));
        let file = File::create(&opened).unwrap();
        std::os::unix::fs::symlink(&opened, &path).unwrap();
        assert!(!is_alone(&file, &path));
        assert!(is_alone(&file, &opened));
    }

    #[cfg(unix)]
    #[test]
    fn refuses_a_lock_file_that_is_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (
            folder.path().join("victim"),
            folder.path().join(".login.lock"),
        );
        std::fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let error = Turn::take("turn-test-f".to_owned(), Some(&link)).unwrap_err();
        assert_eq!(error.code(), "login_lock_failed");
        assert_eq!(std::fs::read_to_string(target).unwrap(), "precious");
    }
}
