//! The temporary file of one write: its space is allocated before it is needed, then it is filled, synced and renamed.

use std::borrow::Cow;
use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;

use super::failure;
use super::folder::{self, Folder};
use crate::StoreError;

const ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];

/// A temporary file that vanishes unless it is published.
#[derive(Debug)]
pub(super) struct Draft {
    folder: Arc<Folder>,
    name: Cow<'static, str>,
    file: File,
    allocated: usize,
    published: bool,
}

impl Draft {
    /// Creates the file with its final mode and allocates its space.
    pub(super) fn create(
        folder: &Arc<Folder>,
        name: impl Into<Cow<'static, str>>,
        bytes: usize,
    ) -> Result<Self, StoreError> {
        // The lock is ours, so a file of this name is the remains of a writer that died.
        let name = name.into();
        folder.remove_file(&name)?;
        let file = folder.create_file(&name)?;
        let mut draft = Self {
            folder: Arc::clone(folder),
            name,
            file,
            allocated: 0,
            published: false,
        };
        draft.grow(bytes)?;
        Ok(draft)
    }

    /// Allocates more space, if more is needed.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), StoreError> {
        if bytes > self.allocated {
            let allocated = match folder::allocate(&self.file, bytes as u64) {
                Ok(true) => Ok(()),
                Ok(false) => self.write_zeros(bytes),
                Err(error) => Err(error),
            };
            allocated.map_err(|error| self.failed("allocate space for", error))?;
            self.allocated = bytes;
        }
        Ok(())
    }

    /// Writes the content in place and makes it durable, before any name points to it.
    pub(super) fn fill(&mut self, content: &[u8]) -> Result<(), StoreError> {
        let mut write = || {
            self.file.rewind()?;
            self.file.write_all(content)?;
            self.file.set_len(content.len() as u64)?;
            self.file.sync_all()
        };
        let written = write();
        // Shrinking gave the rest of the reservation back.
        self.allocated = content.len();
        written.map_err(|error| self.failed("write", error))
    }

    /// Gives the file its name, in place of what had it, and makes that durable.
    ///
    /// From the renaming on this is nobody's temporary file any more, even if the folder cannot be synced.
    pub(super) fn publish(mut self, name: &str) -> Result<(), StoreError> {
        self.folder.rename(&self.name, name)?;
        self.published = true;
        self.folder.sync()
    }

    /// Reserves space the slow way, where the file system cannot do it otherwise.
    fn write_zeros(&mut self, bytes: usize) -> std::io::Result<()> {
        self.file.rewind()?;
        let mut left = bytes;
        while left > 0 {
            let chunk = ZEROS.get(..left).unwrap_or(&ZEROS);
            self.file.write_all(chunk)?;
            left -= chunk.len();
        }
        self.file.sync_all()
    }

    fn failed(&self, action: &'static str, error: std::io::Error) -> StoreError {
        failure::write(action, self.folder.path_of(&self.name), error)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published
            && let Err(error) = self.folder.remove_file(&self.name)
        {
            tracing::debug!(
                code = error.code(),
                "a temporary file is left for the next writer to remove"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_can_be_reserved_without_fallocate() {
        let home = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::create(home.path()).unwrap());
        let mut draft = Draft::create(&folder, ".new", 0).unwrap();
        draft.write_zeros(40_000).unwrap();
        assert_eq!(draft.file.metadata().unwrap().len(), 40_000);
        draft.fill(b"{}").unwrap();
        draft.publish("file").unwrap();
        assert_eq!(std::fs::read(home.path().join("file")).unwrap(), b"{}");
    }

    #[test]
    fn a_draft_that_is_not_published_vanishes() {
        let home = tempfile::tempdir().unwrap();
        let folder = Arc::new(Folder::create(home.path()).unwrap());
        let mut draft = Draft::create(&folder, ".new", 100).unwrap();
        draft.fill(b"secret").unwrap();
        assert!(home.path().join(".new").exists());
        drop(draft);
        assert!(!home.path().join(".new").exists());
    }
}
