//! `plauth version`: the components that planet-auth names, and keyfob's own version.
use clap::Args;

use crate::failure::Failure;
use crate::ui::output;

/// The planet-auth whose command line and files are understood.
const UNDERSTOOD: &str = "2.3.2";

/// Show which plauth this is
///
/// The first line names the planet-auth whose command line and files are understood, the last one the program.
#[derive(Args, Debug)]
pub(super) struct VersionArgs {}

impl VersionArgs {
    /// Prints the versions.
    ///
    /// # Errors
    ///
    /// Says why stdout could not be written.
    #[expect(clippy::unused_self, reason = "every command is run by its arguments")]
    pub(super) fn run(self) -> Result<(), Failure> {
        output::stdout(&format!(
            "planet-auth : {UNDERSTOOD}\nplanet-auth-config : N/A\nplanet : N/A\nkeyfob : {}\n",
            env!("CARGO_PKG_VERSION")
        ))
    }
}
