//! `keyfob import oidc-agent`: an account that oidc-agent has decrypted.
use clap::Args;
use keyfob::import;

use super::{Source, WriteArgs, write};
use crate::context::Context;
use crate::failure::Failure;

/// Take over an account of oidc-agent
///
/// oidc-agent keeps accounts encrypted; let it print one:
///   oidc-gen --print work | keyfob import oidc-agent -
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct OidcAgentArgs {
    /// File with the decrypted account (`-` is stdin)
    #[arg(value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    write: WriteArgs,
}

/// Takes it over.
///
/// # Errors
///
/// Says what is wrong with the account, and how to decrypt it.
pub(crate) async fn run(context: &Context, args: &OidcAgentArgs) -> Result<(), Failure> {
    let text = args.source.read().await?;
    let imported = import::oidc_agent(&text).map_err(|error| {
        args.source
            .failure(&error, "keyfob import oidc-agent --help")
    })?;
    write(context, &args.source.to_string(), imported, &args.write)
}
