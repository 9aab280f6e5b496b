//! One JSON file of any name: a credential at a place that the caller names, or the settings of another program.

use std::path::{Path, PathBuf};

use super::config::wait_for;
use super::folder::Folder;
use super::lease::FileLease;
use super::lock::{self, Taken};
use super::read;
use super::record::{Names, Record, TOKEN};
use crate::{CredentialStore, Document, ProfileName, Revision, Stamp, StoreError, Stored, TryLock};

/// How often a lock is tried again when its file was removed at that very moment.
const LOCK_ATTEMPTS: usize = 10;

/// A single JSON file, read and written as carefully as the files of a [`crate::FileStore`].
///
/// As a [`CredentialStore`] it holds one credential, whatever the key. Its lock is a file beside it, `.<name>.lock`; that of a
/// `token.json` is the lock of the [`crate::FileStore`] whose profile it may belong to.
///
/// ```
/// use keyfob_store::{Document, SingleFile};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let settings = SingleFile::new(folder.path().join(".planet.json"))?;
/// let mut document = settings.load_now()?.map(|stored| stored.document).unwrap_or_default();
/// document.set("PL_AUTH_PROFILE", "work");
/// settings.write_now(None, &document)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SingleFile {
    folder: PathBuf,
    names: Names,
    lock: String,
}

impl SingleFile {
    /// Names a file; its folder is created at the first write.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`] when the path does not name a file.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(StoreError::Unwritable {
                path,
                why: "it does not name a file".to_owned(),
            });
        };
        let hidden = format!(".{}", name.trim_start_matches('.'));
        let parent = path.parent().filter(|parent| *parent != Path::new(""));
        // Who names a profile's own token file must not pass by whoever refreshes that profile.
        let lock = if name == TOKEN.file {
            lock::LOCK.to_owned()
        } else {
            format!("{hidden}.lock")
        };
        Ok(Self {
            folder: parent.unwrap_or_else(|| Path::new(".")).to_owned(),
            names: Names {
                file: name.to_owned().into(),
                draft: format!("{hidden}.new").into(),
                encrypted: None,
                is_credential: false,
            },
            lock,
        })
    }

    /// Returns where it lies.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&*self.names.file)
    }

    /// Reads it without a lock.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unsafe`], [`StoreError::TooLarge`] or [`StoreError::Io`], naming the file.
    pub fn load_now(&self) -> Result<Option<Stored>, StoreError> {
        match Folder::open(&self.folder)? {
            Some(folder) => read::stored(&folder, &self.names),
            None => Ok(None),
        }
    }

    /// Writes it, if what is stored is still what was expected; `None` expects nothing readable. Waits at most five seconds
    /// for the lock, and leaves no lock file behind.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::Locked`], and what a credential's commit reports.
    pub fn write_now(
        &self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        let open = || Folder::create(&self.folder).map(Some);
        let (folder, held) = wait_for(open, |folder| self.take(folder))?
            .ok_or(StoreError::Locked { holder: None })?;
        let folder = std::sync::Arc::new(folder);
        let written =
            Record::new(std::sync::Arc::clone(&folder), &self.names).commit(expected, document);
        lock::remove_named(&folder, &self.lock, &held)?;
        written
    }

    /// Takes its lock, or says who has it; creates its folder.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`], [`StoreError::Unsafe`], [`StoreError::NoSpace`] or [`StoreError::Io`].
    pub fn try_lock_now(&self) -> Result<TryLock<FileLease>, StoreError> {
        for _ in 0..LOCK_ATTEMPTS {
            let folder = Folder::create(&self.folder)?;
            match self.take(&folder)? {
                Taken::Held(lock) => {
                    let record = Record::new(folder, &self.credential());
                    return Ok(TryLock::Held(FileLease::over(record, lock)));
                }
                Taken::Busy { holder } => return Ok(TryLock::Busy { holder }),
                Taken::Gone => {}
            }
        }
        Ok(TryLock::Busy { holder: None })
    }

    /// The file as one that holds tokens.
    fn credential(&self) -> Names {
        Names {
            encrypted: None,
            is_credential: true,
            ..self.names.clone()
        }
    }

    fn take(&self, folder: &Folder) -> Result<Taken, StoreError> {
        lock::take_named(folder, &self.lock, &[&self.names])
    }
}

impl CredentialStore for SingleFile {
    type Lease = FileLease;

    async fn load(&self, _key: &ProfileName) -> Result<Option<Stored>, StoreError> {
        match Folder::open(&self.folder)? {
            Some(folder) => read::stored(&folder, &self.credential()),
            None => Ok(None),
        }
    }

    async fn try_lock(&self, _key: &ProfileName) -> Result<TryLock<FileLease>, StoreError> {
        self.try_lock_now()
    }

    async fn list(&self) -> Result<Vec<ProfileName>, StoreError> {
        // The file does not say whose credential it holds.
        Ok(Vec::new())
    }

    async fn stamp(&self, _key: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        read::stamp(&self.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn writes_privately_and_leaves_nothing_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let file = SingleFile::new(home.path().join(".planet.json")).unwrap();
        assert!(file.load_now().unwrap().is_none());
        file.write_now(
            None,
            &document(r#"{"PL_AUTH_PROFILE": "a", "other": {"kept": null}}"#),
        )
        .unwrap();
        let names: Vec<_> = std::fs::read_dir(home.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, [".planet.json"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file.path().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let stored = file.load_now().unwrap().unwrap();
        assert_eq!(stored.document.text("PL_AUTH_PROFILE"), Some("a"));
        let late = file.write_now(None, &document("{}")).unwrap_err();
        assert_eq!(late.code(), "conflict");
    }

    #[test]
    fn refuses_a_damaged_file_and_a_path_without_a_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("t.json");
        std::fs::write(&path, "{").unwrap();
        let file = SingleFile::new(&path).unwrap();
        assert_eq!(file.load_now().unwrap_err().code(), "corrupt");
        assert_eq!(std::fs::read(&path).unwrap(), b"{");
        assert_eq!(SingleFile::new("/").unwrap_err().code(), "unwritable");
    }

    #[test]
    fn two_leases_of_one_file_exclude_each_other() {
        let home = tempfile::tempdir().unwrap();
        let file = SingleFile::new(home.path().join("t.json")).unwrap();
        let TryLock::Held(mut lease) = file.try_lock_now().unwrap() else {
            panic!("it is free")
        };
        assert!(matches!(file.try_lock_now().unwrap(), TryLock::Busy { .. }));
        lease
            .commit_now(None, &document(r#"{"access_token": "a"}"#))
            .unwrap();
        drop(lease);
        assert!(matches!(file.try_lock_now().unwrap(), TryLock::Held(_)));
    }

    #[test]
    fn the_token_file_of_a_profile_has_one_lock_whichever_way_one_comes() {
        let home = tempfile::tempdir().unwrap();
        let (profiles, name) = (crate::FileStore::new(home.path()), "work".parse().unwrap());
        let file = SingleFile::new(home.path().join("work").join("token.json")).unwrap();
        let TryLock::Held(mut lease) = profiles.try_lock_now(&name).unwrap() else {
            panic!("it is free")
        };
        lease.reserve_now(100).unwrap();
        assert!(matches!(file.try_lock_now().unwrap(), TryLock::Busy { .. }));
        lease
            .commit_now(None, &document(r#"{"access_token": "a"}"#))
            .unwrap();
        drop(lease);
        let TryLock::Held(_lease) = file.try_lock_now().unwrap() else {
            panic!("it is free again")
        };
        let other = profiles.try_lock_now(&name).unwrap();
        assert!(matches!(other, TryLock::Busy { .. }));
    }
}
