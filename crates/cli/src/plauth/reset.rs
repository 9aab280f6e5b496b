//! `plauth reset`: logs every profile out and removes planet-auth's files.
use clap::Args;

use super::app::Call;
use crate::failure::Failure;

/// Revoke all tokens and remove all profiles and settings
#[derive(Args, Debug)]
pub(super) struct ResetArgs {}

impl ResetArgs {
    /// Resets; prints nothing.
    ///
    /// # Errors
    ///
    /// Says what could not be removed.
    pub(super) fn run(self, _call: &Call<'_>) -> Result<(), Failure> {
        Err(Failure::other("not_implemented", "not there yet"))
    }
}
