//! `plauth profile show`: which profile is used now, by default, and without any choice.
use clap::Args;

use crate::commands::open;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::variables;
use crate::ui::output;

/// Show which profiles are chosen
#[derive(Args, Debug)]
pub(super) struct ShowArgs {}

impl ShowArgs {
    /// Prints three lines; a choice that leads nowhere is shown all the same, with a warning.
    ///
    /// # Errors
    ///
    /// Says why stdout could not be written.
    #[expect(clippy::unused_self, reason = "every command is run by its arguments")]
    pub(super) fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let builtin = call.context.preset().default_profile();
        let user = user_default(call);
        let current = match call.resolve(&call.given()) {
            Ok(resolved) => resolved.name,
            Err(failure) => {
                let message = failure.message();
                output::stderr(&format!("warning: {message}\n"));
                let named = variables::one(call.auth_profile.as_ref(), variables::PROFILE);
                named.or_else(|| user.clone()).unwrap_or_else(none)
            }
        };
        let builtin = builtin.map_or_else(none, |name| name.to_string());
        output::stdout(&format!(
            "Current: {current}\nUser Default: {}\nGlobal Built-in Default: {builtin}\n",
            user.unwrap_or_else(none)
        ))
    }
}

fn user_default(call: &Call<'_>) -> Option<String> {
    match open::profiles(call.context).current() {
        Ok(name) => name.map(|name| name.to_string()),
        Err(error) => {
            output::stderr(&format!("warning: {error}\n"));
            None
        }
    }
}

fn none() -> String {
    "N/A".to_owned()
}
