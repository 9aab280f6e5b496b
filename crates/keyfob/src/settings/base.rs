//! The profile that was chosen, before anything is set on top of it.

use keyfob_store::ProfileName;

use crate::Error;
use crate::client::{ClientConfig, ClientType};
use crate::preset::Preset;
use crate::profile::Profiles;
use crate::settings::choose::Choice;
use crate::settings::gather::{Said, Sources};
use crate::settings::{Keeps, Origin, Setting, SettingsError, Source};

/// The key of a credential that lives in memory only.
const IN_MEMORY: &str = "ad-hoc";

/// A profile without what is set on top of it.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) name: String,
    pub(super) key: ProfileName,
    pub(super) config: ClientConfig,
    pub(super) origin: Origin,
    pub(super) keeps: Keeps,
    /// Who chose it.
    pub(super) by: Source,
    pub(super) warnings: Vec<String>,
}

/// Finds or makes the profile.
pub(super) fn base(
    preset: &Preset,
    profiles: &Profiles,
    sources: &Sources,
    choice: &Choice,
) -> Result<Base, Error> {
    match choice {
        Choice::Named(said) => {
            let base = named(preset, profiles, said.text(), said.source.clone())?;
            fill_skeleton(preset, profiles, sources, base)
        }
        Choice::Pair { id, secret } => service(preset, profiles, id, secret),
        Choice::Key(said) => key(preset, said),
        Choice::Nothing => default(preset, profiles),
    }
}

fn named(preset: &Preset, profiles: &Profiles, text: &str, by: Source) -> Result<Base, Error> {
    let name = name_of(preset, text, &by)?;
    let is_builtin = preset.is_builtin(&name);
    let config = if is_builtin {
        preset.profile(&name)?
    } else {
        on_disk(profiles, &name, &by)?
    };
    let mut warnings = Vec::new();
    if is_builtin
        && profiles
            .files()
            .config_path(&name)
            .symlink_metadata()
            .is_ok()
    {
        warnings.push(format!(
            "the profile {name} of the preset {} is used; the configuration in {} is not",
            preset.name(),
            profiles.files().config_path(&name).display()
        ));
    }
    Ok(Base {
        name: name.to_string(),
        key: name,
        config,
        origin: if is_builtin {
            Origin::BuiltIn
        } else {
            Origin::OnDisk
        },
        keeps: Keeps::Folder(profiles.home().to_owned()),
        by,
        warnings,
    })
}

/// The name in canonical form, aliases followed.
pub(super) fn name_of(preset: &Preset, text: &str, by: &Source) -> Result<ProfileName, Error> {
    let name = ProfileName::new(text).map_err(|error| SettingsError::BadName {
        by: by.clone(),
        why: error.to_string(),
    })?;
    Ok(preset.dealias(&name).unwrap_or(name))
}

fn on_disk(profiles: &Profiles, name: &ProfileName, by: &Source) -> Result<ClientConfig, Error> {
    match profiles.show(name) {
        Err(Error::NoSuchProfile { name }) => {
            let by = by.clone();
            Err(SettingsError::NoSuchProfile { name, by }.into())
        }
        shown => shown,
    }
}

/// A built-in skeleton for services takes the id and secret that go with it; a whole profile keeps its own.
fn fill_skeleton(
    preset: &Preset,
    profiles: &Profiles,
    sources: &Sources,
    base: Base,
) -> Result<Base, Error> {
    let is_skeleton = base.origin == Origin::BuiltIn
        && base.config.client_type()? == ClientType::ClientCredentialsSecret
        && base.config.text("client_id").is_none();
    let pair = sources
        .first(Setting::ClientId)
        .zip(sources.first(Setting::ClientSecret));
    match pair {
        Some((id, secret)) if is_skeleton => {
            let filled = service_of(preset, profiles, &base.key, id, secret)?;
            Ok(Base {
                by: base.by,
                ..filled
            })
        }
        _ => Ok(base),
    }
}

/// A service that is made of nothing but its id and secret.
fn service(preset: &Preset, profiles: &Profiles, id: &Said, secret: &Said) -> Result<Base, Error> {
    let kind = ClientType::ClientCredentialsSecret;
    let skeleton = preset.default_profile_for(kind).filter(|name| {
        preset
            .profile(name)
            .is_ok_and(|config| config.client_type() == Ok(kind))
    });
    let Some(skeleton) = skeleton else {
        return Err(SettingsError::NoServer {
            by: id.source.clone(),
            preset: preset.name().to_owned(),
        }
        .into());
    };
    service_of(preset, profiles, &skeleton, id, secret)
}

fn service_of(
    preset: &Preset,
    profiles: &Profiles,
    skeleton: &ProfileName,
    id: &Said,
    secret: &Said,
) -> Result<Base, Error> {
    let mut config = preset.profile(skeleton)?;
    config.set("client_id", id.text());
    config.set("client_secret", secret.text());
    let name = format!("{skeleton}-{}", id.text());
    let (key, keeps) = match folder_of(profiles, preset, &name, &config) {
        Some(key) => (key, Keeps::Folder(profiles.home().to_owned())),
        None => (ProfileName::new(IN_MEMORY)?, Keeps::Memory),
    };
    Ok(Base {
        name,
        key,
        config,
        origin: Origin::AdHoc,
        keeps,
        by: id.source.clone(),
        warnings: Vec::new(),
    })
}

/// The folder that planet-auth keeps such a service's tokens in, unless the name cannot be a folder's of its own, or is that
/// of a profile which somebody made for another client.
fn folder_of(
    profiles: &Profiles,
    preset: &Preset,
    name: &str,
    config: &ClientConfig,
) -> Option<ProfileName> {
    let key = ProfileName::new(name)
        .ok()
        .filter(|key| key.as_str() == name)?;
    if preset.is_builtin(&key) {
        return None;
    }
    match profiles.files().load_config(&key) {
        Ok(None) => Some(key),
        Ok(Some(stored)) => {
            let other = ClientConfig::new(stored.document.into_map());
            let same = |member| other.text(member) == config.text(member);
            (same("client_id") && same("auth_server")).then_some(key)
        }
        Err(_) => None,
    }
}

/// A key in memory; its name cannot be a profile's, because those begin with a letter or a digit.
fn key(preset: &Preset, said: &Said) -> Result<Base, Error> {
    let config = ClientConfig::new(serde_json::Map::new())
        .with("client_type", ClientType::StaticApiKey.as_str())
        .with("api_key", said.text())
        .with("bearer_token_prefix", preset.api_key_prefix());
    Ok(Base {
        name: preset.api_key_profile(),
        key: ProfileName::new(IN_MEMORY)?,
        config,
        origin: Origin::AdHoc,
        keeps: Keeps::Memory,
        by: said.source.clone(),
        warnings: Vec::new(),
    })
}

/// The preset's own choice, else the only profile there is.
fn default(preset: &Preset, profiles: &Profiles) -> Result<Base, Error> {
    if let Some(name) = preset.default_profile() {
        let by = Source::Preset {
            name: preset.name().to_owned(),
        };
        return named(preset, profiles, name.as_str(), by);
    }
    match profiles.list()?.as_slice() {
        [only] => named(preset, profiles, only.as_str(), Source::OnlyOne),
        _ => Err(Error::NoProfile),
    }
}
