//! `keyfob userinfo`: what the provider says about the person (OpenID Connect Core §5.3).
use clap::Args;
use keyfob::Session;
use keyfob::jose::jwt;
use serde_json::{Map, Value};

use super::{ProfileArg, open};
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{output, words};

/// Ask the provider who is logged in, and print the claims
#[derive(Args, Debug)]
pub(crate) struct UserinfoArgs {
    #[command(flatten)]
    profile: ProfileArg,
}

/// Prints the claims.
///
/// # Errors
///
/// Says why the provider did not tell.
pub(crate) async fn run(context: &Context, args: &UserinfoArgs) -> Result<(), Failure> {
    let session = open::session(context, args.profile.profile.as_deref())?;
    let value = Value::Object(claims(context, &session).await?);
    context.print(&value, || words::plain_lines(&output::json(&value)) + "\n")
}

/// The claims that the provider has about who is logged in.
///
/// # Errors
///
/// Says why the provider did not tell.
pub(crate) async fn claims(
    context: &Context,
    session: &Session,
) -> Result<Map<String, Value>, Failure> {
    let token = {
        let _waiting = context.wait_for("Waiting for a fresh token");
        let _critical = context.critical();
        session.access_token().await?
    };
    let claims = {
        let _waiting = context.wait_for("Waiting for the provider");
        session
            .client()
            .userinfo(token.secret(), subject(context, session).as_deref())
            .await?
    };
    session.settle().await;
    Ok(claims.claims().clone())
}

/// Whom the stored ID token is about: the answer must be about the same (OpenID Connect Core §5.3.2).
fn subject(context: &Context, session: &Session) -> Option<String> {
    let token = open::stored_token(context, session.profile(), "id_token").ok()?;
    let claims = jwt::decode_unverified(token.expose()).ok()?.claims;
    claims.get("sub")?.as_str().map(str::to_owned)
}
