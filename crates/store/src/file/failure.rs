//! Failures of the operating system in the words of [`StoreError`].

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

use crate::StoreError;

/// Describes a failed attempt to change something.
pub(super) fn write(action: &'static str, path: PathBuf, error: io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::NoSpace { path },
        ErrorKind::ReadOnlyFilesystem => StoreError::Unwritable {
            path,
            why: "the file system is read-only".to_owned(),
        },
        ErrorKind::PermissionDenied => StoreError::Unwritable {
            path,
            why: "permission denied".to_owned(),
        },
        _ => read(action, path, error),
    }
}

/// Describes a failed attempt to look at something.
pub(super) fn read(action: &'static str, path: PathBuf, error: io::Error) -> StoreError {
    StoreError::Io {
        action,
        path,
        source: Arc::new(error),
    }
}
