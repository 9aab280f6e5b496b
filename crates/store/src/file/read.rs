//! Reading one JSON file: open, look at the outside, read, parse.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::folder::{self, Folder};
use super::record::Names;
use super::{failure, trust};
use crate::credential;
use crate::{Document, MAX_DOCUMENT_BYTES, Revision, Stamp, StoreError, Stored, Warning};

/// How long a program that writes in place (planet-auth truncates, then writes) may take to finish.
const TORN: Duration = Duration::from_millis(20);

/// A file as it lies there, found safe to use.
pub(super) struct Raw {
    pub(super) content: Zeroizing<Vec<u8>>,
    pub(super) stamp: Stamp,
    pub(super) warning: Option<Warning>,
}

/// Reads a JSON file of a folder; `None` when it is not there. What looks damaged may be half written, so it is read once more.
pub(super) fn stored(folder: &Folder, names: &Names) -> Result<Option<Stored>, StoreError> {
    stored_or_torn(folder, names, || thread::sleep(TORN))
}

/// Does the same with a file that holds no credential.
pub(super) fn plain(folder: &Folder, name: &str) -> Result<Option<Stored>, StoreError> {
    twice(|| object(folder, name), || thread::sleep(TORN))
}

/// Reads a file and makes something of it; what is damaged is read once more, and so is what is empty: a program that writes in
/// place empties it first, and in some formats nothing is not damaged.
pub(super) fn whole_or_torn<T>(
    read: impl Fn() -> Result<Option<Raw>, StoreError>,
    parse: impl Fn(Raw) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    whole_or_torn_when(read, parse, || thread::sleep(TORN))
}

fn whole_or_torn_when<T>(
    read: impl Fn() -> Result<Option<Raw>, StoreError>,
    parse: impl Fn(Raw) -> Result<T, StoreError>,
    wait: impl FnOnce(),
) -> Result<Option<T>, StoreError> {
    let first = read()?;
    let is_empty = first.as_ref().is_some_and(|raw| raw.content.is_empty());
    match first.map(&parse).transpose() {
        Ok(_) if is_empty => {}
        Err(StoreError::Corrupt { .. }) => {}
        parsed => return parsed,
    }
    wait();
    read()?.map(&parse).transpose()
}

fn stored_or_torn(
    folder: &Folder,
    names: &Names,
    wait: impl FnOnce(),
) -> Result<Option<Stored>, StoreError> {
    twice(|| stored_once(folder, names), wait)
}

fn twice<T>(
    read: impl Fn() -> Result<Option<T>, StoreError>,
    wait: impl FnOnce(),
) -> Result<Option<T>, StoreError> {
    match read() {
        Err(StoreError::Corrupt { .. }) => {
            wait();
            read()
        }
        read => read,
    }
}

fn stored_once(folder: &Folder, names: &Names) -> Result<Option<Stored>, StoreError> {
    names.refuse_encrypted(folder)?;
    let stored = object(folder, &names.file)?;
    let document = stored.as_ref().map(|stored| &stored.document);
    match document.and_then(credential::objection) {
        Some(why) if names.is_credential => Err(StoreError::Corrupt {
            path: folder.path_of(&names.file),
            why,
        }),
        _ => Ok(stored),
    }
}

fn object(folder: &Folder, name: &str) -> Result<Option<Stored>, StoreError> {
    let Some(raw) = raw(folder, name)? else {
        return Ok(None);
    };
    let path = folder.path_of(name);
    let document = Document::parse(&raw.content).map_err(|error| StoreError::Corrupt {
        path: path.clone(),
        why: error.why().to_owned(),
    })?;
    let stored = Stored::new(document, Revision::of(&raw.content))
        .with_stamp(raw.stamp)
        .with_path(path);
    Ok(Some(match raw.warning {
        Some(warning) => stored.with_warning(warning),
        None => stored,
    }))
}

/// Reads a file of a folder whatever its format; `None` when it is not there.
pub(super) fn raw(folder: &Folder, name: &str) -> Result<Option<Raw>, StoreError> {
    let Some(file) = folder.open_file(name)? else {
        return Ok(None);
    };
    let path = folder.path_of(name);
    let metadata = file
        .metadata()
        .map_err(|error| failure::read("look at", path.clone(), error))?;
    let warning = trust::file(&path, &metadata)?;
    let content = content(file, &path, &metadata)?;
    Ok(Some(Raw {
        content,
        stamp: stamp_of(&metadata),
        warning,
    }))
}

/// Looks at a file's outside only; `None` when it is not there.
pub(super) fn stamp(path: &Path) -> Result<Option<Stamp>, StoreError> {
    match path.symlink_metadata() {
        Ok(metadata) => Ok(Some(stamp_of(&metadata))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(failure::read("look at", path.to_owned(), error)),
    }
}

fn content(file: File, path: &Path, metadata: &Metadata) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let too_large = || StoreError::TooLarge {
        path: path.to_owned(),
        limit: MAX_DOCUMENT_BYTES,
    };
    let length = usize::try_from(metadata.len())
        .ok()
        .filter(|length| *length <= MAX_DOCUMENT_BYTES)
        .ok_or_else(too_large)?;
    // One byte more than there is, so that the buffer never grows: that would leave copies of secrets behind.
    let mut content = Zeroizing::new(Vec::with_capacity(length + 1));
    let read = file.take(length as u64 + 1).read_to_end(&mut content);
    read.map_err(|error| failure::read("read", path.to_owned(), error))?;
    if content.len() > MAX_DOCUMENT_BYTES {
        Err(too_large())
    } else {
        Ok(content)
    }
}

fn stamp_of(metadata: &Metadata) -> Stamp {
    Stamp::new(
        metadata.modified().ok(),
        metadata.len(),
        folder::identity(metadata),
    )
}

#[cfg(test)]
mod tests {
    use super::super::record::TOKEN;
    use super::*;

    #[test]
    fn what_another_program_is_writing_in_place_is_read_once_more() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::create(home.path()).unwrap();
        let path = home.path().join("token.json");
        for torn in ["", "{\"access_tok"] {
            std::fs::write(&path, torn).unwrap();
            let finish = || std::fs::write(&path, r#"{"access_token": "theirs"}"#).unwrap();
            let stored = stored_or_torn(&folder, &TOKEN, finish).unwrap();
            assert_eq!(
                stored.unwrap().document.text("access_token"),
                Some("theirs")
            );
        }
    }

    #[test]
    fn what_is_empty_for_a_moment_is_read_once_more_whatever_its_format() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::create(home.path()).unwrap();
        let path = home.path().join("oauth");
        std::fs::write(&path, "").unwrap();
        let length = |finish: &dyn Fn()| {
            let read = || raw(&folder, "oauth");
            whole_or_torn_when(read, |raw| Ok(raw.content.len()), finish).unwrap()
        };
        assert_eq!(length(&|| {}), Some(0));
        let finish = || std::fs::write(&path, "[host]").unwrap();
        assert_eq!(length(&finish), Some(6));
    }

    #[test]
    fn what_stays_damaged_is_reported() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::create(home.path()).unwrap();
        std::fs::write(home.path().join("token.json"), "{").unwrap();
        let error = stored_or_torn(&folder, &TOKEN, || {}).unwrap_err();
        assert_eq!(error.code(), "corrupt");
    }
}
