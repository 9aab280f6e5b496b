//! Which profile a login is for: a known one, or one made of the flags.
use keyfob::settings::{Given, Resolved, Setting};
use keyfob::{ClientConfig, ProfileName};
use serde_json::{Map, Value};

use crate::commands::client_args::ClientArgs;
use crate::commands::open;
use crate::context::Context;
use crate::failure::Failure;

/// The scope for a refresh token (OpenID Connect Core §11).
const RENEWAL: &str = "offline_access";

/// The profile to log in, and the configuration to do it with.
pub(super) struct Target {
    /// The profile's name.
    pub(super) name: ProfileName,
    /// The configuration, stored or to be stored.
    pub(super) config: ClientConfig,
    /// Whether the configuration differs from what is stored.
    pub(super) is_new: bool,
    /// How a known profile was made out.
    pub(super) resolved: Option<Resolved>,
}

impl Target {
    /// Finds the profile that is meant.
    ///
    /// # Errors
    ///
    /// Says that there is no such profile, or what is missing to make it.
    pub(super) async fn find(
        context: &Context,
        argument: Option<&str>,
        client: &ClientArgs,
        asked: Given,
    ) -> Result<Self, Failure> {
        let (name, issuer) = match argument {
            Some(text) if text.contains("://") => (None, Some(text.to_owned())),
            other => (other, None),
        };
        let client = ClientArgs {
            issuer: issuer.or_else(|| client.issuer.clone()),
            ..client.clone()
        };
        if !client.describes_a_client() {
            let typed = context.typed_profile(name)?;
            let resolved = open::resolve_given(context, &asked.with_some(Setting::Profile, typed))?;
            return Ok(Self {
                name: resolved.key.clone(),
                config: resolved.config.clone(),
                is_new: false,
                resolved: Some(resolved),
            });
        }
        context.place.note_unsaved();
        let name = new_name(context, name, &client)?;
        let name = open::name(&name)?;
        context.place.note_profile(name.as_str());
        let mut config = ClientConfig::new(client.to_config(context).await?);
        for (setting, key) in [
            (Setting::Organization, "organization"),
            (Setting::Project, "project_id"),
        ] {
            if let Some(value) = asked.text(setting) {
                config.set(key, value);
            }
        }
        let extra = asked.list(Setting::Extra);
        let extra = extra.iter().filter_map(|pair| pair.split_once('='));
        let extra: Map<String, Value> = extra
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        if !extra.is_empty() {
            config.set("extra_params", extra);
        }
        open::check(&config)?;
        let is_new = match open::existing(context, &name)? {
            Some(known) => judge(&name, &known, &config)?,
            None => true,
        };
        if !is_new {
            context.place.note_saved();
        }
        Ok(Self {
            name,
            config,
            is_new,
            resolved: None,
        })
    }

    /// Asks for a refresh token too, if a person logs in and the server has the usual scope for it.
    ///
    /// # Errors
    ///
    /// Says why the server's metadata cannot be had.
    pub(super) async fn ask_for_renewal(&mut self, context: &Context) -> Result<(), Failure> {
        if self.config.scopes() != ["openid"] {
            return Ok(());
        }
        let client = open::client(context, self.config.clone())?;
        let metadata = {
            let _waiting = context.wait_for("Waiting for the provider");
            client.metadata().await?
        };
        let supported = metadata.scopes_supported.as_deref().unwrap_or_default();
        if supported.iter().any(|scope| scope == RENEWAL) {
            self.config.set("scopes", vec!["openid", RENEWAL]);
        }
        Ok(())
    }

    /// Stores the configuration if it is new.
    ///
    /// # Errors
    ///
    /// Says why it cannot be written.
    pub(super) fn save(&self, context: &Context) -> Result<(), Failure> {
        if self.is_new {
            open::save(context, &self.name, &self.config, true)?;
            context.place.note_saved();
        }
        Ok(())
    }
}

/// The name of a new profile: as given, else by its server.
fn new_name(
    context: &Context,
    given: Option<&str>,
    client: &ClientArgs,
) -> Result<String, Failure> {
    if let Some(name) = context.named_profile(given)? {
        return Ok(name);
    }
    let by_server = || name_of_issuer(client.issuer.as_deref().unwrap_or_default());
    match (client.needs_no_client(), &client.issuer) {
        (true, None) => Err(Failure::usage("a new profile of this type needs a name")
            .with_hint("keyfob login -p work --type static-apikey")),
        (true, Some(_)) => Ok(by_server()),
        (false, _) => Ok(client.start(context)?.name.unwrap_or_else(by_server)),
    }
}

/// A known profile may be given again, or with other details, but not become another client's.
fn judge(name: &ProfileName, known: &ClientConfig, new: &ClientConfig) -> Result<bool, Failure> {
    let same = |key| known.text(key) == new.text(key);
    if same("auth_server") && same("client_id") && same("legacy_auth_endpoint") {
        return Ok(known != new);
    }
    Err(Failure::usage(format!(
        "the profile {name} is for another server or client"
    ))
    .with_hint(format!(
        "choose another name with -p, or remove it first: keyfob profile remove -p {name}"
    )))
}

/// `https://id.example:8443/realm` becomes `id.example-8443`.
fn name_of_issuer(issuer: &str) -> String {
    let Ok(url) = url::Url::parse(issuer) else {
        return "default".to_owned();
    };
    let host = url
        .host_str()
        .unwrap_or("default")
        .trim_matches(['[', ']'])
        .replace(':', "-");
    let name = match url.port() {
        Some(port) => format!("{host}-{port}"),
        None => host,
    };
    name.trim_start_matches('-').chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_a_new_profile_after_its_issuer() {
        assert_eq!(name_of_issuer("https://id.example/realm"), "id.example");
        assert_eq!(name_of_issuer("http://127.0.0.1:9000"), "127.0.0.1-9000");
        assert_eq!(name_of_issuer("http://[::1]:80/"), "1");
        assert_eq!(name_of_issuer("nonsense"), "default");
    }
}
