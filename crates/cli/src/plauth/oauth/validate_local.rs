//! `plauth oauth validate-…-token-local`: signature and claims are checked here, with the provider's keys.
use clap::Args;
use keyfob::verify::Profile;
use serde_json::Value;

use crate::commands::verify;
use crate::commands::verify::expected::Kind;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::options::Human;
use crate::plauth::place::For;
use crate::plauth::{json, variables};

/// Check the stored access token here, with the provider's keys
#[derive(Args, Debug)]
pub(super) struct AccessTokenArgs {
    /// Audience that the token must be for; repeat for more, one of which will do [default: the profile's]
    /// [env: PL_AUTH_AUDIENCE]
    #[arg(long = "audience", value_name = "TEXT")]
    audiences: Vec<String>,
    /// Scope that the token must have; repeat for more, one of which will do [env: PL_AUTH_SCOPE]
    #[arg(long = "scope", value_name = "TEXT")]
    scopes: Vec<String>,
    #[command(flatten)]
    human: Human,
}

/// Check the stored ID token here, with the provider's keys
#[derive(Args, Debug)]
pub(super) struct IdTokenArgs {
    #[command(flatten)]
    human: Human,
}

impl AccessTokenArgs {
    /// Prints the claims.
    ///
    /// # Errors
    ///
    /// Says which rule the token breaks.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        let token = opened.stored_token("access_token").await?;
        let audiences = variables::list(&self.audiences, variables::AUDIENCE);
        let scopes = variables::list(&self.scopes, variables::SCOPE);
        let wanted = (audiences, scopes.clone());
        let kind = Kind::AccessToken(Profile::Plain);
        let client = opened.session.client();
        let checked = verify::with_client(call.context, client, &token, kind, wanted).await;
        let claims = checked.map_err(|failure| naming(failure, &scopes))?;
        print(call, claims, &self.human)
    }
}

impl IdTokenArgs {
    /// Prints the claims.
    ///
    /// # Errors
    ///
    /// Says which rule the token breaks.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.open(For::Oauth)?;
        let token = opened.stored_token("id_token").await?;
        let client = opened.session.client();
        let wanted = (Vec::new(), Vec::new());
        let claims =
            verify::with_client(call.context, client, &token, Kind::IdToken, wanted).await?;
        print(call, claims, &self.human)
    }
}

/// Which scopes would have done is what its user knows and wants repeated.
fn naming(failure: Failure, scopes: &[String]) -> Failure {
    if failure.code() != "insufficient_scope" {
        return failure;
    }
    let wanted = scopes.join(", ");
    let message = format!("the token has none of these scopes: {wanted}");
    Failure::new(failure.exit(), "insufficient_scope", message)
        .with_hint("log in again and ask for the scope; keyfob jwt decode shows what the token has")
}

fn print(call: &Call<'_>, claims: Value, human: &Human) -> Result<(), Failure> {
    json::print(&if human.is_wanted() {
        json::with_local_dates(claims, call.context.now())
    } else {
        claims
    })
}
