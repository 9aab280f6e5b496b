//! `plauth oauth revoke-…-token`: invalid at the provider, and not used here any more.
use clap::Args;
use keyfob::protocol::TokenHint;

use crate::commands::revoke;
use crate::failure::Failure;
use crate::plauth::app::Call;

/// Revoke the stored access token
#[derive(Args, Debug)]
pub(super) struct AccessTokenArgs {}

/// Revoke the stored refresh token
#[derive(Args, Debug)]
pub(super) struct RefreshTokenArgs {}

impl AccessTokenArgs {
    /// Revokes the token; the next command that needs one gets another.
    ///
    /// # Errors
    ///
    /// Says why the provider did not.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.oauth()?;
        let token = opened.stored_token("access_token").await?;
        revoke::revoke(
            call.context,
            &opened.session,
            &token,
            TokenHint::AccessToken,
        )
        .await
    }
}

impl RefreshTokenArgs {
    /// Revokes the token.
    ///
    /// # Errors
    ///
    /// Says why the provider did not.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let opened = call.oauth()?;
        let token = opened.stored_token("refresh_token").await?;
        revoke::revoke(
            call.context,
            &opened.session,
            &token,
            TokenHint::RefreshToken,
        )
        .await
    }
}
