//! The home of planet-auth (`~/.planet/<profile>/`) and its settings (`~/.planet.json`).

use std::path::Path;

use keyfob_store::{Document, FileStore, ProfileName};
use serde_json::Map;

use super::{ImportError, Imported, ImportedProfile, Left, note_references, object};
use crate::ClientConfig;

/// The member that names the default profile.
const DEFAULT: &str = "PL_AUTH_PROFILE";
/// The members that hold an API key; the second was written by the SDK before OAuth.
const API_KEYS: [&str; 2] = ["PL_API_KEY", "key"];
/// The name of the profile that is made of an API key in the settings.
const API_KEY_PROFILE: &str = "planet-api-key";
/// How such a key is sent: `Authorization: api-key …`.
const API_KEY_PREFIX: &str = "api-key";

/// What planet-auth's settings file says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlanetSettings {
    /// The default profile, on disk or built into planet's SDK.
    pub profile: Option<String>,
    /// A client of type `static_apikey`, if the file holds a key.
    api_key: Option<ClientConfig>,
    left: Vec<Left>,
}

/// Reads the text of `~/.planet.json`.
///
/// # Errors
/// What is wrong with it, by key.
pub fn planet_settings(text: &[u8]) -> Result<PlanetSettings, ImportError> {
    let settings = object(text)?;
    for key in [DEFAULT].iter().chain(&API_KEYS) {
        if settings
            .get(key)
            .is_some_and(|value| !value.is_string() && !value.is_null())
        {
            return Err(ImportError::invalid(*key, "it must be text"));
        }
    }
    let key = API_KEYS.iter().find_map(|key| settings.text(key));
    let api_key = key.map(|key| {
        ClientConfig::new(Map::new())
            .with("client_type", "static_apikey")
            .with("api_key", key)
            .with("bearer_token_prefix", API_KEY_PREFIX)
    });
    let mut left = Vec::new();
    if settings.text("PL_AUTH_CLIENT_ID").is_some() {
        left.push(Left::new(
            "PL_AUTH_CLIENT_ID, PL_AUTH_CLIENT_SECRET",
            "they belong to a client that is built into planet's SDK; add a profile with them",
        ));
    }
    Ok(PlanetSettings {
        profile: settings.text(DEFAULT).map(str::to_ascii_lowercase),
        api_key,
        left,
    })
}

/// Reads the profiles of a planet home, with their logins.
///
/// A profile that cannot be read is left, with the reason; the others are read all the same.
///
/// # Errors
/// When the folder itself cannot be read.
pub fn planet_home(
    folder: &Path,
    settings: Option<&PlanetSettings>,
) -> Result<Imported, crate::Error> {
    let files = FileStore::new(folder);
    let mut imported = Imported::default();
    for name in files.profiles()? {
        match profile(&files, &name) {
            Ok(Some(profile)) => imported.profiles.push(profile),
            Ok(None) => {}
            Err(error) => imported
                .left
                .push(Left::new(name.to_string(), error.to_string())),
        }
    }
    leave_others(folder, &mut imported);
    if let Some(settings) = settings {
        imported.left.extend(settings.left.iter().cloned());
        if let Some(config) = &settings.api_key {
            let mut profile = ImportedProfile::new(API_KEY_PROFILE, config.clone());
            profile.note("the key comes from planet's settings file");
            imported.profiles.push(profile);
        }
        current(settings, &mut imported);
    }
    Ok(imported)
}

/// The default profile, if it is one of those that were found.
fn current(settings: &PlanetSettings, imported: &mut Imported) {
    let Some(name) = &settings.profile else {
        return;
    };
    if imported
        .profiles
        .iter()
        .any(|profile| profile.name == *name)
    {
        imported.current = Some(name.clone());
    } else {
        imported.left.push(Left::new(
            format!("default profile {name}"),
            "it is not in this folder: perhaps it is built into planet's SDK",
        ));
    }
}

fn profile(files: &FileStore, name: &ProfileName) -> Result<Option<ImportedProfile>, crate::Error> {
    let Some(stored) = files.load_config(name)? else {
        return Ok(None);
    };
    let config = ClientConfig::new(stored.document.into_map());
    config.check()?;
    let login = files.load_now(name)?.map(|stored| stored.document);
    let mut profile = ImportedProfile::new(name.as_str(), config);
    if login
        .as_ref()
        .and_then(|login| login.text("refresh_token"))
        .is_some()
    {
        profile.note(
            "planet's client still has this login; where the provider replaces refresh tokens, go on with one of the \
             two only, or let keyfob work on planet's own folder",
        );
    }
    for key in [
        "client_privkey_file",
        "authorization_callback_acknowledgement_file",
        "ca_file",
    ] {
        let path = profile.config.text(key).map(str::to_owned);
        if path.is_some_and(|path| Path::new(&path).is_relative()) {
            profile.note(format!(
                "{key} is looked for from the folder in which keyfob is run"
            ));
        }
    }
    note_references(&mut profile);
    Ok(Some(
        profile.with_credential(login.filter(|login| !is_empty(login))),
    ))
}

fn is_empty(login: &Document) -> bool {
    login.as_map().is_empty()
}

/// What else planet-auth would take for a profile.
fn leave_others(folder: &Path, imported: &mut Imported) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut others: Vec<Left> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let path = entry.path();
            let shown: String = name.to_string_lossy().chars().filter(|c| !c.is_control()).take(100).collect();
            if path.join("auth_client.sops.json").exists() {
                let why = "it is encrypted with SOPS; decrypt it and take it with: sops -d FILE | keyfob profile import -";
                return Some(Left::new(format!("{shown}/auth_client.sops.json"), why));
            }
            if path.join("token.sops.json").exists() {
                let why = "it is encrypted with SOPS; log in again instead";
                return Some(Left::new(format!("{shown}/token.sops.json"), why));
            }
            let is_known = name.to_str().is_some_and(|name| {
                name.parse::<ProfileName>().is_ok_and(|known| known.as_str() == name)
            });
            let is_profile = path.join("auth_client.json").symlink_metadata().is_ok();
            (is_profile && !is_known).then(|| Left::new(shown, "keyfob cannot have a profile of this name"))
        })
        .collect();
    others.sort_unstable_by(|a, b| a.what.cmp(&b.what));
    imported.left.extend(others);
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    const CLIENT: &str = r#"{"client_type": "oidc_device_code", "auth_server": "https://id.example", "client_id": "c"}"#;

    #[test]
    fn profiles_logins_and_the_default_are_read() {
        let home = tempfile::tempdir().unwrap();
        write(&home.path().join("work/auth_client.json"), CLIENT);
        write(
            &home.path().join("work/token.json"),
            r#"{"refresh_token": "r", "_iat": 1}"#,
        );
        write(&home.path().join("bad/auth_client.json"), "{");
        write(&home.path().join("odd name/auth_client.json"), CLIENT);
        write(&home.path().join("locked/auth_client.sops.json"), "{}");
        let settings =
            planet_settings(br#"{"PL_AUTH_PROFILE": "Work", "key": "K", "other": 1}"#).unwrap();
        let imported = planet_home(home.path(), Some(&settings)).unwrap();
        let names: Vec<_> = imported
            .profiles
            .iter()
            .map(|profile| profile.name.as_str())
            .collect();
        assert_eq!(names, ["work", "planet-api-key"]);
        assert_eq!(imported.current.as_deref(), Some("work"));
        let login = imported.profiles[0].credential.as_ref().unwrap();
        assert_eq!(login.text("refresh_token"), Some("r"));
        assert_eq!(imported.profiles[1].config.text("api_key"), Some("K"));
        let left: Vec<_> = imported
            .left
            .iter()
            .map(|left| left.what.as_str())
            .collect();
        assert_eq!(left, ["bad", "locked/auth_client.sops.json", "odd name"]);
    }

    #[test]
    fn a_default_that_is_not_there_is_said() {
        let home = tempfile::tempdir().unwrap();
        let settings = planet_settings(br#"{"PL_AUTH_PROFILE": "planet-user"}"#).unwrap();
        let imported = planet_home(home.path(), Some(&settings)).unwrap();
        assert_eq!(imported.current, None);
        assert_eq!(imported.left[0].what, "default profile planet-user");
    }

    #[test]
    fn settings_of_another_shape_are_refused_by_key() {
        for (text, key) in [
            (r#"{"PL_AUTH_PROFILE": ["canary"]}"#, "PL_AUTH_PROFILE"),
            (r#"{"key": {"canary": 1}}"#, "key"),
            ("[", ""),
        ] {
            let error = planet_settings(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(key) && !error.contains("canary"), "{error}");
        }
    }
}
