//! Which files and folders are used at all: ours (or root's), of the right kind, and not writable by others.

use std::fs::Metadata;
use std::path::Path;

use super::folder;
use crate::{StoreError, Warning};

/// Refuses a folder in which others could put files.
pub(super) fn folder(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    if !metadata.is_dir() {
        return Err(refused(
            path,
            "it is not a folder",
            "mv",
            &format!("{0} {0}.moved", quoted(path)),
        ));
    }
    ours(path, metadata)
}

/// Refuses a file that others could have written; warns about one that others can read.
pub(super) fn file(path: &Path, metadata: &Metadata) -> Result<Option<Warning>, StoreError> {
    regular(path, metadata)?;
    ours(path, metadata)?;
    let exposed = folder::mode(metadata) & 0o044 != 0;
    Ok(exposed.then(|| Warning::ReadableByOthers {
        path: path.to_owned(),
        fix: format!("chmod 600 {}", quoted(path)),
    }))
}

/// Refuses folders, pipes, sockets and devices.
pub(super) fn regular(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    if metadata.is_file() {
        return Ok(());
    }
    let why = if metadata.is_dir() {
        "it is a folder, not a file"
    } else {
        "it is not a regular file"
    };
    Err(refused(
        path,
        why,
        "mv",
        &format!("{0} {0}.moved", quoted(path)),
    ))
}

/// Refuses what belongs to somebody else, or can be written by others.
pub(super) fn ours(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    let (owner, me) = (folder::owner(metadata), folder::me());
    if owner != me && owner != 0 {
        let why = format!("it belongs to user {owner}");
        return Err(refused(
            path,
            &why,
            &format!("sudo chown {me}"),
            &quoted(path),
        ));
    }
    if folder::mode(metadata) & 0o022 != 0 {
        return Err(refused(
            path,
            "others can write it",
            "chmod go-w",
            &quoted(path),
        ));
    }
    Ok(())
}

/// Refuses a symbolic link, wherever it points to.
pub(super) fn symbolic_link(path: &Path) -> StoreError {
    refused(path, "it is a symbolic link", "rm", &quoted(path))
}

fn refused(path: &Path, why: &str, command: &str, argument: &str) -> StoreError {
    StoreError::Unsafe {
        path: path.to_owned(),
        why: why.to_owned(),
        fix: format!("{command} {argument}"),
    }
}

/// Quotes a path so that it can be pasted into a shell.
fn quoted(path: &Path) -> String {
    let shown = path.display().to_string();
    let plain = shown
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@%:,".contains(&byte));
    if plain && !shown.is_empty() {
        shown
    } else {
        format!("'{}'", shown.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_only_where_a_shell_needs_it() {
        assert_eq!(
            quoted(Path::new("/home/ann/.config/keyfob/work/token.json")),
            "/home/ann/.config/keyfob/work/token.json"
        );
        assert_eq!(
            quoted(Path::new("/home/an n/it's")),
            r"'/home/an n/it'\''s'"
        );
        assert_eq!(quoted(Path::new("/home/$(id)/x")), "'/home/$(id)/x'");
    }
}
