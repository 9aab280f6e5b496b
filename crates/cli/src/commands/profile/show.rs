//! `keyfob profile show`: a client configuration, without its secrets unless they are asked for.
use clap::Args;
use serde_json::{Value, json};

use crate::commands::{ProfileArg, stock};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{output, words};

/// Show a profile's configuration, without secrets
#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    profile: ProfileArg,
    /// Show stored secrets too; what is referred to by file, variable or command is not read
    #[arg(long)]
    secrets: bool,
}

/// Prints the configuration.
///
/// # Errors
///
/// Says that there is no such profile.
pub(crate) fn run(context: &Context, args: &ShowArgs) -> Result<(), Failure> {
    let found = stock::found(context, args.profile.profile.as_deref())?;
    let config = Value::Object(if args.secrets {
        found.config.values().clone()
    } else {
        found.config.redacted()
    });
    let folder = (!found.is_builtin).then(|| context.home().join(found.name.as_str()));
    let value = json!({
        "profile": found.name.as_str(),
        "folder": folder,
        "built_in": found.is_builtin,
        "config": config,
    });
    context.print(&value, || words::plain_lines(&output::json(&config)) + "\n")
}
