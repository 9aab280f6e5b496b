//! What a new profile begins with: a server that is named, or what the preset makes of a host, a provider or a service's id.
use std::collections::BTreeMap;

use clap::Args;
use keyfob::client::ClientType;
use keyfob::preset::{Kind, Template};
use serde_json::{Map, Value, json};

use super::client_args::{ClientArgs, Grant, scope_words};
use crate::context::Context;
use crate::failure::Failure;

/// What presets make profiles of.
#[derive(Args, Debug, Default, Clone, PartialEq)]
#[command(next_help_heading = "Preset")]
pub(crate) struct PresetArgs {
    /// Host of the deployment (preset foundry)
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// Which provider of the deployment (preset keystone: prod, stg, dev, sbox) [default: prod]
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// Scopes besides openid, separated by spaces or repeated (preset keystone)
    #[arg(long = "extra-scope", value_name = "SCOPE")]
    pub(crate) extra_scopes: Vec<String>,
}

/// What a new profile begins with.
pub(crate) struct Start {
    pub(crate) config: Map<String, Value>,
    pub(crate) grant: Grant,
    /// Whether scopes and audiences of the command line have not gone in yet.
    pub(crate) takes_scopes: bool,
    pub(crate) takes_audiences: bool,
    pub(crate) has_redirect_uri: bool,
    /// A name for the profile, where the server's is not the best.
    pub(crate) name: Option<String>,
}

impl PresetArgs {
    /// Whether any of these flags was given.
    pub(crate) fn is_given(&self) -> bool {
        *self != Self::default()
    }
}

impl ClientArgs {
    /// Makes what the profile begins with.
    ///
    /// # Errors
    ///
    /// Says which flag is missing or not usable.
    pub(crate) fn start(&self, context: &Context) -> Result<Start, Failure> {
        if self.preset.is_given() || self.issuer.is_none() {
            match context.preset().template() {
                Ok(template) => return self.made_by(template),
                Err(error) if self.preset.is_given() => {
                    return Err(Failure::from(keyfob::Error::from(error)).with_hint(
                        "name the preset that does: --preset foundry, or --preset keystone",
                    ));
                }
                Err(_) => {}
            }
        }
        match self.service(context) {
            Some(start) if self.issuer.is_none() => Ok(start),
            _ => self.named_server(),
        }
    }

    fn named_server(&self) -> Result<Start, Failure> {
        let issuer = required(
            self.issuer.as_ref(),
            "--issuer URL",
            "--issuer https://id.example",
        )?;
        let client_id = required(
            self.client_id.as_ref(),
            "--client-id ID",
            "--client-id my-client",
        )?;
        let members = [("auth_server", issuer), ("client_id", client_id)];
        let members = members.map(|(key, value)| (key.to_owned(), json!(value)));
        Ok(Start {
            config: members.into_iter().collect(),
            grant: Grant::default(),
            takes_scopes: true,
            takes_audiences: true,
            has_redirect_uri: false,
            name: None,
        })
    }

    /// A service of the preset's own server needs no more than an id and a secret.
    fn service(&self, context: &Context) -> Option<Start> {
        let preset = context.preset();
        let kind = ClientType::ClientCredentialsSecret;
        if self
            .grant
            .is_some_and(|grant| grant != Grant::ClientCredentials)
        {
            return None;
        }
        let skeleton = preset.default_profile_for(kind)?;
        let config = preset.profile(&skeleton).ok()?;
        let client_id = self.client_id.as_ref()?;
        if config.client_type() != Ok(kind) || !self.secret.is_given() {
            return None;
        }
        let config = config.with("client_id", client_id.as_str());
        Some(Start {
            config: config.values().clone(),
            grant: Grant::ClientCredentials,
            takes_scopes: true,
            takes_audiences: true,
            has_redirect_uri: false,
            name: Some(format!("{skeleton}-{client_id}")),
        })
    }

    fn made_by(&self, template: &Template) -> Result<Start, Failure> {
        let (mut given, scopes) = (BTreeMap::new(), self.given_scopes());
        let has = |name: &str| template.parameters().iter().any(|known| known.name == name);
        let mut give = |name: &str, items: Vec<String>| {
            if !items.is_empty() {
                given.insert(name.to_owned(), items);
            }
        };
        give("host", self.preset.host.iter().cloned().collect());
        give("provider", self.preset.provider.iter().cloned().collect());
        give("client_id", self.client_id.iter().cloned().collect());
        let mut extra = scope_words(&self.preset.extra_scopes);
        if has("extra_scopes") {
            extra.extend(scopes.into_iter().filter(|scope| scope != "openid"));
        } else if has("scopes") {
            give("scopes", scopes);
        }
        give("extra_scopes", extra);
        if has("audiences") {
            give("audiences", self.audience.clone());
        }
        let made = template
            .config(&given)
            .and_then(|config| Ok((config, template.profile(&given)?)));
        let (config, name) = made.map_err(|error| {
            let flags = "the flags of the same names: --host, --provider, --client-id, --scope, --extra-scope, --audience";
            Failure::from(keyfob::Error::from(error)).with_hint(flags)
        })?;
        Ok(Start {
            takes_scopes: !has("scopes") && !has("extra_scopes"),
            takes_audiences: !has("audiences"),
            has_redirect_uri: config.redirect_uri().is_some(),
            config: config.values().clone(),
            grant: Grant::Code,
            name: Some(name),
        })
    }
}

/// The flags of what a template cannot do without, with example values.
pub(super) fn example(template: &Template) -> String {
    let needed = template.parameters().iter();
    needed
        .filter(|one| one.default.is_none() && !one.is_optional)
        .map(|one| match one.kind {
            Kind::Host => format!(" --{} my.example.com", one.name.replace('_', "-")),
            _ => format!(" --{} my-client", one.name.replace('_', "-")),
        })
        .collect()
}

pub(super) fn required<'a>(
    value: Option<&'a String>,
    flag: &str,
    example: &str,
) -> Result<&'a str, Failure> {
    value
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            Failure::usage(format!("a new profile needs {flag}"))
                .with_hint(format!("keyfob login{{at}} {example}"))
        })
}
