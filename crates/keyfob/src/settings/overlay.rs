//! What is set on top of a profile: each setting from its strongest source.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Error;
use crate::client::ClientConfig;
use crate::settings::explained::HIDDEN;
use crate::settings::gather::{Said, Sources};
use crate::settings::{Explained, Setting, SettingsError, Shadowed, Source};

/// A configuration with everything on top, and why.
#[derive(Debug)]
pub(super) struct Overlaid {
    pub(super) config: ClientConfig,
    pub(super) explained: Vec<Explained>,
    pub(super) warnings: Vec<String>,
}

/// A value that is known to one source.
struct Known {
    shown: String,
    source: Source,
    /// What goes into the configuration; `None` if it is there already.
    value: Option<Value>,
}

/// Puts settings on top of `config`, whose own values come from `own`; `remembered` is what its login chose.
pub(super) fn overlay(
    config: &ClientConfig,
    own: &Source,
    remembered: &Map<String, Value>,
    sources: &Sources,
) -> Result<Overlaid, Error> {
    let kind = config.client_type()?;
    let mut requested = Map::new();
    let mut overlaid = Overlaid {
        config: config.clone(),
        explained: Vec::new(),
        warnings: Vec::new(),
    };
    for setting in Setting::all().filter(|setting| !setting.chooses()) {
        let mut known = Vec::new();
        for said in sources.of(setting) {
            known.push(Known {
                shown: said.shown(setting),
                source: said.source.clone(),
                value: Some(value(setting, said)?),
            });
        }
        if setting.config_key().is_some() && !setting.applies_to(kind) {
            overlaid.explained.extend(unused(setting, known));
            continue;
        }
        known.extend(of_login(setting, remembered));
        known.extend(of_config(setting, config, own));
        let mut known = known.into_iter();
        let Some(winner) = known.next() else {
            continue;
        };
        let losers: Vec<Known> = known.collect();
        overlaid
            .warnings
            .extend(overridden(setting, &winner, &losers));
        if let (Some(key), Some(value)) = (setting.config_key(), &winner.value) {
            if setting.is_remembered() {
                requested.insert(key.to_owned(), value.clone());
            } else {
                put(&mut overlaid.config, setting, key, value);
            }
        }
        overlaid.explained.push(explain(setting, winner, &losers));
    }
    overlaid.config = overlaid.config.with_requested(&requested);
    Ok(overlaid)
}

fn put(config: &mut ClientConfig, setting: Setting, key: &str, value: &Value) {
    // planet-auth writes these two under other names, which would be found first.
    match setting {
        Setting::Username => config.set("user_name", Value::Null),
        Setting::Password => config.set("user_password", Value::Null),
        _ => {}
    }
    config.set(key, value.clone());
}

fn value(setting: Setting, said: &Said) -> Result<Value, SettingsError> {
    let refuse = |why: &str| SettingsError::Invalid {
        setting,
        by: said.source.clone(),
        why: why.to_owned(),
    };
    match setting {
        Setting::Extra => {
            let pairs = said.items().into_iter().map(|item| {
                let pair = item.split_once('=').filter(|(name, _)| !name.is_empty());
                let (name, value) = pair.ok_or_else(|| refuse("each must be NAME=VALUE"))?;
                Ok((name.to_owned(), value.to_owned()))
            });
            let pairs: BTreeMap<String, String> = pairs.collect::<Result<_, SettingsError>>()?;
            Ok(pairs
                .into_iter()
                .map(|(name, value)| (name, Value::from(value)))
                .collect())
        }
        Setting::LoginMethod if !["browser", "device", "paste"].contains(&said.text()) => {
            Err(refuse("it must be browser, device or paste"))
        }
        setting if setting.is_list() => Ok(said.items().into()),
        _ => Ok(said.text().into()),
    }
}

/// What the login of the stored credential chose.
fn of_login(setting: Setting, remembered: &Map<String, Value>) -> Option<Known> {
    let value = remembered.get(setting.config_key()?)?;
    setting.is_remembered().then(|| Known {
        shown: text_of(setting, value),
        source: Source::Login,
        value: Some(value.clone()),
    })
}

/// What the configuration itself says.
fn of_config(setting: Setting, config: &ClientConfig, own: &Source) -> Option<Known> {
    let shown = match setting {
        Setting::Scopes => joined(&config.scopes()),
        Setting::Audiences => joined(&config.audiences()),
        Setting::Username => config.username().map(str::to_owned),
        Setting::Password => config.has_password().then(|| HIDDEN.to_owned()),
        setting => {
            let value = config.values().get(setting.config_key()?)?;
            Some(text_of(setting, value))
        }
    }?;
    Some(Known {
        shown,
        source: own.clone(),
        value: None,
    })
}

fn joined(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| items.join(" "))
}

/// The value for people.
pub(super) fn text_of(setting: Setting, value: &Value) -> String {
    match value {
        _ if setting.is_secret() => HIDDEN.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(" ")
        }
        Value::Object(members) => {
            let names: Vec<String> = members
                .keys()
                .map(|name| format!("{name}={HIDDEN}"))
                .collect();
            names.join(" ")
        }
        _ => HIDDEN.to_owned(),
    }
}

fn explain(setting: Setting, winner: Known, losers: &[Known]) -> Explained {
    let why = |loser: &Known| format!("{} comes before {}", winner.source, loser.source);
    let shadowed = losers.iter().map(|loser| Shadowed {
        setting,
        shown: loser.shown.clone(),
        source: loser.source.clone(),
        why: why(loser),
    });
    Explained {
        setting,
        shadowed: shadowed.collect(),
        shown: winner.shown,
        source: winner.source,
    }
}

/// What a client of this type has no use for is said, not done.
fn unused(setting: Setting, known: Vec<Known>) -> Option<Explained> {
    let source = known.first()?.source.clone();
    let shadowed = known.into_iter().map(|known| Shadowed {
        setting,
        shown: known.shown,
        source: known.source,
        why: "a client of this type has no use for it".to_owned(),
    });
    Some(Explained {
        setting,
        shown: String::new(),
        source,
        shadowed: shadowed.collect(),
    })
}

/// A variable that asks for something else than the saved login did.
fn overridden(setting: Setting, winner: &Known, losers: &[Known]) -> Option<String> {
    let Source::Environment { variable } = &winner.source else {
        return None;
    };
    let saved = losers
        .iter()
        .find(|loser| matches!(loser.source, Source::Login | Source::Profile))?;
    let differs = saved.shown != winner.shown && !setting.is_secret();
    (differs && setting.is_remembered()).then(|| {
        format!(
            "{variable} is set and overrides the {setting} of {}",
            saved.source
        )
    })
}
