//! `plauth oauth`: logins by OAuth and what can be done with their tokens.
mod decode;
mod discovery;
mod list_scopes;
mod login;
mod print_access_token;
mod refresh;
mod revoke;
mod userinfo;
mod validate;
mod validate_local;

use clap::{Args, Subcommand};
use keyfob::protocol::TokenHint;

use super::app::{self, Call};
use crate::failure::Failure;

/// Log in by OAuth, and use and inspect the tokens
#[derive(Args, Debug)]
pub(super) struct OauthArgs {
    #[command(subcommand)]
    command: Option<OauthCommand>,
}

#[derive(Subcommand, Debug)]
enum OauthCommand {
    /// Decode the stored access token; checks nothing
    DecodeAccessToken(decode::DecodeArgs),
    /// Decode the stored ID token; checks nothing
    DecodeIdToken(decode::DecodeArgs),
    /// Decode the stored refresh token, if it is a JWT; checks nothing
    DecodeRefreshToken(decode::DecodeArgs),
    Discovery(discovery::DiscoveryArgs),
    ListScopes(list_scopes::ListScopesArgs),
    Login(Box<login::LoginArgs>),
    PrintAccessToken(print_access_token::PrintArgs),
    Refresh(refresh::RefreshArgs),
    RevokeAccessToken(revoke::AccessTokenArgs),
    RevokeRefreshToken(revoke::RefreshTokenArgs),
    Userinfo(userinfo::UserinfoArgs),
    /// Ask the provider whether the stored access token is active
    ValidateAccessToken(validate::ValidateArgs),
    ValidateAccessTokenLocal(validate_local::AccessTokenArgs),
    /// Ask the provider whether the stored ID token is active
    ValidateIdToken(validate::ValidateArgs),
    ValidateIdTokenLocal(validate_local::IdTokenArgs),
    /// Ask the provider whether the stored refresh token is active
    ValidateRefreshToken(validate::ValidateArgs),
}

impl OauthArgs {
    /// Runs the sub-command; without one, shows which there are.
    ///
    /// # Errors
    ///
    /// What the sub-command says.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        use OauthCommand as C;
        let Some(command) = self.command else {
            return app::help(&["oauth"]);
        };
        match command {
            C::DecodeAccessToken(args) => args.run(call, "access_token").await,
            C::DecodeIdToken(args) => args.run(call, "id_token").await,
            C::DecodeRefreshToken(args) => args.run(call, "refresh_token").await,
            C::Discovery(args) => args.run(call).await,
            C::ListScopes(args) => args.run(call).await,
            C::Login(args) => args.run(call).await,
            C::PrintAccessToken(args) => args.run(call).await,
            C::Refresh(args) => args.run(call).await,
            C::RevokeAccessToken(args) => args.run(call).await,
            C::RevokeRefreshToken(args) => args.run(call).await,
            C::Userinfo(args) => args.run(call).await,
            C::ValidateAccessToken(args) => args.run(call, TokenHint::AccessToken).await,
            C::ValidateAccessTokenLocal(args) => args.run(call).await,
            C::ValidateIdToken(args) => args.run(call, TokenHint::IdToken).await,
            C::ValidateIdTokenLocal(args) => args.run(call).await,
            C::ValidateRefreshToken(args) => args.run(call, TokenHint::RefreshToken).await,
        }
    }
}
