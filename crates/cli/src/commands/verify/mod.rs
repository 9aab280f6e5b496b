//! `keyfob verify`: is this token good, and if not, what is wrong with it: all of it.
mod args;
mod ask;
pub(crate) mod expected;
pub(crate) mod finding;
pub(crate) mod judge;
pub(crate) mod keys;
mod report;

use keyfob::Client;
use keyfob::jose::Secret;

pub(crate) use args::{VerifyArgs, WhoArgs};
pub(crate) use report::lines as rule_lines;

use crate::commands::discover;
use crate::commands::open;
use crate::commands::token_input::Typed;
use crate::context::Context;
use crate::failure::Failure;
use expected::{Expected, Kind};
use keys::KeyFinder;

/// Checks a token and names every rule that it breaks.
///
/// # Errors
///
/// Says which rules the token breaks, or why it could not be checked.
pub(crate) async fn run(context: &Context, args: &VerifyArgs, typed: Typed) -> Result<(), Failure> {
    let token = args.secret(context, typed)?;
    let setting = args.setting(context)?;
    let finder = KeyFinder::new(context, args.who.jwks(), setting.client.as_ref()).await?;
    let verdict = {
        let _waiting = finder
            .may_fetch()
            .then(|| context.wait_for("Waiting for the provider's keys"));
        let verdict = judge::judge(&token, &setting.expected, &finder).await?;
        if !args.introspect() {
            verdict
        } else if verdict.is_opaque || verdict.is_good() {
            let asking = setting.asking(context, args, &verdict)?;
            ask::ask(context, &token, &setting.expected, &asking, verdict).await?
        } else {
            ask::unasked(verdict)
        }
    };
    report::report(context, verdict, setting.expected.now())
}

/// Checks a token of this client's provider, and gives its claims.
///
/// # Errors
///
/// Says which rule the token breaks first, or why it could not be checked.
pub(crate) async fn with_client(
    context: &Context,
    client: &Client,
    token: &Secret,
    kind: Kind,
    (audiences, scopes): (Vec<String>, Vec<String>),
) -> Result<serde_json::Value, Failure> {
    let expected = Expected::of_client(context, client, kind, audiences)?.with_any_scope(scopes);
    let _waiting = context.wait_for("Waiting for the provider's keys");
    let finder = KeyFinder::of_client(context, client);
    let verdict = judge::judge(token, &expected, &finder).await?;
    verdict.into_claims()
}

/// A client that is good for nothing but asking about the tokens of an issuer.
///
/// # Errors
///
/// Says what is wrong with the issuer.
pub(crate) fn bare_client(context: &Context, issuer: &str) -> Result<Client, Failure> {
    open::client(context, discover::bare_config(issuer))
        .map_err(|failure| discover::without_profile(failure, true))
}
