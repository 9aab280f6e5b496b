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
    DecodeAccessToken(decode::AccessTokenArgs),
    DecodeIdToken(decode::IdTokenArgs),
    DecodeRefreshToken(decode::RefreshTokenArgs),
    Discovery(discovery::DiscoveryArgs),
    ListScopes(list_scopes::ListScopesArgs),
    Login(Box<login::LoginArgs>),
    PrintAccessToken(print_access_token::PrintArgs),
    Refresh(refresh::RefreshArgs),
    RevokeAccessToken(revoke::AccessTokenArgs),
    RevokeRefreshToken(revoke::RefreshTokenArgs),
    Userinfo(userinfo::UserinfoArgs),
    ValidateAccessToken(validate::AccessTokenArgs),
    ValidateAccessTokenLocal(validate_local::AccessTokenArgs),
    ValidateIdToken(validate::IdTokenArgs),
    ValidateIdTokenLocal(validate_local::IdTokenArgs),
    ValidateRefreshToken(validate::RefreshTokenArgs),
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
            C::DecodeAccessToken(args) => args.run(call).await,
            C::DecodeIdToken(args) => args.run(call).await,
            C::DecodeRefreshToken(args) => args.run(call).await,
            C::Discovery(args) => args.run(call).await,
            C::ListScopes(args) => args.run(call).await,
            C::Login(args) => args.run(call).await,
            C::PrintAccessToken(args) => args.run(call).await,
            C::Refresh(args) => args.run(call).await,
            C::RevokeAccessToken(args) => args.run(call).await,
            C::RevokeRefreshToken(args) => args.run(call).await,
            C::Userinfo(args) => args.run(call).await,
            C::ValidateAccessToken(args) => args.run(call).await,
            C::ValidateAccessTokenLocal(args) => args.run(call).await,
            C::ValidateIdToken(args) => args.run(call).await,
            C::ValidateIdTokenLocal(args) => args.run(call).await,
            C::ValidateRefreshToken(args) => args.run(call).await,
        }
    }
}
