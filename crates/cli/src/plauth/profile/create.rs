//! `plauth profile create`: asks for what a profile needs.
use clap::Args;

use crate::commands::open;
use crate::commands::profile::wizard;
use crate::failure::{Exit, Failure};
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
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        sops::refuse(&self.sops)?;
        if !call.context.may_ask() {
            return Err(Failure::new(
                Exit::Usage,
                "nobody_to_ask",
                "a profile is made question by question, which needs a terminal",
            )
            .with_hint("keyfob profile add{home} NAME --issuer URL --client-id ID"));
        }
        let made = wizard::ask(call.context, self.name.as_deref()).await?;
        Ok(open::profiles(call.context).add(&made.name, &made.config)?)
    }
}
