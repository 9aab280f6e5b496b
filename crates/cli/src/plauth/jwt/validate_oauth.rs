//! `plauth jwt validate-oauth`: an access token is checked with the keys of the issuer that it names.
use clap::Args;
use keyfob::jose::Secret;
use keyfob::verify::Profile;
use serde_json::{Map, Value};

use super::input::TokenInput;
use crate::commands::verify;
use crate::commands::verify::expected::Kind;
use crate::commands::{discover, open};
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::options::Human;
use crate::plauth::{decoded, report, variables};
use crate::ui::output;

/// Check an OAuth access token with the keys of its issuer; for debugging
///
/// Issuer and audience are the token's own unless given, so a good result does not say that a service may trust it.
#[derive(Args, Debug)]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    input: TokenInput,
    #[command(flatten)]
    human: Human,
    /// Audience that the token must be for; repeat for more, one of which will do [default: the token's own]
    /// [env: PL_AUTH_AUDIENCE]
    #[arg(long = "audience", value_name = "TEXT")]
    audiences: Vec<String>,
    /// Issuer that the token must be from [default: the token's own] [env: PL_AUTH_ISSUER]
    #[arg(long, value_name = "TEXT", overrides_with = "issuer")]
    issuer: Option<String>,
}

impl ValidateArgs {
    /// Prints the parts of a good token.
    ///
    /// # Errors
    ///
    /// Says which rule the token breaks, or why it could not be checked.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let token = self.input.read()?;
        let claims = decoded::claims(token.expose())?;
        let issuer = self.issuer(&claims)?;
        let audiences = self.audiences(&claims)?;
        let client = open::client(call.context, discover::bare_config(&issuer))?;
        let kind = Kind::AccessToken(Profile::Plain);
        let wanted = (audiences, Vec::new());
        verify::with_client(call.context, &client, &token, kind, wanted).await?;
        self.print(call, &token)
    }

    fn issuer(&self, claims: &Map<String, Value>) -> Result<String, Failure> {
        let own = || claims.get("iss")?.as_str().map(str::to_owned);
        variables::one(self.issuer.as_ref(), variables::ISSUER)
            .or_else(own)
            .ok_or_else(|| {
                report::bad_parameter("Invalid value: the token names no issuer; give --issuer.")
            })
    }

    fn audiences(&self, claims: &Map<String, Value>) -> Result<Vec<String>, Failure> {
        let given = variables::list(&self.audiences, variables::AUDIENCE);
        if !given.is_empty() {
            return Ok(given);
        }
        let own = match claims.get("aud") {
            Some(Value::Array(all)) => all.first(),
            one => one,
        };
        let own = own.and_then(Value::as_str).map(str::to_owned);
        own.map(|own| vec![own]).ok_or_else(|| {
            report::bad_parameter("Invalid value: the token names no audience; give --audience.")
        })
    }

    fn print(&self, call: &Call<'_>, token: &Secret) -> Result<(), Failure> {
        let now = self.human.is_wanted().then(|| call.context.now());
        let blocks = decoded::blocks(token.expose(), now)?;
        output::stdout(&format!("TOKEN OK\n\n{blocks}"))
    }
}
