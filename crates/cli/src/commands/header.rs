//! `keyfob header`: the token as an HTTP header.
use clap::Args;

use super::ProfileArg;
use super::token::{self, TokenWish};
use super::token_text::Shape;
use crate::context::Context;
use crate::failure::Failure;

/// Print "Authorization: Bearer …" with a valid token
///
/// Examples:
///   curl -H "$(keyfob header)" https://api.example/
///   curl -H @<(keyfob header -p work) https://api.example/     not even in curl's arguments
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct HeaderArgs {
    #[command(flatten)]
    profile: ProfileArg,
    #[command(flatten)]
    wish: TokenWish,
}

/// Prints the header.
///
/// # Errors
///
/// Says why there is no valid token.
pub(crate) async fn run(context: &Context, args: &HeaderArgs) -> Result<(), Failure> {
    token::print(context, &args.profile, &args.wish, Shape::Header).await
}
