//! `keyfob jwt verify`: signature and claims, against the profile's provider.
use clap::Args;
use keyfob::Session;
use keyfob::jose::{Secret, jwt};
use serde_json::{Value, json};

use super::decode;
use crate::commands::open;
use crate::commands::token_input::TokenInput;
use crate::context::Context;
use crate::failure::Failure;

/// Check a JWT's signature, issuer, audience and dates against the profile's provider
///
/// Access tokens are checked by RFC 9068, ID tokens (--id-token) by OpenID Connect Core 3.1.3.7.
/// Exits with 9 if the token must not be trusted.
///
/// Examples:
///   keyfob jwt verify -p work
///   keyfob jwt verify -p work --audience https://api.example < token.txt -
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    input: TokenInput,
    /// Audience that the token must be for; repeat for more [default: the profile's]
    #[arg(long, value_name = "AUDIENCE")]
    audience: Vec<String>,
}

/// Checks the token.
///
/// # Errors
///
/// Says which rule the token breaks, or why it could not be checked.
pub(crate) async fn run(context: &Context, args: &VerifyArgs) -> Result<(), Failure> {
    let token = args.input.secret(context)?;
    let session = open::session(context, None)?;
    let claims = {
        let _waiting = context.wait_for("Waiting for the provider's keys");
        if args.input.is_id_token() {
            id_token(&session, &token).await?
        } else {
            access_token(&session, &token, &args.audience).await?
        }
    };
    context.print(&json!({ "verified": true, "claims": claims }), || {
        let text = decode::claims_text(&claims, context.now());
        format!("The token is good: signature, issuer, audience and dates.\n\n{text}")
    })
}

async fn id_token(session: &Session, token: &Secret) -> Result<Value, Failure> {
    let client = session.client();
    let rules = client.id_token_rules()?;
    client
        .verify_id_token(token, &rules, client.clock().now())
        .await?;
    claims(token)
}

async fn access_token(
    session: &Session,
    token: &Secret,
    audiences: &[String],
) -> Result<Value, Failure> {
    let configured = session.client().config().audiences();
    let audiences = if audiences.is_empty() {
        &configured
    } else {
        audiences
    };
    open::verifier(session, audiences)?
        .verify(token.expose())
        .await?;
    claims(token)
}

/// What a token says that has just been verified.
fn claims(token: &Secret) -> Result<Value, Failure> {
    let decoded = jwt::decode_unverified(token.expose()).map_err(keyfob::Error::from)?;
    Ok(Value::Object(decoded.claims))
}
