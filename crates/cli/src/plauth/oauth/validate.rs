//! `plauth oauth validate-…-token`: the provider is asked whether a stored token is active (RFC 7662).
use clap::Args;
use keyfob::protocol::TokenHint;
use serde_json::Value;

use crate::commands::introspect;
use crate::failure::{Exit, Failure};
use crate::plauth::app::Call;
use crate::plauth::json;
use crate::plauth::options::Human;
use crate::plauth::place::For;

/// Ask the provider whether the stored access token is active
#[derive(Args, Debug)]
pub(super) struct AccessTokenArgs {
    #[command(flatten)]
    human: Human,
}

/// Ask the provider whether the stored ID token is active
#[derive(Args, Debug)]
pub(super) struct IdTokenArgs {
    #[command(flatten)]
    human: Human,
}

/// Ask the provider whether the stored refresh token is active
#[derive(Args, Debug)]
pub(super) struct RefreshTokenArgs {
    #[command(flatten)]
    human: Human,
}

impl AccessTokenArgs {
    /// Prints the provider's answer.
    ///
    /// # Errors
    ///
    /// Says that the token is not active, or why the provider did not answer.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        ask(call, TokenHint::AccessToken, &self.human).await
    }
}

impl IdTokenArgs {
    /// As [`AccessTokenArgs::run`].
    ///
    /// # Errors
    ///
    /// As [`AccessTokenArgs::run`].
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        ask(call, TokenHint::IdToken, &self.human).await
    }
}

impl RefreshTokenArgs {
    /// As [`AccessTokenArgs::run`].
    ///
    /// # Errors
    ///
    /// As [`AccessTokenArgs::run`].
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        ask(call, TokenHint::RefreshToken, &self.human).await
    }
}

async fn ask(call: &Call<'_>, hint: TokenHint, human: &Human) -> Result<(), Failure> {
    let opened = call.open(For::Oauth)?;
    let token = opened.stored_token_to_send(hint.as_str()).await?;
    let answer = introspect::ask(call.context, &opened.session, &token, Some(hint)).await?;
    if !answer.active {
        return Err(Failure::new(
            Exit::Refused,
            "token_inactive",
            "the provider says that this token is not active",
        ));
    }
    let answer = Value::Object(answer.raw);
    json::print(&if human.is_wanted() {
        json::with_local_dates(answer, call.context.now())
    } else {
        answer
    })
}
