//! `keyfob jwt`: look into a token, have it explained, or check it.
mod decode;
mod explain;

pub(crate) use decode::{claims_text, time};

use clap::{Args, Subcommand};

use super::token_input::Typed;
use super::verify::{self, VerifyArgs};
use crate::context::Context;
use crate::failure::Failure;

/// Look into a JWT: its parts, what they mean, whether it is good
#[derive(Args, Debug)]
pub(crate) struct JwtArgs {
    #[command(subcommand)]
    command: JwtCommand,
}

#[derive(Subcommand, Debug)]
enum JwtCommand {
    Decode(decode::DecodeArgs),
    Explain(explain::ExplainArgs),
    /// The same as `keyfob verify`, but refuses a typed token
    Verify(Box<VerifyArgs>),
}

/// Runs the subcommand.
///
/// # Errors
///
/// What the subcommand says.
pub(crate) async fn run(context: &Context, args: JwtArgs) -> Result<(), Failure> {
    match args.command {
        JwtCommand::Decode(args) => decode::run(context, &args),
        JwtCommand::Explain(args) => explain::run(context, &args).await,
        // Scripts call this one: a token that is typed there stands in logs and process lists each time.
        JwtCommand::Verify(args) => Box::pin(verify::run(context, &args, Typed::Refused)).await,
    }
}
