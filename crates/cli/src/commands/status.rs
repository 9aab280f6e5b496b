//! `keyfob status`: who is logged in, where, until when, and what to do next.
mod explain;

use clap::Args;
use serde_json::Value;

use super::facts::Facts;
use super::{ProfileArg, open};
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Show who is logged in and until when; exits with 4 if a login is needed
///
/// Never calls the provider and never prints a token.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    profile: ProfileArg,
    /// Show which source each setting comes from, and what was not used, instead
    #[arg(long)]
    explain: bool,
}

/// Prints the facts.
///
/// # Errors
///
/// Says that there is no such profile, or that a login is needed.
pub(crate) async fn run(context: &Context, args: &StatusArgs) -> Result<(), Failure> {
    let resolved = open::resolve(context, args.profile.profile.as_deref())?;
    if args.explain {
        return explain::print(context, &resolved);
    }
    let session = open::resolved_session(context, &resolved)?;
    let status = session.status().await?;
    let facts = Facts::new(context, &session, &status).of(&resolved);
    context.print(&Value::Object(facts.to_json()), || facts.to_text())?;
    for warning in &status.warnings {
        context.say(format!("warning: {warning}"));
    }
    match &status.login_needed {
        None => Ok(()),
        Some(reason) => Err(
            Failure::new(Exit::LoginNeeded, reason.code(), reason.to_string())
                .with_hint("keyfob login{at}"),
        ),
    }
}
