//! `plauth profile`: the profiles of `~/.planet` and which of them is the default one.
mod copy;
mod create;
mod edit;
mod list;
mod set;
mod show;

use clap::{Args, Subcommand};

use super::app::{self, Call};
use crate::failure::Failure;

/// List, make, change and choose profiles
#[derive(Args, Debug)]
pub(super) struct ProfileArgs {
    #[command(subcommand)]
    command: Option<ProfileCommand>,
}

#[derive(Subcommand, Debug)]
enum ProfileCommand {
    Copy(copy::CopyArgs),
    Create(create::CreateArgs),
    Edit(edit::EditArgs),
    List(list::ListArgs),
    Set(set::SetArgs),
    Show(show::ShowArgs),
}

impl ProfileArgs {
    /// Runs the sub-command; without one, shows which there are.
    ///
    /// # Errors
    ///
    /// What the sub-command says.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        match self.command {
            None => app::help(&["profile"]),
            Some(ProfileCommand::Copy(args)) => args.run(call),
            Some(ProfileCommand::Create(args)) => args.run(call).await,
            Some(ProfileCommand::Edit(args)) => args.run(call).await,
            Some(ProfileCommand::List(args)) => args.run(call),
            Some(ProfileCommand::Set(args)) => args.run(call).await,
            Some(ProfileCommand::Show(args)) => args.run(call),
        }
    }
}
