//! `keyfob logout`: revoke at the provider, then remove here; each step reported.
use clap::Args;
use keyfob::session::{LogoutReport, LogoutStep};
use serde_json::{Value, json};

use super::{ProfileArg, open};
use crate::context::Context;
use crate::failure::Failure;

/// Revoke the tokens at the provider, then remove them from this machine
///
/// The tokens are removed here in any case; what the provider did not do is reported.
/// The profile itself stays: `keyfob profile remove` removes it.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    profile: ProfileArg,
}

/// Logs out.
///
/// # Errors
///
/// Says which step failed; the others were done.
pub(crate) async fn run(context: &Context, args: &LogoutArgs) -> Result<(), Failure> {
    let session = open::session(context, args.profile.profile.as_deref())?;
    let report = {
        let _waiting = context.wait_for("Waiting for the provider to revoke the tokens");
        session.logout().await?
    };
    let profile = session.profile().as_str();
    context.print(&to_json(profile, &report), || to_text(profile, &report))?;
    [report.removal, report.refresh_token, report.access_token]
        .into_iter()
        .try_for_each(finish)
}

/// A step that failed fails the command, after the report.
fn finish(step: LogoutStep) -> Result<(), Failure> {
    match step {
        LogoutStep::Failed(error) => Err(error.into()),
        _ => Ok(()),
    }
}

fn to_json(profile: &str, report: &LogoutReport) -> Value {
    json!({
        "profile": profile,
        "revoked": {
            "refresh_token": word(&report.refresh_token, "revoked"),
            "access_token": word(&report.access_token, "revoked"),
        },
        "removed": matches!(report.removal, LogoutStep::Done),
    })
}

fn to_text(profile: &str, report: &LogoutReport) -> String {
    format!(
        "{profile}\n  refresh token  {}\n  access token   {}\n  on this disk   {}\n",
        word(&report.refresh_token, "revoked").replace('_', " "),
        word(&report.access_token, "revoked").replace('_', " "),
        word(&report.removal, "removed").replace('_', " "),
    )
}

fn word(step: &LogoutStep, done: &'static str) -> &'static str {
    match step {
        LogoutStep::Done => done,
        LogoutStep::Nothing => "none",
        LogoutStep::Unsupported => "not_supported_by_provider",
        _ => "failed",
    }
}
