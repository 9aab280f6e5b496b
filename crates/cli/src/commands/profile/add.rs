//! `keyfob profile add`: write a client configuration.
use clap::Args;
use keyfob::ClientConfig;
use serde_json::json;

use crate::commands::client_args::ClientArgs;
use crate::commands::open;
use crate::context::Context;
use crate::failure::Failure;

/// Add a profile: which server, which client, which grant
///
/// Examples:
///   keyfob profile add work --issuer https://id.example --client-id my-cli
///   keyfob profile add ci --issuer https://id.example --client-id ci \
///       --type client-credentials --client-secret-env CI_SECRET --scope deploy
///   keyfob profile add svc --issuer https://id.example --client-id svc \
///       --type client-credentials --key-file svc.pem
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct AddArgs {
    /// Name of the new profile
    #[arg(value_name = "PROFILE")]
    name: String,
    #[command(flatten)]
    client: ClientArgs,
    /// Replace an existing profile of this name
    #[arg(long)]
    replace: bool,
}

/// Writes the profile; the first one becomes the current one.
///
/// # Errors
///
/// Says what is missing or why it cannot be written.
pub(crate) fn run(context: &Context, args: &AddArgs) -> Result<(), Failure> {
    let name = open::name(&args.name)?;
    context.place.note_profile(name.as_str());
    context.place.note_unsaved();
    let config = ClientConfig::new(args.client.to_config(context)?);
    open::check(&config)?;
    open::save(context, &name, &config, args.replace)?;
    context.place.note_saved();
    let value = json!({ "profile": name.as_str(), "config": config.redacted() });
    context.print(&value, || format!("Added the profile {name}.\n"))?;
    context.say(format!("Next: keyfob login{}", context.place.flags()));
    Ok(())
}
