//! `plauth profile edit`: a profile's configuration in an editor.
use clap::Args;

use crate::failure::Failure;
use crate::plauth::app::Call;

/// Change a profile
#[derive(Args, Debug)]
pub(super) struct EditArgs {}

impl EditArgs {
    /// Edits the profile that the root option names, else the default one.
    ///
    /// # Errors
    ///
    /// Says that there is no such profile, or that no editor is there.
    pub(super) fn run(&self, _call: &Call<'_>) -> Result<(), Failure> {
        Err(Failure::other("not_implemented", "not there yet"))
    }
}
