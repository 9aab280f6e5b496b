//! A damaged file is not thrown away when a new login replaces it: it is kept as `<file>.corrupt-1`, at most three of them.

use super::folder::Folder;
use crate::StoreError;

const KEPT: usize = 3;

/// Moves a damaged file out of the way; the newest is number 1, the oldest beyond the third is dropped.
pub(super) fn keep(folder: &Folder, file: &str) -> Result<(), StoreError> {
    folder.refuse_folder(file)?;
    for number in (1..KEPT).rev() {
        folder.rename_if_there(&name(file, number), &name(file, number + 1))?;
    }
    folder.rename_if_there(file, &name(file, 1))?;
    tracing::warn!(path = %folder.path_of(file).display(), "a damaged file is kept aside and replaced");
    Ok(())
}

/// Removes what was kept, since it may hold secrets. Tells whether there was anything.
pub(super) fn forget(folder: &Folder, file: &str) -> Result<bool, StoreError> {
    let mut any = false;
    for number in 1..=KEPT {
        any |= folder.remove_file(&name(file, number))?;
    }
    Ok(any)
}

fn name(file: &str, number: usize) -> String {
    format!("{file}.corrupt-{number}")
}
