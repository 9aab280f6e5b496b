//! One file of any format that other programs use too, by the same machinery as credentials.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::draft::Draft;
use super::folder::Folder;
use super::lock::{self, Lock, Taken};
use super::read::{self, Raw};
use super::record::Names;
use crate::{MAX_DOCUMENT_BYTES, Revision, Stamp, StoreError, TryLock, Warning};

/// How long a short write waits for another one to end.
const LOCK_WAIT: Duration = Duration::from_secs(5);
const LOCK_POLL: Duration = Duration::from_millis(20);

/// A file that keyfob shares with other programs, whatever its format: the cache of another client, its settings.
///
/// Reading needs no lock. Writing takes a lock file of its own beside it, compares, and replaces the file as a whole with mode
/// 0600. Links, other people's files and files that others can write are refused. At most 1 MiB.
///
/// ```
/// use keyfob_store::SharedFile;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let file = SharedFile::new(folder.path().join("settings"))?;
/// let mut lease = file.lock_now()?;
/// lease.commit_now(None, b"colour = blue")?;
/// let words = file.load_now(|bytes| String::from_utf8(bytes.to_vec()).map_err(|_| "it is not UTF-8".to_owned()))?;
/// assert_eq!(words.ok_or("it is gone")?.parsed, "colour = blue");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedFile {
    folder: PathBuf,
    names: Names,
    lock: Arc<str>,
}

impl SharedFile {
    /// Names the file; its folder is created (0700) at the first write. A bare file name lies in the working folder.
    ///
    /// # Errors
    /// [`StoreError::BadName`] when the path does not end in a file name.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or(StoreError::BadName {
            why: "the path does not end in a file name",
        })?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self {
            folder,
            names: Names {
                file: Cow::Owned(name.to_owned()),
                draft: Cow::Owned(format!(".{name}.new")),
                encrypted: None,
                is_credential: false,
            },
            lock: format!(".{name}.lock").into(),
        })
    }

    /// Returns where the file lies.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&*self.names.file)
    }

    /// Reads and parses without a lock; `None` when there is no file. What cannot be parsed may be half written, so it is
    /// read once more.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with what `parse` complains of, [`StoreError::Unsafe`], [`StoreError::TooLarge`] or
    /// [`StoreError::Io`], naming the file.
    pub fn load_now<T>(
        &self,
        parse: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<Option<Content<T>>, StoreError> {
        match Folder::open(&self.folder)? {
            Some(folder) => load(&folder, &self.names.file, parse),
            None => Ok(None),
        }
    }

    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// [`StoreError::Unwritable`], [`StoreError::Unsafe`], [`StoreError::NoSpace`] or [`StoreError::Io`].
    pub fn try_lock_now(&self) -> Result<TryLock<SharedLease>, StoreError> {
        let folder = Folder::create(&self.folder)?;
        match lock::take_named(&folder, &self.lock, &[&self.names])? {
            Taken::Held(held) => Ok(TryLock::Held(SharedLease {
                draft: None,
                folder: Arc::new(folder),
                names: self.names.clone(),
                _lock: held,
            })),
            Taken::Busy { holder } => Ok(TryLock::Busy { holder }),
            Taken::Gone => Ok(TryLock::Busy { holder: None }),
        }
    }

    /// Takes the lock, waiting at most five seconds for it.
    ///
    /// # Errors
    /// [`StoreError::Locked`], and as [`try_lock_now`](Self::try_lock_now).
    pub fn lock_now(&self) -> Result<SharedLease, StoreError> {
        let deadline = Instant::now() + LOCK_WAIT;
        loop {
            match self.try_lock_now()? {
                TryLock::Held(lease) => return Ok(lease),
                TryLock::Busy { holder } if Instant::now() >= deadline => {
                    return Err(StoreError::Locked { holder });
                }
                TryLock::Busy { .. } => thread::sleep(LOCK_POLL),
            }
        }
    }

    /// Returns the mark by which a change is noticed, by one stat.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file cannot be looked at.
    pub fn stamp_now(&self) -> Result<Option<Stamp>, StoreError> {
        read::stamp(&self.path())
    }
}

impl fmt::Debug for SharedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedFile").field(&self.path()).finish()
    }
}

/// What was found in a shared file.
#[derive(Clone)]
#[non_exhaustive]
pub struct Content<T> {
    /// What the parser made of it.
    pub parsed: T,
    /// The bytes as they lie there; they may hold secrets and are wiped when dropped.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Which content this is, to be handed to [`SharedLease::commit_now`].
    pub revision: Revision,
    /// When and how the file was last written.
    pub stamp: Stamp,
    /// That others can read the file.
    pub warning: Option<Warning>,
}

impl<T> fmt::Debug for Content<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("revision", &self.revision)
            .field("stamp", &self.stamp)
            .finish_non_exhaustive()
    }
}

/// The right to change a shared file; dropping it gives the right back.
pub struct SharedLease {
    // Fields are dropped in this order: the temporary file goes before the lock does.
    draft: Option<Draft>,
    folder: Arc<Folder>,
    names: Names,
    _lock: Lock,
}

impl SharedLease {
    /// Reads again, now that no other keyfob may write.
    ///
    /// # Errors
    /// As [`SharedFile::load_now`].
    pub fn load_now<T>(
        &self,
        parse: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<Option<Content<T>>, StoreError> {
        load(&self.folder, &self.names.file, parse)
    }

    /// Creates the temporary file and allocates its space, so that a full disk or a read-only folder is found now.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], [`StoreError::Unwritable`], [`StoreError::TooLarge`], [`StoreError::Unsafe`] for a folder in
    /// the file's place, or [`StoreError::Io`].
    pub fn reserve_now(&mut self, bytes: usize) -> Result<(), StoreError> {
        if bytes > MAX_DOCUMENT_BYTES {
            return Err(StoreError::TooLarge {
                path: self.folder.path_of(&self.names.file),
                limit: MAX_DOCUMENT_BYTES,
            });
        }
        self.folder.refuse_folder(&self.names.file)?;
        if let Some(draft) = &mut self.draft {
            return draft.grow(bytes);
        }
        self.draft = Some(Draft::create(
            &self.folder,
            self.names.draft.clone(),
            bytes,
        )?);
        Ok(())
    }

    /// Writes durably, if what lies there is still what was expected; `None` expects no file. A program that takes no lock
    /// may have written meanwhile: that is found out, and left alone.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], and as [`reserve_now`](Self::reserve_now). The former file is then still there.
    pub fn commit_now(
        &mut self,
        expected: Option<&Revision>,
        content: &[u8],
    ) -> Result<Revision, StoreError> {
        self.reserve_now(content.len())?;
        let Some(mut draft) = self.draft.take() else {
            return Err(StoreError::Conflict);
        };
        draft.fill(content)?;
        let present = load(&self.folder, &self.names.file, |_| Ok(()))?;
        if present.map(|present| present.revision).as_ref() != expected {
            return Err(StoreError::Conflict);
        }
        draft.publish(&self.names.file)?;
        Ok(Revision::of(content))
    }
}

impl fmt::Debug for SharedLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedLease(..)")
    }
}

fn load<T>(
    folder: &Folder,
    name: &str,
    parse: impl Fn(&[u8]) -> Result<T, String>,
) -> Result<Option<Content<T>>, StoreError> {
    let read = || read::raw(folder, name);
    read::whole_or_torn(read, |raw: Raw| {
        let parsed = parse(&raw.content).map_err(|why| StoreError::Corrupt {
            path: folder.path_of(name),
            why,
        })?;
        Ok(Content {
            parsed,
            revision: Revision::of(&raw.content),
            bytes: raw.content,
            stamp: raw.stamp,
            warning: raw.warning,
        })
    })
}
