//! `keyfob profile export`: a profile as one JSON document, for another machine.
use clap::Args;
use keyfob::import::Export;

use crate::commands::{ProfileArg, stock};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::output;

/// Print a profile as JSON, to be read by `keyfob profile import`
///
/// Stored secrets become references to environment variables; what cannot be a reference is left
/// out and named. The login never goes along: a refresh token in two places is soon lost in both.
///
/// Examples:
///   keyfob profile export work > work.json
///   keyfob profile export ci --with-secrets | ssh build-host keyfob profile import -
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    profile: ProfileArg,
    /// Print stored secrets as they are
    #[arg(long)]
    with_secrets: bool,
}

/// Prints the document.
///
/// # Errors
///
/// Says that there is no such profile.
pub(crate) fn run(context: &Context, args: &ExportArgs) -> Result<(), Failure> {
    let found = stock::found(context, args.profile.profile.as_deref())?;
    let export = if args.with_secrets {
        Export::with_secrets(&found.name, &found.config)
    } else {
        Export::new(&found.name, &found.config)
    };
    output::stdout(&output::json(&export.to_json()))?;
    for (key, variable) in &export.replaced {
        context.say(format!(
            "Note: {key} is to be set as {variable} where it is imported."
        ));
    }
    for key in &export.left_out {
        context.say(format!(
            "Note: {key} was left out; add it where it is imported, or use --with-secrets."
        ));
    }
    let files = found
        .config
        .values()
        .keys()
        .filter(|key| key.ends_with("_file"));
    for key in files {
        context.say(format!(
            "Note: the file that {key} names does not go along."
        ));
    }
    Ok(())
}
