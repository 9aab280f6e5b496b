//! `keyfob profile add`: write a client configuration, from flags or by asking for it.
use clap::Args;
use keyfob::ClientConfig;
use keyfob::client::ClientType;
use serde_json::{Map, json};

use super::edit::change::{Change, ChangeArgs};
use super::wizard;
use crate::commands::client_args::ClientArgs;
use crate::commands::open;
use crate::context::Context;
use crate::failure::Failure;

/// Add a profile: which server, which client, which grant
///
/// Without a flag that describes the client, and with somebody at the terminal, it asks for
/// everything, shows the result and writes it only when told to.
///
/// Examples:
///   keyfob profile add                                        asks
///   keyfob profile add work --issuer https://id.example --client-id my-cli
///   keyfob profile add ci --issuer https://id.example --client-id ci \
///       --type client-credentials --client-secret-env CI_SECRET --scope deploy
///   keyfob profile add svc --issuer https://id.example --client-id svc \
///       --type client-credentials --key-file svc.pem
///   pass api-key | keyfob profile add api --client-type static_apikey --secret-stdin api_key
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct AddArgs {
    /// Name of the new profile
    #[arg(value_name = "PROFILE")]
    name: Option<String>,
    #[command(flatten)]
    client: ClientArgs,
    /// Kind of client as auth_client.json names it, for kinds without flags of their own
    #[arg(long, value_name = "TYPE", value_parser = client_type)]
    client_type: Option<ClientType>,
    #[command(flatten)]
    change: ChangeArgs,
    /// Replace an existing profile of this name
    #[arg(long)]
    replace: bool,
}

/// Writes the profile; the first one becomes the current one.
///
/// # Errors
///
/// Says what is missing or why it cannot be written.
pub(crate) async fn run(context: &Context, args: &AddArgs) -> Result<(), Failure> {
    if args.describes_nothing() && context.may_ask() {
        let made = wizard::ask(context, args.name.as_deref()).await?;
        open::save(context, &made.name, &made.config, false)?;
        return tell(context, &made.name, &made.config);
    }
    let name = args.name.as_deref().ok_or_else(|| {
        Failure::usage("a new profile needs a name").with_hint("keyfob profile add --help")
    })?;
    let name = open::name(name)?;
    context.place.note_profile(name.as_str());
    context.place.note_unsaved();
    let config = args.config(context).await?;
    open::check(&config)?;
    open::save(context, &name, &config, args.replace)?;
    tell(context, &name, &config)
}

impl AddArgs {
    /// Whether there is nothing to go by but a name.
    fn describes_nothing(&self) -> bool {
        let is_described = self.client_type.is_some() || !self.change.is_empty() || self.replace;
        self.client.is_empty() && !is_described
    }

    async fn config(&self, context: &Context) -> Result<ClientConfig, Failure> {
        let mut config = match self.client_type {
            Some(kind) if self.client.is_empty() => {
                ClientConfig::new(Map::new()).with("client_type", kind.as_str())
            }
            Some(_) => {
                return Err(
                    Failure::usage("with --client-type, the keys are given by --set")
                        .with_hint("give --set KEY=VALUE, or --type instead of --client-type"),
                );
            }
            None => ClientConfig::new(self.client.to_config(context).await?),
        };
        for change in Change::all(&self.change, &[]).await? {
            change.apply(&mut config);
        }
        Ok(config)
    }
}

fn client_type(text: &str) -> Result<ClientType, String> {
    text.parse().map_err(|_| {
        let all: Vec<&str> = ClientType::all().map(ClientType::as_str).collect();
        format!("it is none of {}", all.join(", "))
    })
}

fn tell(
    context: &Context,
    name: &keyfob::ProfileName,
    config: &ClientConfig,
) -> Result<(), Failure> {
    context.place.note_profile(name.as_str());
    context.place.note_saved();
    let value = json!({ "profile": name.as_str(), "config": config.redacted() });
    context.print(&value, || format!("Added the profile {name}.\n"))?;
    context.say(format!("Next: keyfob login{}", context.place.flags()));
    Ok(())
}
