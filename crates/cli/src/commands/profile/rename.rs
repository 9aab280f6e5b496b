//! `keyfob profile rename`: another name for a profile and its login.
use clap::Args;
use serde_json::json;

use crate::commands::{open, stock};
use crate::context::Context;
use crate::failure::Failure;

/// Rename a profile, with its login
///
/// Other commands find the profile under one of its two names at any moment. A program that
/// still runs with the former name has to be started again.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct RenameArgs {
    /// Profile to rename
    #[arg(value_name = "FROM")]
    from: String,
    /// Its new name
    #[arg(value_name = "TO")]
    to: String,
}

/// Renames.
///
/// # Errors
///
/// Says that there is no such profile, or that the new name is taken.
pub(crate) fn run(context: &Context, args: &RenameArgs) -> Result<(), Failure> {
    let (from, to) = (open::name(&args.from)?, open::name(&args.to)?);
    stock::refuse_builtin(context, &to)?;
    let renamed = context.profiles().rename(&from, &to);
    if let Err(error @ keyfob::Error::ProfileExists { .. }) = renamed {
        return Err(Failure::from(error).with_hint("choose another name, or rename that one first"));
    }
    renamed?;
    context.place.note_profile(to.as_str());
    let value = json!({ "profile": to.as_str(), "renamed_from": from.as_str() });
    context.print(&value, || format!("Renamed {from} to {to}.\n"))
}
