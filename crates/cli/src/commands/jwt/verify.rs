//! `keyfob jwt verify`: signature and claims, against the profile's provider.
use clap::Args;
use keyfob::Client;
use keyfob::jose::{Secret, jwt};
use keyfob::verify::Profile;
use serde_json::{Value, json};

use super::decode;
use crate::commands::open;
use crate::commands::token_input::TokenInput;
use crate::commands::verifier::verifier;
use crate::context::Context;
use crate::failure::{Exit, Failure};

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
    /// Scope that the token must have; repeat for more, one of which will do
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
}

/// What an access token is held against.
#[derive(Debug)]
pub(crate) struct Expected {
    /// One of these audiences; none means the profile's.
    pub(crate) audiences: Vec<String>,
    /// One of these scopes; none means that scopes do not matter.
    pub(crate) scopes: Vec<String>,
    /// Which kind of access token the issuer makes.
    pub(crate) profile: Profile,
}

/// Checks the token.
///
/// # Errors
///
/// Says which rule the token breaks, or why it could not be checked.
pub(crate) async fn run(context: &Context, args: &VerifyArgs) -> Result<(), Failure> {
    let token = args.input.secret(context)?;
    let session = open::session(context, None)?;
    let claims = if args.input.is_id_token() {
        id_token(context, session.client(), &token).await?
    } else {
        let expected = Expected {
            audiences: args.audience.clone(),
            scopes: args.scope.clone(),
            profile: Profile::Rfc9068,
        };
        access_token(context, session.client(), &token, &expected).await?
    };
    context.print(&json!({ "verified": true, "claims": claims }), || {
        let text = decode::claims_text(&claims, context.now());
        format!("The token is good: signature, issuer, audience and dates.\n\n{text}")
    })
}

/// Checks an ID token of this client, and gives its claims.
///
/// # Errors
///
/// Says which rule the token breaks, or why it could not be checked.
pub(crate) async fn id_token(
    context: &Context,
    client: &Client,
    token: &Secret,
) -> Result<Value, Failure> {
    let _waiting = context.wait_for("Waiting for the provider's keys");
    let rules = client.id_token_rules()?;
    client
        .verify_id_token(token, &rules, client.clock().now())
        .await?;
    claims(token)
}

/// Checks an access token of this client's provider, and gives its claims.
///
/// # Errors
///
/// Says which rule the token breaks, or why it could not be checked.
pub(crate) async fn access_token(
    context: &Context,
    client: &Client,
    token: &Secret,
    expected: &Expected,
) -> Result<Value, Failure> {
    let _waiting = context.wait_for("Waiting for the provider's keys");
    let configured = client.config().audiences();
    let audiences = if expected.audiences.is_empty() {
        &configured
    } else {
        &expected.audiences
    };
    let verifier = verifier(client, audiences, expected.profile)?;
    let principal = verifier.verify(token.expose()).await?;
    let mut scopes = expected.scopes.iter();
    if !expected.scopes.is_empty() && !scopes.any(|scope| principal.has_scope(scope)) {
        let wanted = expected.scopes.join(", ");
        return Err(Failure::new(
            Exit::Security,
            "scope_not_granted",
            format!("the token has none of these scopes: {wanted}"),
        )
        .with_hint(
            "log in again and ask for the scope; keyfob jwt decode shows what the token has",
        ));
    }
    claims(token)
}

/// What a token says that has just been verified.
fn claims(token: &Secret) -> Result<Value, Failure> {
    let decoded = jwt::decode_unverified(token.expose()).map_err(keyfob::Error::from)?;
    Ok(Value::Object(decoded.claims))
}
