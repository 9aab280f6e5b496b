//! `plauth profile list`: the built-in profiles and those on disk.
use clap::Args;
use keyfob::{ClientConfig, ProfileName};
use serde_json::{Map, Value, json};

use crate::commands::open;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::json;
use crate::ui::output;

/// List the profiles
#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// Show their configurations too, without secrets
    #[arg(short, long)]
    long: bool,
    /// Show secrets as they are, with --long
    #[arg(long, requires = "long")]
    show_secrets: bool,
}

impl ListArgs {
    /// Prints two lists, each under its heading.
    ///
    /// # Errors
    ///
    /// Says that the folder of the profiles cannot be read.
    pub(super) fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let builtin = builtin(call);
        let local = local(call)?;
        output::stdout(&format!(
            "Built-in profiles:\n{}\n\nLocally defined profiles:\n{}\n",
            json::text(&self.shown(&builtin)),
            json::text(&self.shown(&local)),
        ))
    }

    fn shown(&self, profiles: &[Listed]) -> Value {
        if !self.long {
            return profiles.iter().map(|listed| json!(listed.name)).collect();
        }
        let members = profiles.iter().map(|listed| {
            let mut config = if self.show_secrets {
                listed.config.values().clone()
            } else {
                listed.config.redacted()
            };
            if let Some(path) = &listed.path {
                config.insert("_file_path".to_owned(), json!(path));
            }
            (listed.name.clone(), without_nulls(Value::Object(config)))
        });
        Value::Object(members.collect())
    }
}

/// A profile that can be used.
struct Listed {
    name: String,
    config: ClientConfig,
    path: Option<String>,
}

/// The built-in profiles and their aliases, but for the hidden ones.
fn builtin(call: &Call<'_>) -> Vec<Listed> {
    let preset = call.context.preset();
    let aliases = preset.aliases(false).into_iter().map(|(alias, _)| alias);
    let mut names: Vec<ProfileName> = preset.profiles(false);
    names.extend(aliases);
    names.sort_unstable();
    let listed = names.into_iter().filter_map(|name| {
        Some(Listed {
            config: preset.profile(&name).ok()?,
            name: name.to_string(),
            path: None,
        })
    });
    listed.collect()
}

/// The profiles on disk whose configuration can be read.
fn local(call: &Call<'_>) -> Result<Vec<Listed>, Failure> {
    let profiles = open::profiles(call.context);
    let listed = profiles.list()?.into_iter().filter_map(|name| {
        let config = profiles.show(&name).ok()?;
        config.client_type().ok()?;
        Some(Listed {
            path: Some(format!(".planet/{name}/auth_client.json")),
            name: name.to_string(),
            config,
        })
    });
    Ok(listed.collect())
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            let members = members.map(|(name, value)| (name, without_nulls(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
