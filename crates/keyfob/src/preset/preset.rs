//! What a preset says about a deployment.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::client::ClientConfig;
use crate::preset::builtin::Builtins;
use crate::preset::{PresetError, Template, parse};
use crate::settings::Setting;

/// The presets that ship: name and text.
const SHIPPED: [(&str, &str); 4] = [
    ("keyfob", include_str!("data/keyfob.json")),
    ("planet", include_str!("data/planet.json")),
    ("foundry", include_str!("data/foundry.json")),
    ("keystone", include_str!("data/keystone.json")),
];

/// What a deployment looks like: its folder, files and variables, the profiles it brings, the servers it trusts.
///
/// Cheap to clone.
///
/// ```
/// use keyfob::preset::Preset;
/// use keyfob::settings::Setting;
///
/// let planet = Preset::builtin("planet")?.with_namespace("acme")?;
/// assert_eq!(planet.variable(Setting::Profile).as_deref(), Some("ACME_PL_AUTH_PROFILE"));
/// # Ok::<(), keyfob::preset::PresetError>(())
/// ```
#[derive(Clone)]
pub struct Preset(Arc<Parts>);

/// The parsed members.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) namespace: Option<String>,
    pub(super) home: Option<String>,
    pub(super) settings: SettingsRules,
    pub(super) variables: BTreeMap<Setting, Variable>,
    pub(super) ignored: BTreeMap<String, String>,
    pub(super) builtins: Builtins,
    pub(super) api_key_prefix: String,
    pub(super) trust: BTreeMap<String, Option<Vec<ClientConfig>>>,
    pub(super) template: Option<Template>,
    pub(super) cache: Option<CacheRules>,
}

/// The settings file.
#[derive(Clone, Debug)]
pub(super) struct SettingsRules {
    pub(super) file: String,
    pub(super) beside_home: bool,
    pub(super) keys: BTreeMap<Setting, String>,
    pub(super) legacy_keys: BTreeMap<Setting, String>,
}

/// An environment variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    /// What certain values stand for, in lower case; other values then count as not set.
    pub(super) means: BTreeMap<String, String>,
}

/// A cache file of another program that belongs to the deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheRules {
    /// The file, below the user's home.
    pub file: PathBuf,
    /// The modes in which it may be used: `read_write`, `reauth`, `noop`.
    pub modes: Vec<String>,
}

impl Preset {
    /// Parses a preset, for example one that an application embeds.
    ///
    /// # Errors
    /// When a member is missing, unknown or not usable, or an alias leads nowhere or in a circle.
    pub fn from_json(text: &[u8]) -> Result<Self, PresetError> {
        Ok(Self(Arc::new(parse::parse(text)?)))
    }

    /// Returns a preset that ships with keyfob.
    ///
    /// # Errors
    /// [`PresetError::Unknown`], which names those that there are.
    pub fn builtin(name: &str) -> Result<Self, PresetError> {
        match SHIPPED.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::from_json(text.as_bytes()),
            None => Err(PresetError::Unknown {
                name: name.chars().take(64).filter(|c| !c.is_control()).collect(),
                known: Self::names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// Returns the names of the presets that ship with keyfob.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// Puts a namespace before every variable and every key of the settings file: `acme` makes `ACME_PL_AUTH_PROFILE`.
    ///
    /// # Errors
    /// When it is not made of letters, digits and `_`.
    pub fn with_namespace(&self, namespace: &str) -> Result<Self, PresetError> {
        let namespace = parse::namespace("namespace", namespace)?;
        let mut parts = Parts::clone(&self.0);
        parts.namespace = namespace;
        Ok(Self(Arc::new(parts)))
    }

    /// Returns the preset's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Says what the preset is for, in one line.
    pub fn about(&self) -> &str {
        &self.0.about
    }

    /// Returns the folder of its profiles, given the user's home; `None` if it uses keyfob's own.
    pub fn home(&self, user_home: &Path) -> Option<PathBuf> {
        self.0.home.as_ref().map(|home| user_home.join(home))
    }

    /// Returns where its settings file lies, given the folder of its profiles.
    pub fn settings_path(&self, home: &Path) -> PathBuf {
        let rules = &self.0.settings;
        let folder = match home.parent() {
            Some(parent) if rules.beside_home => parent,
            _ => home,
        };
        folder.join(&rules.file)
    }

    /// Returns the key under which the settings file holds a setting.
    pub fn settings_key(&self, setting: Setting) -> Option<String> {
        let key = self.0.settings.keys.get(&setting)?;
        Some(self.namespaced(key))
    }

    /// Returns the keys under which the settings file may hold a setting, the first one that is there counts.
    pub(crate) fn settings_keys(&self, setting: Setting) -> Vec<String> {
        let own = self.settings_key(setting);
        let legacy = self.0.settings.legacy_keys.get(&setting).cloned();
        own.into_iter().chain(legacy).collect()
    }

    /// Returns the environment variable of a setting, with the namespace.
    pub fn variable(&self, setting: Setting) -> Option<String> {
        let variable = self.0.variables.get(&setting)?;
        Some(self.namespaced(&variable.name))
    }

    /// Returns what a value of a setting's variable stands for; `None` if it counts as not set.
    pub(crate) fn meaning(&self, setting: Setting, value: &str) -> Option<String> {
        let means = &self.0.variables.get(&setting)?.means;
        if means.is_empty() {
            return Some(value.to_owned());
        }
        means.get(&value.to_ascii_lowercase()).cloned()
    }

    /// Returns a variable's or key's name with the namespace before it.
    pub fn namespaced(&self, name: &str) -> String {
        match &self.0.namespace {
            Some(namespace) => format!("{namespace}_{name}"),
            None => name.to_owned(),
        }
    }

    /// Returns variables that other programs of the deployment heed and keyfob does not, each with the reason.
    pub fn ignored_variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let ignored = self.0.ignored.iter();
        ignored.map(|(name, why)| (name.as_str(), why.as_str()))
    }

    /// Returns the word before an API key in the `Authorization` header.
    pub fn api_key_prefix(&self) -> &str {
        &self.0.api_key_prefix
    }

    /// Returns the name of the ad-hoc profile that is made of an API key, such as `_PL_API_KEY`.
    pub(crate) fn api_key_profile(&self) -> String {
        let variable = self.0.variables.get(&Setting::ApiKey);
        format!("_{}", variable.map_or("API_KEY", |variable| &variable.name))
    }

    /// Returns the template that makes configurations from parameters.
    ///
    /// # Errors
    /// [`PresetError::NoTemplate`].
    pub fn template(&self) -> Result<&Template, PresetError> {
        self.0
            .template
            .as_ref()
            .ok_or_else(|| PresetError::NoTemplate {
                preset: self.0.name.clone(),
            })
    }

    /// Returns the cache file of another program that belongs to the deployment.
    pub fn cache(&self) -> Option<&CacheRules> {
        self.0.cache.as_ref()
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preset")
            .field("name", &self.0.name)
            .field("namespace", &self.0.namespace)
            .finish_non_exhaustive()
    }
}
