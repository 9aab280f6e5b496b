//! Files that SOPS has encrypted: planet-auth prefers them to plain ones, keyfob cannot open them yet.
use std::path::{Path, PathBuf};

use super::options::Sops;
use crate::failure::{Exit, Failure};

/// The encrypted names of the two files of a profile.
const NAMES: [&str; 2] = ["auth_client.sops.json", "token.sops.json"];

/// The stable code of every refusal here.
const CODE: &str = "sops_unsupported";

/// Refuses `--sops` before anything happens.
///
/// # Errors
///
/// When it was given.
pub(super) fn refuse(wish: &Sops) -> Result<(), Failure> {
    if !wish.is_wanted() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        CODE,
        "--sops: files encrypted by SOPS cannot be written yet; nothing was done",
    )
    .with_hint("without --sops the files are plain, and readable by you alone"))
}

/// Refuses a profile of which a file is encrypted: a plain one beside it would be ignored by planet-auth.
///
/// # Errors
///
/// When there is such a file.
pub(super) fn refuse_profile(home: &Path, profile: &str) -> Result<(), Failure> {
    match encrypted(home, profile) {
        Some(path) => Err(Failure::new(
            Exit::Usage,
            CODE,
            format!(
                "the profile {profile} is encrypted by SOPS, which cannot be read yet: {}",
                path.display()
            ),
        )
        .with_hint(format!(
            "sops -d {} shows it; a profile with plain files can be used",
            path.display()
        ))),
        None => Ok(()),
    }
}

/// The first encrypted file of a profile. The name is checked elsewhere; here it must only not lead astray.
fn encrypted(home: &Path, profile: &str) -> Option<PathBuf> {
    let name = profile.to_lowercase();
    if name.is_empty() || name.contains(['/', '\\', ':']) || name.starts_with('.') {
        return None;
    }
    let folder = home.join(name);
    let paths = NAMES.iter().map(|file| folder.join(file));
    paths
        .into_iter()
        .find(|path| path.symlink_metadata().is_ok())
}
