//! `keyfob profile remove`: the whole profile, configuration and credential.
use clap::Args;
use keyfob::ProfileName;
use keyfob::session::LogoutReport;
use serde_json::json;

use crate::commands::{ProfileArg, logout, open};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::ask;

/// Remove a profile from this machine
///
/// Refuses while it is logged in, because the tokens would stay valid at the provider: with
/// --revoke they are revoked first, with --force they are not. It asks first if somebody is
/// there. What the provider did not revoke is reported, and the profile is removed all the same.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct RemoveArgs {
    #[command(flatten)]
    profile: ProfileArg,
    /// Revoke its tokens at the provider first
    #[arg(long)]
    revoke: bool,
    /// Remove it although it is logged in; the tokens stay valid until they expire
    #[arg(long, conflicts_with = "revoke")]
    force: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes the profile.
///
/// # Errors
///
/// Says that there is no such profile, that it is logged in, or that its tokens could not be revoked.
pub(crate) async fn run(context: &Context, args: &RemoveArgs) -> Result<(), Failure> {
    let name = open::profile(context, args.profile.profile.as_deref())?;
    let profiles = context.profiles();
    profiles.show(&name)?;
    // A login that cannot be read may be a good one: its file can be mended, and it is still valid at the provider.
    let is_logged_in = !matches!(profiles.files().load_now(&name), Ok(None));
    if is_logged_in && !args.force && !args.revoke {
        return Err(
            Failure::usage(format!("the profile {name} is logged in")).with_hint(
                "keyfob profile remove{at} --revoke   (or --force, which leaves the tokens valid)",
            ),
        );
    }
    if !args.yes && context.may_ask() {
        ask_first(&name, is_logged_in).await?;
    }
    let report = if args.revoke && is_logged_in {
        Some(revoke(context, &name).await?)
    } else {
        None
    };
    profiles.remove(&name)?;
    let revoked = report.as_ref().map(logout::revoked);
    let value = json!({ "profile": name.as_str(), "removed": true, "revoked": revoked });
    context.print(&value, || {
        let steps = report
            .as_ref()
            .map(|report| logout::to_text(name.as_str(), report));
        format!("{}Removed the profile {name}.\n", steps.unwrap_or_default())
    })?;
    report.map_or(Ok(()), logout::verdict)
}

async fn ask_first(name: &ProfileName, is_logged_in: bool) -> Result<(), Failure> {
    let login = if is_logged_in { " and its login" } else { "" };
    let question = format!("Remove the profile {name}{login} from this machine?");
    if ask::whether(&question, false).await? {
        return Ok(());
    }
    Err(Failure::cancelled("nothing was removed"))
}

async fn revoke(context: &Context, name: &ProfileName) -> Result<LogoutReport, Failure> {
    let session = open::named_session(context, name)?;
    let _waiting = context.wait_for("Waiting for the provider to revoke the tokens");
    Ok(session.logout().await?)
}
