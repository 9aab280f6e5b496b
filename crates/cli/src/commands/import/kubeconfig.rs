//! `keyfob import kubeconfig`: clients that credential plugins describe.
use clap::Args;
use keyfob::import;

use super::{Source, WriteArgs, write};
use crate::context::Context;
use crate::failure::Failure;

/// Take over the OpenID clients of a kubeconfig
///
/// Understands the exec plugins `kubectl oidc-login get-token` (int128/kubelogin) and
/// `kubelogin get-token` (Azure/kubelogin), and the auth-provider `oidc`.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct KubeconfigArgs {
    /// Kubeconfig to read (`-` is stdin)
    #[arg(value_name = "FILE")]
    source: Source,
    /// The one user to take over [default: all that can be]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// Takes them over.
///
/// # Errors
///
/// Says what is wrong with the file, by user and key.
pub(crate) async fn run(context: &Context, args: &KubeconfigArgs) -> Result<(), Failure> {
    let text = args.source.read().await?;
    let imported = import::kubeconfig(&text, args.user.as_deref()).map_err(|error| {
        args.source
            .failure(&error, "keyfob import kubeconfig --help")
    })?;
    write(context, &args.source.to_string(), imported, &args.write)
}
