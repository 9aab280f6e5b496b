//! `keyfob revoke`: make one token invalid at the provider (RFC 7009).
use clap::Args;
use keyfob::Session;
use keyfob::jose::Secret;
use keyfob::protocol::TokenHint;
use serde_json::json;

use super::open;
use super::token_input::TokenInput;
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Make one token invalid at the provider; nothing is removed here
///
/// To log out, use `keyfob logout`.
///
/// Examples:
///   keyfob revoke                        the current profile's access token
///   keyfob revoke --refresh-token -p work
///   keyfob revoke - < token.txt
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct RevokeArgs {
    #[command(flatten)]
    input: TokenInput,
}

/// Revokes the token.
///
/// # Errors
///
/// Says why the provider did not.
pub(crate) async fn run(context: &Context, args: &RevokeArgs) -> Result<(), Failure> {
    let session = open::session(context, None)?;
    let token = args.input.secret_to_send(context, &session)?;
    let hint = args.input.hint().unwrap_or(TokenHint::AccessToken);
    revoke(context, &session, &token, hint).await?;
    context.print(&json!({ "revoked": true }), || {
        "The provider has revoked the token.\n".to_owned()
    })
}

/// Has a token revoked by the provider.
///
/// # Errors
///
/// Says why the provider did not.
pub(crate) async fn revoke(
    context: &Context,
    session: &Session,
    token: &Secret,
    hint: TokenHint,
) -> Result<(), Failure> {
    let _waiting = context.wait_for("Waiting for the provider");
    if !session.client().revoke(token, hint).await? {
        return Err(Failure::new(
            Exit::Other,
            "no_endpoint",
            "this provider cannot revoke tokens",
        )
        .with_hint("keyfob discover{at}   (what this server offers)"));
    }
    Ok(())
}
