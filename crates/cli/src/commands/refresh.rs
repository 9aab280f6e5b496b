//! `keyfob refresh`: a new token now.
use clap::Args;
use serde_json::json;

use super::{ProfileArg, open};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::words;

/// Get a new access token now, whether or not the old one is good
///
/// Prints when it expires, not the token.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct RefreshArgs {
    #[command(flatten)]
    profile: ProfileArg,
    /// Only if an early refresh is due; this is what `token` leaves behind for it
    #[arg(long, hide = true)]
    ahead: bool,
}

/// Refreshes.
///
/// # Errors
///
/// Says why there is no new token.
pub(crate) async fn run(context: &Context, args: &RefreshArgs) -> Result<(), Failure> {
    let session = open::session(context, args.profile.profile.as_deref())?;
    if args.ahead {
        let _critical = context.critical();
        session.access_token().await?;
        session.settle().await;
        return Ok(());
    }
    let token = {
        let _waiting = context.wait_for("Waiting for a new token");
        let _critical = context.critical();
        session.refresh().await?
    };
    let (profile, expires_at) = (session.profile().as_str(), token.expires_at());
    let value = json!({ "profile": profile, "expires_at": words::unix(expires_at) });
    context.print(&value, || {
        let relative = words::relative(expires_at, context.now());
        format!("{profile} has a new token; it expires {relative}.\n")
    })
}
