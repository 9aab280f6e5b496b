//! `plauth profile edit`: a profile's configuration in an editor.
use clap::Args;

use crate::commands::profile::edit;
use crate::commands::stock;
use crate::failure::{Exit, Failure};
use crate::plauth::app::Call;

/// Change a profile in $VISUAL or $EDITOR
///
/// It is the profile that the root option names, else the one that is used without it.
#[derive(Args, Debug)]
pub(super) struct EditArgs {}

impl EditArgs {
    /// Edits; prints nothing.
    ///
    /// # Errors
    ///
    /// Says that there is no such profile, that nobody can edit, or what is wrong with the result.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let name = call.resolve(&call.given())?.key;
        stock::refuse_builtin(call.context, &name)?;
        if !call.context.may_ask() {
            return Err(
                Failure::new(Exit::Usage, "nobody_to_ask", "an editor needs a terminal")
                    .with_hint("keyfob profile edit{at} --set KEY=VALUE"),
            );
        }
        edit::in_editor(call.context, &name).await
    }
}
