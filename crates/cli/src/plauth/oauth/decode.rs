//! `plauth oauth decode-…-token`: a stored token taken apart, nothing checked.
use clap::Args;

use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::decoded;
use crate::plauth::options::Human;
use crate::plauth::place::For;

/// Decode the stored access token; checks nothing
#[derive(Args, Debug)]
pub(super) struct AccessTokenArgs {
    #[command(flatten)]
    human: Human,
}

/// Decode the stored ID token; checks nothing
#[derive(Args, Debug)]
pub(super) struct IdTokenArgs {
    #[command(flatten)]
    human: Human,
}

/// Decode the stored refresh token, if it is a JWT; checks nothing
#[derive(Args, Debug)]
pub(super) struct RefreshTokenArgs {
    #[command(flatten)]
    human: Human,
}

impl AccessTokenArgs {
    /// Prints the parts.
    ///
    /// # Errors
    ///
    /// Says that nobody is logged in, or that the token is no JWT.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        print(call, "access_token", &self.human).await
    }
}

impl IdTokenArgs {
    /// As [`AccessTokenArgs::run`].
    ///
    /// # Errors
    ///
    /// As [`AccessTokenArgs::run`].
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        print(call, "id_token", &self.human).await
    }
}

impl RefreshTokenArgs {
    /// As [`AccessTokenArgs::run`].
    ///
    /// # Errors
    ///
    /// As [`AccessTokenArgs::run`].
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        print(call, "refresh_token", &self.human).await
    }
}

async fn print(call: &Call<'_>, member: &str, human: &Human) -> Result<(), Failure> {
    let opened = call.open(For::Oauth)?;
    let document = opened.stored().await?;
    let now = human.is_wanted().then(|| call.context.now());
    decoded::print(document.text(member), now)
}
