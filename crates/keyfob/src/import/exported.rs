//! A profile as `keyfob profile export` writes it; a bare `auth_client.json` is read too.

use serde_json::{Map, Value, json};

use super::{ImportError, Imported, ImportedProfile, name_of, note_references, object};
use crate::{ClientConfig, ProfileName};

/// The member that says what the file is, and which version of it.
const FORMAT: &str = "keyfob_profile";
const VERSION: u64 = 1;
/// Keys that can refer to a variable of the environment instead of holding the secret.
const REFERABLE: [&str; 3] = ["client_secret", "client_privkey_password", "password"];
/// Endings of keys that run a program.
const COMMAND: &str = "_cmd";

/// A profile on its way out. Logins never leave: a refresh token in two places is lost in both.
///
/// ```
/// use keyfob::{ClientConfig, import::Export};
///
/// let config = ClientConfig::from_json(br#"{"client_type": "oidc_client_credentials_secret",
///     "auth_server": "https://id.example", "client_id": "ci", "client_secret": "hidden"}"#)?;
/// let export = Export::new(&"ci".parse()?, &config);
/// assert_eq!(export.config.text("client_secret_env"), Some("CI_CLIENT_SECRET"));
/// assert!(!export.to_json().to_string().contains("hidden"));
/// # Ok::<(), keyfob::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Export {
    /// The profile.
    pub name: ProfileName,
    /// Its client, without secrets unless they were asked for.
    pub config: ClientConfig,
    /// Keys whose secrets were replaced by the name of a variable, with that name.
    pub replaced: Vec<(String, String)>,
    /// Keys that had to be left out, because they cannot refer to anything.
    pub left_out: Vec<String>,
}

impl Export {
    /// Exports a client without its secrets.
    pub fn new(name: &ProfileName, config: &ClientConfig) -> Self {
        let mut export = Self::with_secrets(name, config);
        let redacted = config.redacted();
        let hidden = config
            .values()
            .iter()
            .filter(|(key, value)| redacted.get(*key) != Some(value));
        for (key, _) in hidden {
            export.hide(key);
        }
        export
    }

    /// Exports a client as it is.
    pub fn with_secrets(name: &ProfileName, config: &ClientConfig) -> Self {
        Self {
            name: name.clone(),
            config: config.clone(),
            replaced: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Returns the file's content.
    pub fn to_json(&self) -> Value {
        json!({
            FORMAT: VERSION,
            "name": self.name.as_str(),
            "config": self.config.values(),
            "left_out": self.left_out,
        })
    }

    fn hide(&mut self, key: &str) {
        self.config.set(key, Value::Null);
        let base = key.strip_suffix(COMMAND).unwrap_or(key);
        let base = if base == "user_password" {
            "password"
        } else {
            base
        };
        if !REFERABLE.contains(&base) {
            self.left_out.push(key.to_owned());
            return;
        }
        let reference = format!("{base}_env");
        if self.config.text(&reference).is_none() {
            let variable = variable(&self.name, base);
            self.config.set(reference, variable.as_str());
            self.replaced.push((key.to_owned(), variable));
        }
    }
}

/// `ci.prod` and `client_secret` become `CI_PROD_CLIENT_SECRET`.
fn variable(name: &ProfileName, key: &str) -> String {
    let text = format!("{name}_{key}").to_ascii_uppercase();
    let plain = text.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    if plain.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{plain}")
    } else {
        plain
    }
}

/// Reads an exported profile, or the text of an `auth_client.json`.
///
/// Keys that run a program are left unless `with_commands`: whoever wrote the file would choose what is run here.
///
/// # Errors
/// What is wrong, by key.
pub fn exported(file: &[u8], with_commands: bool) -> Result<Imported, ImportError> {
    let mut members = object(file)?.into_map();
    let (name, values, left_out) = match members.remove(FORMAT) {
        None if members.contains_key("client_type") => {
            (name_of_server(&members), members, Vec::new())
        }
        None => {
            return Err(ImportError::missing(format!("{FORMAT} or client_type")));
        }
        Some(version) if version.as_u64() != Some(VERSION) => {
            return Err(ImportError::invalid(
                FORMAT,
                "this version of keyfob reads format 1",
            ));
        }
        Some(_) => parts(&members)?,
    };
    let mut profile = ImportedProfile::new(name, ClientConfig::new(values));
    if !with_commands {
        leave_commands(&mut profile);
    }
    note_references(&mut profile);
    for key in left_out {
        profile.note(format!(
            "{key} was left out when this was exported; add it with keyfob profile edit"
        ));
    }
    Ok(Imported::one(profile))
}

/// A bare configuration does not say what its profile is called; its server's name is a good guess.
fn name_of_server(members: &Map<String, Value>) -> String {
    let server = members.get("auth_server").and_then(Value::as_str);
    let url = server.and_then(|server| url::Url::parse(server).ok());
    let host = url.as_ref().and_then(url::Url::host_str);
    host.map_or_else(|| "imported".to_owned(), name_of)
}

type Parts = (String, Map<String, Value>, Vec<String>);

fn parts(members: &Map<String, Value>) -> Result<Parts, ImportError> {
    let name = match members.get("name") {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        None => return Err(ImportError::missing("name")),
        Some(_) => return Err(ImportError::invalid("name", "it must be text")),
    };
    let Some(config) = members.get("config") else {
        return Err(ImportError::missing("config"));
    };
    let Value::Object(values) = config else {
        return Err(ImportError::invalid("config", "it must be an object"));
    };
    let left_out = match members.get("left_out") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(keys)) => keys
            .iter()
            .filter_map(Value::as_str)
            .map(|key| key.chars().filter(|c| !c.is_control()).take(64).collect())
            .collect(),
        Some(_) => return Err(ImportError::invalid("left_out", "it must be a list")),
    };
    Ok((name, values.clone(), left_out))
}

fn leave_commands(profile: &mut ImportedProfile) {
    let commands: Vec<String> = profile
        .config
        .values()
        .keys()
        .filter(|key| key.ends_with(COMMAND))
        .cloned()
        .collect();
    for key in commands {
        profile.config.set(key.as_str(), Value::Null);
        profile.leave(
            key,
            "it would run a program; read it, then add --with-commands if you trust it",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ClientConfig {
        ClientConfig::from_json(
            br#"{"client_type": "oidc_resource_owner_secret", "auth_server": "https://id.example", "client_id": "c",
                 "client_secret": "canary", "user_password": "canary", "proxy": "http://a:canary@p.example",
                 "api_key": "canary", "client_privkey_password_cmd": "pass canary", "_comment": "kept"}"#,
        )
        .unwrap()
    }

    #[test]
    fn what_is_exported_has_references_instead_of_secrets_and_is_read_again() {
        let export = Export::new(&"ci.prod".parse().unwrap(), &config());
        let text = export.to_json().to_string();
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(export.left_out, ["api_key", "proxy"]);
        let read = exported(text.as_bytes(), false).unwrap().profiles.remove(0);
        assert_eq!(read.name, "ci.prod");
        assert_eq!(
            read.config.text("client_secret_env"),
            Some("CI_PROD_CLIENT_SECRET")
        );
        assert_eq!(read.config.text("password_env"), Some("CI_PROD_PASSWORD"));
        assert_eq!(read.config.text("_comment"), Some("kept"));
        assert_eq!(read.notes.len(), 5);
    }

    #[test]
    fn what_is_exported_with_secrets_is_the_same_when_read() {
        let export = Export::with_secrets(&"ci".parse().unwrap(), &config());
        let text = export.to_json().to_string();
        let read = exported(text.as_bytes(), true).unwrap().profiles.remove(0);
        assert_eq!(read.config, config());
    }

    #[test]
    fn a_bare_client_configuration_is_read_and_its_commands_are_not_taken_unasked() {
        let text = br#"{"client_type": "none", "client_secret_cmd": "rm -rf /"}"#;
        let read = exported(text, false).unwrap().profiles.remove(0);
        assert_eq!(read.config.text("client_secret_cmd"), None);
        assert_eq!(read.left[0].what, "client_secret_cmd");
        let trusted = exported(text, true).unwrap().profiles.remove(0);
        assert!(trusted.config.text("client_secret_cmd").is_some());
    }

    #[test]
    fn secrets_of_this_machine_that_a_file_asks_for_are_named() {
        let text = br#"{"client_type": "oidc_client_credentials_secret", "auth_server": "https://id.example", "client_id": "c",
            "client_secret_file": "/home/ann/.ssh/id_ed25519", "api_key_env": "OTHER_KEY", "foundry_cache": "/home/ann/.foundry/oauth"}"#;
        let read = exported(text, false).unwrap().profiles.remove(0);
        for (note, named) in read.notes.iter().zip([
            "/home/ann/.ssh/id_ed25519",
            "OTHER_KEY",
            "/home/ann/.foundry/oauth",
        ]) {
            assert!(note.contains(named), "{note}");
        }
        assert_eq!(read.notes.len(), 3);
    }

    #[test]
    fn errors_name_the_key() {
        for (text, key) in [
            ("{}", "keyfob_profile or client_type"),
            (
                r#"{"keyfob_profile": 2, "name": "a", "config": {}}"#,
                "keyfob_profile",
            ),
            (r#"{"keyfob_profile": 1, "config": {}}"#, "name"),
            (r#"{"keyfob_profile": 1, "name": 5, "config": {}}"#, "name"),
            (r#"{"keyfob_profile": 1, "name": "a"}"#, "config"),
            (
                r#"{"keyfob_profile": 1, "name": "a", "config": []}"#,
                "config",
            ),
        ] {
            let error = exported(text.as_bytes(), false).unwrap_err().to_string();
            assert!(error.contains(key), "{text}: {error}");
        }
    }
}
