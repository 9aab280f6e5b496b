//! `plauth jwt`: look into any JWT, or check it.
mod decode;
mod input;
mod unimplemented;
mod validate_oauth;

use clap::{Args, Subcommand};

use super::app::{self, Call};
use crate::failure::Failure;

/// Look into a JWT, or check it; for debugging
///
/// What has not been checked must be taken for untrue.
#[derive(Args, Debug)]
pub(super) struct JwtArgs {
    #[command(subcommand)]
    command: Option<JwtCommand>,
}

#[derive(Subcommand, Debug)]
enum JwtCommand {
    Decode(decode::DecodeArgs),
    ValidateOauth(validate_oauth::ValidateArgs),
    #[command(name = "validate-rs256", hide = true)]
    ValidateRs256(unimplemented::UnimplementedArgs),
    #[command(name = "validate-hs512", hide = true)]
    ValidateHs512(unimplemented::UnimplementedArgs),
}

impl JwtArgs {
    /// Runs the sub-command; without one, shows which there are.
    ///
    /// # Errors
    ///
    /// What the sub-command says.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        match self.command {
            None => app::help(&["jwt"]),
            Some(JwtCommand::Decode(args)) => args.run(call),
            Some(JwtCommand::ValidateOauth(args)) => args.run(call).await,
            Some(JwtCommand::ValidateRs256(args) | JwtCommand::ValidateHs512(args)) => args.run(),
        }
    }
}
