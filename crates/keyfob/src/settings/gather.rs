//! What flags, environment and settings file say about each setting, the strongest first.

use std::collections::BTreeMap;

use keyfob_jose::Secret;
use keyfob_store::Document;

use crate::Error;
use crate::client::Environment;
use crate::preset::Preset;
use crate::profile::Profiles;
use crate::settings::explained::HIDDEN;
use crate::settings::{Given, Setting, Source};

/// One value that one source gives.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) source: Source,
    items: Vec<Secret>,
}

/// All that was said.
#[derive(Debug)]
pub(super) struct Sources {
    said: BTreeMap<Setting, Vec<Said>>,
    /// Why the settings file could not be asked.
    pub(super) problem: Option<Error>,
}

impl Said {
    pub(super) fn text(&self) -> &str {
        self.items.first().map(Secret::expose).unwrap_or_default()
    }

    pub(super) fn items(&self) -> Vec<String> {
        let items = self.items.iter();
        items.map(|item| item.expose().to_owned()).collect()
    }

    /// The value for people.
    pub(super) fn shown(&self, setting: Setting) -> String {
        if setting.is_secret() {
            HIDDEN.to_owned()
        } else if setting == Setting::Extra {
            // A parameter may well be a secret; its name tells enough.
            let names = self.items.iter().map(Secret::expose);
            let names = names.map(|item| item.split('=').next().unwrap_or_default());
            names
                .map(|name| format!("{name}={HIDDEN}"))
                .collect::<Vec<_>>()
                .join(" ")
        } else {
            self.items().join(" ")
        }
    }
}

impl Sources {
    pub(super) fn gather(
        preset: &Preset,
        profiles: &Profiles,
        environment: &Environment,
        given: &Given,
    ) -> Self {
        let (settings, problem) = match profiles.settings() {
            Ok(stored) => (stored.map(|stored| stored.document), None),
            Err(error) => (None, Some(error)),
        };
        let said = Setting::all().map(|setting| {
            let flag = given.items(setting).map(|items| Said {
                source: Source::Flag,
                items: items.into_iter().map(Secret::new).collect(),
            });
            let variable = from_environment(preset, environment, setting);
            let file = settings
                .as_ref()
                .and_then(|settings| from_file(preset, profiles, settings, setting));
            let all = flag.into_iter().chain(variable).chain(file);
            (setting, all.collect())
        });
        Self {
            said: said.collect(),
            problem,
        }
    }

    /// What was said about a setting, the strongest first.
    pub(super) fn of(&self, setting: Setting) -> &[Said] {
        self.said
            .get(&setting)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The strongest word on a setting.
    pub(super) fn first(&self, setting: Setting) -> Option<&Said> {
        self.of(setting).first()
    }

    /// What a source of this strength says.
    pub(super) fn at(&self, setting: Setting, level: usize) -> Option<&Said> {
        let mut all = self.of(setting).iter();
        all.find(|said| said.source.level() == level)
    }
}

fn from_environment(preset: &Preset, environment: &Environment, setting: Setting) -> Option<Said> {
    let variable = preset.variable(setting)?;
    let value = environment
        .var(&variable)
        .filter(|value| !value.trim().is_empty())?;
    let value = preset.meaning(setting, value)?;
    Some(Said {
        source: Source::Environment { variable },
        items: items(setting, &value)?,
    })
}

fn from_file(
    preset: &Preset,
    profiles: &Profiles,
    settings: &Document,
    setting: Setting,
) -> Option<Said> {
    let mut keys = preset.settings_keys(setting).into_iter();
    keys.find_map(|key| {
        let value = settings
            .text(&key)
            .filter(|value| !value.trim().is_empty())?;
        let items = match setting {
            Setting::Profile => vec![Secret::new(profiles.found_as(value, settings))],
            _ => items(setting, value)?,
        };
        let path = profiles.settings_path();
        let source = Source::SettingsFile { path, key };
        Some(Said { source, items })
    })
}

fn items(setting: Setting, value: &str) -> Option<Vec<Secret>> {
    let given = Given::new().with(setting, value).items(setting)?;
    Some(given.into_iter().map(Secret::new).collect())
}
