//! `plauth legacy`: user name and password for an API key, as it was before OAuth.
mod login;
mod print;

use clap::{Args, Subcommand};

use super::app::{self, Call};
use crate::failure::Failure;

/// Log in with user name and password for an API key, and print it
#[derive(Args, Debug)]
pub(super) struct LegacyArgs {
    #[command(subcommand)]
    command: Option<LegacyCommand>,
}

#[derive(Subcommand, Debug)]
enum LegacyCommand {
    Login(login::LoginArgs),
    PrintAccessToken(print::AccessTokenArgs),
    PrintApiKey(print::ApiKeyArgs),
}

impl LegacyArgs {
    /// Runs the sub-command; without one, shows which there are.
    ///
    /// # Errors
    ///
    /// What the sub-command says.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        match self.command {
            None => app::help(&["legacy"]),
            Some(LegacyCommand::Login(args)) => args.run(call).await,
            Some(LegacyCommand::PrintAccessToken(args)) => args.run(call).await,
            Some(LegacyCommand::PrintApiKey(args)) => args.run(call).await,
        }
    }
}
