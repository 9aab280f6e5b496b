//! One JSON file of a locked folder: read, compare, write, remove.

use std::borrow::Cow;
use std::sync::Arc;

use super::draft::Draft;
use super::folder::Folder;
use super::{aside, read};
use crate::{Document, MAX_DOCUMENT_BYTES, Revision, StoreError, Stored};

/// How one kind of file is called, and the temporary file that becomes it.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) file: Cow<'static, str>,
    pub(super) draft: Cow<'static, str>,
    /// What planet-auth calls the same file when SOPS has encrypted it. It goes by that one first, and so must we.
    pub(super) encrypted: Option<&'static str>,
    /// Whether the file holds tokens, whose members must be texts.
    pub(super) is_credential: bool,
}

impl Names {
    const fn fixed(file: &'static str, draft: &'static str) -> Self {
        Self {
            file: Cow::Borrowed(file),
            draft: Cow::Borrowed(draft),
            encrypted: None,
            is_credential: false,
        }
    }

    const fn of_profile(
        file: &'static str,
        draft: &'static str,
        encrypted: &'static str,
        is_credential: bool,
    ) -> Self {
        Self {
            file: Cow::Borrowed(file),
            draft: Cow::Borrowed(draft),
            encrypted: Some(encrypted),
            is_credential,
        }
    }

    /// Refuses to go on beside an encrypted file: a plain one would be a second truth, and its secrets in the clear.
    pub(super) fn refuse_encrypted(&self, folder: &Folder) -> Result<(), StoreError> {
        let path = self.encrypted.map(|name| folder.path_of(name));
        match path {
            Some(path) if path.symlink_metadata().is_ok() => Err(StoreError::Encrypted { path }),
            _ => Ok(()),
        }
    }
}

pub(super) static TOKEN: Names =
    Names::of_profile("token.json", ".token.json.new", "token.sops.json", true);
pub(super) static CONFIG: Names = Names::of_profile(
    "auth_client.json",
    ".auth_client.json.new",
    "auth_client.sops.json",
    false,
);
pub(super) static SETTINGS: Names = Names::fixed("keyfob.json", ".keyfob.json.new");

/// One file of a folder whose lock the caller holds.
#[derive(Debug)]
pub(super) struct Record {
    folder: Arc<Folder>,
    names: Names,
    draft: Option<Draft>,
}

impl Record {
    pub(super) fn new(folder: impl Into<Arc<Folder>>, names: &Names) -> Self {
        Self {
            folder: folder.into(),
            names: names.clone(),
            draft: None,
        }
    }

    pub(super) fn load(&self) -> Result<Option<Stored>, StoreError> {
        read::stored(&self.folder, &self.names)
    }

    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), StoreError> {
        self.refuse_above_cap(bytes)?;
        self.names.refuse_encrypted(&self.folder)?;
        // A folder in the file's place would be found only by the rename at the end.
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

    pub(super) fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        self.commit_when(expected, document, || {})
    }

    /// The content is made durable before it is compared: a program that takes no lock has only the moment between the
    /// comparison and the rename to write unnoticed. `filled` runs before the comparison.
    fn commit_when(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
        filled: impl FnOnce(),
    ) -> Result<Revision, StoreError> {
        let content = document.to_json();
        self.reserve(content.len())?;
        if let Some(draft) = &mut self.draft {
            draft.fill(&content)?;
        }
        filled();
        let damaged = match self.load() {
            Ok(stored) if stored.as_ref().map(|stored| &stored.revision) == expected => false,
            Ok(_) => return Err(StoreError::Conflict),
            Err(error) if expected.is_none() && error.is_replaceable() => true,
            Err(error) => return Err(error),
        };
        let Some(draft) = self.draft.take() else {
            return Err(StoreError::Conflict);
        };
        if damaged {
            aside::keep(&self.folder, &self.names.file)?;
        }
        draft.publish(&self.names.file)?;
        Ok(Revision::of(&content))
    }

    pub(super) fn remove(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        if expected.is_some() && self.load()?.map(|stored| stored.revision).as_ref() != expected {
            return Err(StoreError::Conflict);
        }
        self.draft = None;
        let removed = self.folder.remove_file(&self.names.file)?;
        let forgotten = aside::forget(&self.folder, &self.names.file)?;
        if removed || forgotten {
            self.folder.sync()?;
        }
        Ok(removed)
    }

    fn refuse_above_cap(&self, bytes: usize) -> Result<(), StoreError> {
        if bytes > MAX_DOCUMENT_BYTES {
            return Err(StoreError::TooLarge {
                path: self.folder.path_of(&self.names.file),
                limit: MAX_DOCUMENT_BYTES,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(token: &str) -> Document {
        let mut document = Document::new();
        document.set("refresh_token", token);
        document
    }

    #[test]
    fn what_another_program_writes_in_place_while_ours_is_made_durable_is_not_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("token.json");
        let mut record = Record::new(Folder::create(home.path()).unwrap(), &TOKEN);
        let first = record.commit(None, &document("first")).unwrap();
        let theirs = document("theirs").to_json().to_vec();
        let write = || std::fs::write(&path, &theirs).unwrap();
        let late = record.commit_when(Some(&first), &document("ours"), write);
        assert_eq!(late.unwrap_err().code(), "conflict");
        assert_eq!(std::fs::read(&path).unwrap(), theirs);
        let present = record.load().unwrap().unwrap().revision;
        record.commit(Some(&present), &document("ours")).unwrap();
        let stored = record.load().unwrap().unwrap().document;
        assert_eq!(stored.text("refresh_token"), Some("ours"));
    }
}
