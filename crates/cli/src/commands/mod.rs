//! One verb per file.
pub(crate) mod client_args;
mod completion;
mod demo;
pub(crate) mod discover;
mod facts;
mod header;
mod id_token;
mod import;
pub(crate) mod introspect;
mod jwk;
pub(crate) mod jwt;
mod key_config;
mod list;
pub(crate) mod login;
mod logout;
pub(crate) mod open;
mod preset_args;
pub(crate) mod profile;
mod refresh;
pub(crate) mod reset;
pub(crate) mod revoke;
mod sandbox;
mod status;
pub(crate) mod stock;
mod switch;
mod token;
mod token_input;
pub(crate) mod token_text;
pub(crate) mod userinfo;
pub(crate) mod verifier;
pub(crate) mod verify;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::failure::Failure;

/// The verbs in the order of the help.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Demo(demo::DemoArgs),
    Login(Box<login::LoginArgs>),
    Token(token::TokenArgs),
    Header(header::HeaderArgs),
    Status(status::StatusArgs),
    List(list::ListArgs),
    Switch(switch::SwitchArgs),
    Refresh(refresh::RefreshArgs),
    Logout(logout::LogoutArgs),
    Profile(profile::ProfileArgs),
    Import(import::ImportArgs),
    Reset(reset::ResetArgs),
    Userinfo(userinfo::UserinfoArgs),
    Introspect(introspect::IntrospectArgs),
    Revoke(revoke::RevokeArgs),
    Discover(discover::DiscoverArgs),
    Verify(Box<verify::VerifyArgs>),
    Jwt(jwt::JwtArgs),
    Jwk(jwk::JwkArgs),
    Sandbox(sandbox::SandboxArgs),
    Completion(completion::CompletionArgs),
    Plauth(crate::plauth::PlauthArgs),
}

/// The profile as an argument, for those who find `-p` too long.
#[derive(Args, Debug, Default)]
pub(crate) struct ProfileArg {
    /// Profile to work on; the same as -p
    #[arg(id = "named_profile", value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
}

/// Runs one verb.
///
/// # Errors
///
/// What the verb says.
pub(crate) async fn run(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(_) => demo::run(context).await,
        Command::Login(args) => Box::pin(login::run(context, *args)).await,
        Command::Token(args) => token::run(context, &args).await,
        Command::Header(args) => header::run(context, &args).await,
        Command::Status(args) => status::run(context, &args).await,
        Command::List(_) => list::run(context).await,
        Command::Switch(args) => switch::run(context, &args),
        Command::Refresh(args) => refresh::run(context, &args).await,
        Command::Logout(args) => logout::run(context, &args).await,
        Command::Profile(args) => Box::pin(profile::run(context, args)).await,
        Command::Import(args) => import::run(context, args).await,
        Command::Reset(args) => reset::run(context, &args).await,
        Command::Userinfo(args) => userinfo::run(context, &args).await,
        Command::Introspect(args) => introspect::run(context, &args).await,
        Command::Revoke(args) => revoke::run(context, &args).await,
        Command::Discover(args) => discover::run(context, &args).await,
        Command::Verify(args) => {
            Box::pin(verify::run(context, &args, token_input::Typed::Taken)).await
        }
        Command::Jwt(args) => jwt::run(context, args).await,
        Command::Jwk(args) => jwk::run(context, args).await,
        Command::Sandbox(args) => sandbox::run(context, args).await,
        Command::Completion(args) => completion::run(&args),
        // Only with global flags before it; without, `main` has seen it.
        Command::Plauth(_) => Err(crate::plauth::after_global_flags()),
    }
}
