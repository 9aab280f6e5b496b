//! `keyfob jwt`: look into a token, or check it.
mod decode;
pub(crate) mod verify;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::failure::Failure;

/// Look into a JWT, or check its signature and claims
#[derive(Args, Debug)]
pub(crate) struct JwtArgs {
    #[command(subcommand)]
    command: JwtCommand,
}

#[derive(Subcommand, Debug)]
enum JwtCommand {
    Decode(decode::DecodeArgs),
    Verify(verify::VerifyArgs),
}

/// Runs the subcommand.
///
/// # Errors
///
/// What the subcommand says.
pub(crate) async fn run(context: &Context, args: JwtArgs) -> Result<(), Failure> {
    match args.command {
        JwtCommand::Decode(args) => decode::run(context, &args),
        JwtCommand::Verify(args) => verify::run(context, &args).await,
    }
}
