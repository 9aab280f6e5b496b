//! Reads what other clients keep on disk: text in, profiles out. Nothing is written, and no source is changed.
//!
//! Each reader caps size and depth, refuses what is damaged, and says of everything that it does not take over why not.

mod error;
mod exported;
mod foundry;
mod kubeconfig;
mod oidc_agent;
mod planet;

pub use error::ImportError;
pub use exported::{Export, exported};
pub use foundry::foundry;
pub use kubeconfig::kubeconfig;
pub use oidc_agent::oidc_agent;
pub use planet::{PlanetSettings, planet_home, planet_settings};

use std::fmt;

use keyfob_store::Document;

use crate::ClientConfig;

/// The largest file that is read, in bytes (1 MiB).
pub const MAX_BYTES: usize = 1024 * 1024;

/// What a file or folder of another client amounts to.
///
/// ```
/// let account = br#"{"name": "work", "issuer_url": "https://id.example", "client_id": "cli",
///     "scope": "openid", "redirect_uris": ["http://localhost:8080"]}"#;
/// let imported = keyfob::import::oidc_agent(account)?;
/// assert_eq!(imported.profiles[0].name, "work");
/// assert_eq!(imported.profiles[0].config.client_id()?, "cli");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Imported {
    /// One profile for each client that was found.
    pub profiles: Vec<ImportedProfile>,
    /// What was found and is not taken over at all.
    pub left: Vec<Left>,
    /// The profile that the other client uses when none is named.
    pub current: Option<String>,
}

/// One client, and its login if there is one.
#[derive(Clone)]
#[non_exhaustive]
pub struct ImportedProfile {
    /// A name for it; not yet checked to be one that a profile may have.
    pub name: String,
    /// The client.
    pub config: ClientConfig,
    /// The login, as a token file holds it.
    pub credential: Option<Document>,
    /// What was found for this client and is not taken over.
    pub left: Vec<Left>,
    /// What to know before the profile is used.
    pub notes: Vec<String>,
}

/// Something that is not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// What, by its name in the source; never its value.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Imported {
    /// Takes one profile.
    pub(crate) fn one(profile: ImportedProfile) -> Self {
        Self {
            profiles: vec![profile],
            ..Self::default()
        }
    }
}

impl ImportedProfile {
    /// Makes a profile of a client without a login.
    pub fn new(name: impl Into<String>, config: ClientConfig) -> Self {
        Self {
            name: name.into(),
            config,
            credential: None,
            left: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds the login.
    pub fn with_credential(mut self, credential: Option<Document>) -> Self {
        self.credential = credential;
        self
    }

    /// Notes something that is not taken over.
    pub fn leave(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left.push(Left::new(what, why));
    }

    /// Notes something to know.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

impl Left {
    /// Says what was left and why.
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
        }
    }
}

impl fmt::Debug for ImportedProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportedProfile")
            .field("name", &self.name)
            .field("config", &self.config)
            .field("credential", &self.credential)
            .field("left", &self.left)
            .field("notes", &self.notes)
            .finish()
    }
}

/// Says which secrets of this machine a profile would send to its server, and what it would run: whoever wrote it chose both
/// the secret and the server.
fn note_references(profile: &mut ImportedProfile) {
    let secrets = [
        "client_secret",
        "client_privkey_password",
        "password",
        "api_key",
    ];
    let endings = [
        ("_file", "the content of this file is sent to"),
        ("_env", "the value of this variable is sent to"),
        ("_cmd", "what this command prints is sent to"),
    ];
    let mut notes = Vec::new();
    for (secret, (ending, what)) in secrets.iter().flat_map(|s| endings.map(|e| (s, e))) {
        let key = format!("{secret}{ending}");
        let Some(value) = profile.config.values().get(&key) else {
            continue;
        };
        let name = match value.as_str() {
            Some(name) if ending != "_cmd" => format!(" ({})", capped(name)),
            _ => String::new(),
        };
        notes.push(format!("{key}{name}: {what} the server of this profile"));
    }
    if let Some(path) = profile.config.text("foundry_cache") {
        let path = capped(path);
        notes.push(format!(
            "foundry_cache ({path}): the login that is kept there is used"
        ));
    }
    profile.notes.extend(notes);
}

fn capped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Refuses what is too large, and what is not text.
fn text(bytes: &[u8]) -> Result<&str, ImportError> {
    if bytes.len() > MAX_BYTES {
        return Err(ImportError::TooLarge { limit: MAX_BYTES });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| ImportError::malformed("it is not UTF-8 text"))
}

/// Reads a JSON object strictly.
fn object(bytes: &[u8]) -> Result<Document, ImportError> {
    let text = text(bytes)?;
    Document::parse(text.as_bytes()).map_err(|error| ImportError::malformed(error.why()))
}

/// The words of a space-separated list.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A name for a profile, made of any text: what may not stand in one becomes `-`.
fn name_of(text: &str) -> String {
    let lowered = text.to_ascii_lowercase();
    let plain: String = lowered
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let mut name = plain;
    while name.contains("..") {
        name = name.replace("..", ".");
    }
    let kept: String = name
        .trim_start_matches(['.', '_', '-'])
        .chars()
        .take(64)
        .collect();
    let kept = kept.trim_end_matches(['.', '-']);
    if kept.is_empty() {
        "imported".to_owned()
    } else {
        kept.to_owned()
    }
}

/// Whether an address leads back to this machine, so that a browser's answer can be received there.
fn is_loopback(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| {
        url.scheme() == "http"
            && matches!(
                url.host_str(),
                Some("localhost" | "127.0.0.1" | "[::1]" | "::1")
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_name_that_a_profile_may_have() {
        for (text, name) in [
            ("work", "work"),
            ("Admin@cluster:6443", "admin-cluster-6443"),
            ("../../etc/passwd", "etc-passwd"),
            ("…", "imported"),
            ("a..b.", "a.b"),
        ] {
            assert_eq!(name_of(text), name);
            name.parse::<keyfob_store::ProfileName>().unwrap();
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = ClientConfig::new(serde_json::Map::new()).with("client_secret", "canary");
        let mut login = Document::new();
        login.set("refresh_token", "canary");
        let profile = ImportedProfile::new("x", config).with_credential(Some(login));
        assert!(!format!("{:?}", Imported::one(profile)).contains("canary"));
    }

    #[test]
    fn refuses_what_is_too_large_or_no_text() {
        assert_eq!(
            text(&vec![b' '; MAX_BYTES + 1]).unwrap_err().code(),
            "import_too_large"
        );
        assert_eq!(text(b"\xff").unwrap_err().code(), "import_malformed");
        assert_eq!(text(b"\xef\xbb\xbfa").unwrap(), "a");
    }
}
