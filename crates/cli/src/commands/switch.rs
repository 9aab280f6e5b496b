//! `keyfob switch`: which profile is the current one.
use clap::Args;
use serde_json::json;

use super::open;
use crate::context::Context;
use crate::failure::Failure;

/// Make a profile the current one
///
/// Example:
///   keyfob switch work
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct SwitchArgs {
    /// Profile that is meant from now on when none is named
    #[arg(value_name = "PROFILE")]
    name: String,
}

/// Writes the choice.
///
/// # Errors
///
/// Says that there is no such profile, or that the choice cannot be written.
pub(crate) fn run(context: &Context, args: &SwitchArgs) -> Result<(), Failure> {
    let name = open::name(&args.name)?;
    context.place.note_profile(name.as_str());
    let profiles = context.profiles();
    profiles.switch(&name)?;
    let name = profiles.dealias(&name);
    open::warn_of_variables(context, &name);
    context.print(&json!({ "profile": name.as_str() }), || {
        format!("{name} is the current profile.\n")
    })
}
