//! `plauth oauth revoke-…-token`: invalid at the provider, and not used here any more.
use clap::Args;
use keyfob::Session;
use keyfob::protocol::TokenHint;

use crate::commands::revoke;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::place::For;

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
        let session = revoked(call, TokenHint::AccessToken).await?;
        session.forget_access_token().await?;
        Ok(())
    }
}

impl RefreshTokenArgs {
    /// Revokes the token; the login ends with its access token.
    ///
    /// # Errors
    ///
    /// Says why the provider did not.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let session = revoked(call, TokenHint::RefreshToken).await?;
        session.forget_refresh_token().await?;
        Ok(())
    }
}

/// The session whose stored token of this kind has just been revoked.
async fn revoked(call: &Call<'_>, kind: TokenHint) -> Result<Session, Failure> {
    let opened = call.open(For::Oauth)?;
    let token = opened.stored_token_to_send(kind.as_str()).await?;
    revoke::revoke(call.context, &opened.session, &token, kind).await?;
    Ok(opened.session)
}
