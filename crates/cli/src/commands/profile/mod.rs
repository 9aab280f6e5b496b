//! `keyfob profile`: the client configurations under the home folder.
mod add;
mod copy;
pub(crate) mod edit;
mod export;
mod import;
mod remove;
mod rename;
mod show;
pub(crate) mod wizard;

use clap::{Args, Subcommand};

use crate::commands::{list, switch};
use crate::context::Context;
use crate::failure::Failure;

/// Add, show, change, move and remove profiles
#[derive(Args, Debug)]
pub(crate) struct ProfileArgs {
    #[command(subcommand)]
    command: ProfileCommand,
}

#[derive(Subcommand, Debug)]
enum ProfileCommand {
    Add(Box<add::AddArgs>),
    Show(show::ShowArgs),
    List(list::ListArgs),
    Edit(edit::EditArgs),
    Copy(copy::CopyArgs),
    Rename(rename::RenameArgs),
    Remove(remove::RemoveArgs),
    Use(switch::SwitchArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
}

/// Runs the subcommand.
///
/// # Errors
///
/// What the subcommand says.
pub(crate) async fn run(context: &Context, args: ProfileArgs) -> Result<(), Failure> {
    match args.command {
        ProfileCommand::Add(args) => add::run(context, &args).await,
        ProfileCommand::Show(args) => show::run(context, &args),
        ProfileCommand::List(_) => list::run(context).await,
        ProfileCommand::Edit(args) => edit::run(context, &args).await,
        ProfileCommand::Copy(args) => copy::run(context, &args),
        ProfileCommand::Rename(args) => rename::run(context, &args),
        ProfileCommand::Remove(args) => remove::run(context, &args).await,
        ProfileCommand::Use(args) => switch::run(context, &args),
        ProfileCommand::Export(args) => export::run(context, &args),
        ProfileCommand::Import(args) => import::run(context, &args).await,
    }
}
