//! `keyfob introspect`: ask the provider whether a token is active (RFC 7662).
use clap::Args;
use keyfob::Session;
use keyfob::jose::Secret;
use keyfob::protocol::{Introspection, TokenHint};
use serde_json::Value;

use super::open;
use super::token_input::TokenInput;
use crate::context::Context;
use crate::failure::Failure;
use crate::ui::{output, words};

/// Ask the provider whether a token is active, and what it is good for
///
/// Examples:
///   keyfob introspect
///   keyfob introspect --refresh-token -p work
///   keyfob introspect - < token.txt
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct IntrospectArgs {
    #[command(flatten)]
    input: TokenInput,
}

/// Prints the provider's answer.
///
/// # Errors
///
/// Says why the provider did not answer.
pub(crate) async fn run(context: &Context, args: &IntrospectArgs) -> Result<(), Failure> {
    let session = open::session(context, None)?;
    let token = args.input.secret_to_send(context, &session)?;
    let answer = ask(context, &session, &token, args.input.hint()).await?;
    let value = Value::Object(answer.raw);
    context.print(&value, || words::plain_lines(&output::json(&value)) + "\n")
}

/// Asks the provider about a token.
///
/// # Errors
///
/// Says why the provider did not answer.
pub(crate) async fn ask(
    context: &Context,
    session: &Session,
    token: &Secret,
    hint: Option<TokenHint>,
) -> Result<Introspection, Failure> {
    let _waiting = context.wait_for("Waiting for the provider");
    Ok(session.client().introspect(token, hint).await?)
}
