//! `keyfob profile remove`: the whole profile, configuration and credential.
use clap::Args;
use serde_json::json;

use crate::commands::{ProfileArg, open};
use crate::context::Context;
use crate::failure::Failure;

/// Remove a profile from this machine
///
/// Refuses while it is logged in, because the tokens would stay valid at the provider.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    profile: ProfileArg,
    /// Remove it although it is logged in
    #[arg(long)]
    force: bool,
}

/// Removes the profile.
///
/// # Errors
///
/// Says that there is no such profile, or that it is logged in.
pub(crate) fn run(context: &Context, args: &RemoveArgs) -> Result<(), Failure> {
    let name = open::profile(context, args.profile.profile.as_deref())?;
    let profiles = open::profiles(context);
    profiles.show(&name)?;
    if !args.force && open::credential(context, &name).is_ok() {
        return Err(Failure::usage(format!("the profile {name} is logged in"))
            .with_hint("keyfob logout{at}   (or add --force)"));
    }
    profiles.remove(&name)?;
    context.print(
        &json!({ "profile": name.as_str(), "removed": true }),
        || format!("Removed the profile {name}.\n"),
    )
}
