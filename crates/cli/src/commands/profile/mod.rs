//! `keyfob profile`: the client configurations under the home folder.
mod add;
mod remove;
mod show;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::failure::Failure;

/// Add, show, list and remove profiles
#[derive(Args, Debug)]
pub(crate) struct ProfileArgs {
    #[command(subcommand)]
    command: ProfileCommand,
}

#[derive(Subcommand, Debug)]
enum ProfileCommand {
    Add(Box<add::AddArgs>),
    Show(show::ShowArgs),
    List(crate::commands::list::ListArgs),
    Remove(remove::RemoveArgs),
}

/// Runs the subcommand.
///
/// # Errors
///
/// What the subcommand says.
pub(crate) async fn run(context: &Context, args: ProfileArgs) -> Result<(), Failure> {
    match args.command {
        ProfileCommand::Add(args) => add::run(context, &args),
        ProfileCommand::Show(args) => show::run(context, &args),
        ProfileCommand::List(_) => crate::commands::list::run(context).await,
        ProfileCommand::Remove(args) => remove::run(context, &args),
    }
}
