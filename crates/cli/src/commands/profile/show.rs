//! `keyfob profile show`: a client configuration without its secrets.
use clap::Args;
use serde_json::json;

use crate::commands::{ProfileArg, open};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{output, words};

/// Show a profile's configuration, without secrets
#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    profile: ProfileArg,
}

/// Prints the configuration.
///
/// # Errors
///
/// Says that there is no such profile.
pub(crate) fn run(context: &Context, args: &ShowArgs) -> Result<(), Failure> {
    let name = open::profile(context, args.profile.profile.as_deref())?;
    let config = open::profiles(context).show(&name)?;
    let folder = context.home().join(name.as_str());
    let redacted = serde_json::Value::Object(config.redacted());
    let value = json!({ "profile": name.as_str(), "folder": folder, "config": redacted });
    context.print(&value, || {
        words::plain_lines(&output::json(&redacted)) + "\n"
    })
}
