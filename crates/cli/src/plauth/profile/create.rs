//! `plauth profile create`: asks for what a profile needs.
use clap::Args;

use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::options::Sops;
use crate::plauth::sops;

/// Make a profile, question by question
#[derive(Args, Debug)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    sops: Sops,
    /// Name of the new profile
    #[arg(value_name = "NEW_PROFILE_NAME")]
    name: Option<String>,
}

impl CreateArgs {
    /// Asks, and writes the profile.
    ///
    /// # Errors
    ///
    /// Says that nobody can be asked, or that the name is taken.
    pub(super) fn run(&self, _call: &Call<'_>) -> Result<(), Failure> {
        sops::refuse(&self.sops)?;
        Err(Failure::other("not_implemented", "not there yet"))
    }
}
