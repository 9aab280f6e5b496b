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
    if report.key_in_config {
        let flags = context.place.flags();
        context.say(format!(
            "The key in the configuration stays in use: keyfob profile remove{flags}"
        ));
    }
    verdict(report)
}

/// Whether all went well; the first step that did not is the failure.
///
/// # Errors
///
/// Says which step failed.
pub(super) fn verdict(report: LogoutReport) -> Result<(), Failure> {
    finish(report.removal, "the tokens are still on this disk", None)?;
    finish(
        report.refresh_token,
        "the refresh token was not revoked",
        Some(TOO_LATE),
    )?;
    finish(
        report.access_token,
        "the access token was not revoked",
        Some(TOO_LATE),
    )
}

/// What is gone here cannot be revoked from here any more.
const TOO_LATE: &str = "the tokens are gone from this machine; if it matters, end the session on the provider's website";

/// A step that failed fails the command, after the report.
fn finish(step: LogoutStep, what: &str, hint: Option<&'static str>) -> Result<(), Failure> {
    let LogoutStep::Failed(error) = step else {
        return Ok(());
    };
    let failure = Failure::from(error).while_doing(what);
    Err(match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    })
}

/// The steps for programs.
pub(super) fn to_json(profile: &str, report: &LogoutReport) -> Value {
    json!({
        "profile": profile,
        "revoked": revoked(report),
        "removed": matches!(report.removal, LogoutStep::Done),
        "key_in_config": report.key_in_config,
    })
}

/// What became of the tokens at the provider, for programs.
pub(super) fn revoked(report: &LogoutReport) -> Value {
    json!({
        "refresh_token": word(&report.refresh_token, "revoked"),
        "access_token": word(&report.access_token, "revoked"),
    })
}

/// The steps for people.
pub(super) fn to_text(profile: &str, report: &LogoutReport) -> String {
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
