//! Makes out which profile is meant, and with which values, by one order for all settings.

use keyfob_store::{FileStore, MemoryStore, ProfileName, SingleFile, Store};
use serde_json::{Map, Value};

use crate::Error;
use crate::client::{ClientConfig, Environment};
use crate::foundry;
use crate::preset::Preset;
use crate::profile::Profiles;
use crate::session::notes::Notes;
use crate::settings::base::{Base, base, name_of};
use crate::settings::choose::{Choice, choose};
use crate::settings::explained::HIDDEN;
use crate::settings::gather::Sources;
use crate::settings::overlay::overlay;
use crate::settings::{Explained, Given, Keeps, Origin, Resolved, Setting, Shadowed, Source};

/// Makes out profiles from flags, environment, settings file, profiles and preset.
///
/// ```
/// use keyfob::preset::Preset;
/// use keyfob::settings::{Given, Origin, Resolver, Setting};
/// use keyfob::{Environment, Profiles};
///
/// # fn main() -> Result<(), keyfob::Error> {
/// # let user_home = tempfile::tempdir().unwrap_or_else(|_| unreachable!());
/// # let user_home = user_home.path();
/// let planet = Preset::builtin("planet")?;
/// let home = planet.home(user_home).unwrap_or_default();
/// let profiles = Profiles::open(home).with_preset(&planet);
/// let environment = Environment::from_vars([("PL_AUTH_SCOPE", "planet openid")]);
/// let resolved = Resolver::new(&planet, &profiles, &environment).resolve(&Given::new())?;
/// assert_eq!((resolved.name.as_str(), resolved.origin), ("planet-user", Origin::BuiltIn));
/// let scopes = resolved.explain(Setting::Scopes).map(|scopes| scopes.source.to_string());
/// assert_eq!(scopes.as_deref(), Some("the environment variable PL_AUTH_SCOPE"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Resolver<'a> {
    preset: &'a Preset,
    profiles: &'a Profiles,
    environment: &'a Environment,
}

impl<'a> Resolver<'a> {
    /// Looks at these sources. Nothing is read yet.
    pub fn new(preset: &'a Preset, profiles: &'a Profiles, environment: &'a Environment) -> Self {
        Self {
            preset,
            profiles,
            environment,
        }
    }

    /// Makes out the profile that is meant.
    ///
    /// # Errors
    /// [`Error::Settings`] when a source names a profile that does not exist, or gives half of what is needed;
    /// [`Error::NoProfile`] when nothing tells which profile is meant; [`Error::Store`] when a file cannot be used.
    pub fn resolve(&self, given: &Given) -> Result<Resolved, Error> {
        let sources = Sources::gather(self.preset, self.profiles, self.environment, given);
        let chosen = choose(&sources)?;
        if let (None, Some(problem)) = (chosen.choice.source(), &sources.problem) {
            // The file that cannot be read may well name a profile.
            return Err(problem.clone());
        }
        let base = base(self.preset, self.profiles, &sources, &chosen.choice)?;
        let keeps = match sources.first(Setting::TokenFile) {
            Some(said) => Keeps::File(said.text().into()),
            None => base.keeps.clone(),
        };
        let own = match base.origin {
            Origin::OnDisk => Source::Profile,
            _ => Source::Preset {
                name: self.preset.name().to_owned(),
            },
        };
        let remembered = remembered(&keeps, &base)?;
        let overlaid = overlay(&base.config, &own, &remembered, &sources)?;
        let store = store(&keeps, &overlaid.config)?;
        let mut warnings = chosen.warnings;
        warnings.extend(base.warnings.iter().cloned());
        warnings.extend(overlaid.warnings);
        warnings.extend(self.unheeded());
        if let Some(problem) = &sources.problem {
            warnings.push(format!("{problem}; it was not needed for this"));
        }
        let mut explained = explain_choice(&base, &chosen.choice, chosen.shadowed, &own);
        explained.extend(overlaid.explained);
        Ok(Resolved {
            name: base.name,
            key: base.key,
            config: overlaid.config,
            origin: base.origin,
            keeps,
            explained,
            warnings,
            environment: self.environment.clone(),
            policy: self.profiles.policy().clone(),
            types: self.profiles.client_types().clone(),
            store,
        })
    }

    /// Makes out only the name under which the credential of the profile that is meant is kept. A profile that is named need
    /// not exist, and its configuration is not looked at: this is for those who list, make, mend or remove profiles.
    ///
    /// # Errors
    /// As [`Resolver::resolve`].
    pub fn name(&self, given: &Given) -> Result<ProfileName, Error> {
        let sources = Sources::gather(self.preset, self.profiles, self.environment, given);
        let chosen = choose(&sources)?;
        match (&chosen.choice, &sources.problem) {
            (Choice::Named(said), _) => name_of(self.preset, said.text(), &said.source),
            (Choice::Nothing, Some(problem)) => Err(problem.clone()),
            (choice, _) => Ok(base(self.preset, self.profiles, &sources, choice)?.key),
        }
    }

    /// Variables of other programs that are set and not followed.
    fn unheeded(&self) -> impl Iterator<Item = String> {
        let is_set = |name: &str| {
            self.environment
                .var(name)
                .is_some_and(|value| !value.is_empty())
        };
        let ignored = self.preset.ignored_variables();
        let set = ignored.filter(move |(name, _)| is_set(name));
        set.map(|(name, why)| format!("{name} is set and not followed: {why}"))
    }
}

/// The store that holds the credential.
fn store(keeps: &Keeps, config: &ClientConfig) -> Result<Store, Error> {
    Ok(match keeps {
        Keeps::Folder(home) => foundry::shared(config, Store::new(FileStore::new(home)))?,
        Keeps::File(path) => Store::new(SingleFile::new(path)?),
        Keeps::Memory | Keeps::Brought => Store::new(MemoryStore::new()),
    })
}

/// What was chosen at the login whose credential is kept there.
fn remembered(keeps: &Keeps, base: &Base) -> Result<Map<String, Value>, Error> {
    let stored = match keeps {
        Keeps::Folder(home) => FileStore::new(home).load_now(&base.key),
        Keeps::File(path) => SingleFile::new(path)?.load_now(),
        Keeps::Memory | Keeps::Brought => Ok(None),
    };
    match stored {
        Ok(stored) => {
            Ok(stored.map_or_else(Map::new, |stored| Notes::of(&stored.document).requested))
        }
        // A credential that cannot be read is for the session to complain about.
        Err(_) => Ok(Map::new()),
    }
}

/// The settings that make out the profile.
fn explain_choice(
    base: &Base,
    choice: &Choice,
    shadowed: Vec<Shadowed>,
    own: &Source,
) -> Vec<Explained> {
    let mut explained = vec![Explained {
        setting: Setting::Profile,
        shown: base.name.clone(),
        source: base.by.clone(),
        shadowed,
    }];
    for (setting, key) in [
        (Setting::ClientId, "client_id"),
        (Setting::ClientSecret, "client_secret"),
        (Setting::ApiKey, "api_key"),
    ] {
        let references = ["_file", "_env", "_cmd"].map(|ending| format!("{key}{ending}"));
        let is_there = base.config.text(key).is_some()
            || references
                .iter()
                .any(|name| base.config.text(name).is_some());
        if !is_there {
            continue;
        }
        let source = match (choice, setting) {
            (Choice::Pair { id, .. }, Setting::ClientId) => &id.source,
            (Choice::Pair { secret, .. }, Setting::ClientSecret) => &secret.source,
            (Choice::Key(said), Setting::ApiKey) => &said.source,
            _ => own,
        };
        let text = base.config.text(key).unwrap_or_default();
        explained.push(Explained {
            setting,
            shown: if setting.is_secret() {
                HIDDEN.to_owned()
            } else {
                text.to_owned()
            },
            source: source.clone(),
            shadowed: Vec::new(),
        });
    }
    explained
}
