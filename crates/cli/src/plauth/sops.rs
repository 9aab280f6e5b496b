//! `--sops`, which keyfob cannot do yet. What SOPS has encrypted already, the store refuses.
use super::options::Sops;
use crate::failure::{Exit, Failure};

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
        "sops_unsupported",
        "--sops: files encrypted by SOPS cannot be written yet; nothing was done",
    )
    .with_hint("without --sops the files are plain, and readable by you alone"))
}
