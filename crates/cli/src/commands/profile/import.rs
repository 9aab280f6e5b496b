//! `keyfob profile import`: a profile that was exported, or the text of an `auth_client.json`.
use clap::Args;
use keyfob::import;

use crate::commands::import::{Source, WriteArgs, write};
use crate::context::Context;
use crate::failure::Failure;

/// Add a profile from what `keyfob profile export` printed, or from an auth_client.json
///
/// Profiles of other programs: keyfob import --help.
///
/// Example:
///   keyfob profile import work.json --name work
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ImportArgs {
    /// File to read (`-` is stdin)
    #[arg(value_name = "FILE")]
    source: Source,
    /// Take over commands that print secrets; keyfob will run them at each use
    #[arg(long)]
    with_commands: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// Adds it.
///
/// # Errors
///
/// Says what is wrong with the file, or that there is such a profile.
pub(crate) async fn run(context: &Context, args: &ImportArgs) -> Result<(), Failure> {
    let text = args.source.read().await?;
    let imported = import::exported(&text, args.with_commands);
    let imported =
        imported.map_err(|error| args.source.failure(&error, "keyfob profile import --help"))?;
    write(context, &args.source.to_string(), imported, &args.write)
}
