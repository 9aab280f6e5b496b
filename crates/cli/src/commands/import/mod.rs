//! `keyfob import`: profiles and logins of other clients.
mod foundry;
mod kubeconfig;
mod oidc_agent;
mod planet;
mod source;
mod write;

pub(crate) use source::Source;
pub(crate) use write::{WriteArgs, write};

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::failure::Failure;

/// Take over profiles and logins of other clients
///
/// Sources are only read. A profile that is there already is never changed; each profile is
/// taken whole or not at all; what is left is named with the reason.
///
/// Examples:
///   keyfob import planet --dry-run
///   keyfob import foundry
///   oidc-gen --print work | keyfob import oidc-agent -
///   keyfob import kubeconfig ~/.kube/config --user ann
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    command: ImportCommand,
}

#[derive(Subcommand, Debug)]
enum ImportCommand {
    Planet(planet::PlanetArgs),
    Foundry(foundry::FoundryArgs),
    OidcAgent(oidc_agent::OidcAgentArgs),
    Kubeconfig(kubeconfig::KubeconfigArgs),
}

/// Runs the subcommand.
///
/// # Errors
///
/// What the subcommand says.
pub(crate) async fn run(context: &Context, args: ImportArgs) -> Result<(), Failure> {
    match args.command {
        ImportCommand::Planet(args) => planet::run(context, &args).await,
        ImportCommand::Foundry(args) => foundry::run(context, &args),
        ImportCommand::OidcAgent(args) => oidc_agent::run(context, &args).await,
        ImportCommand::Kubeconfig(args) => kubeconfig::run(context, &args).await,
    }
}
