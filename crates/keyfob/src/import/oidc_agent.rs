//! An account of oidc-agent, as `oidc-gen --print` prints it.

use keyfob_store::Document;
use serde_json::{Map, Value};

use super::{ImportError, Imported, ImportedProfile, is_loopback, name_of, object, text, words};
use crate::ClientConfig;

/// The members that hold text.
const TEXTS: [&str; 17] = [
    "name",
    "client_name",
    "issuer_url",
    "issuer",
    "mytoken_url",
    "config_endpoint",
    "device_authorization_endpoint",
    "client_id",
    "client_secret",
    "refresh_token",
    "cert_path",
    "auth_scope",
    "scope",
    "refresh_scope",
    "audience",
    "username",
    "password",
];

/// The other members.
const OTHERS: [&str; 5] = [
    "redirect_uris",
    "daeSetByUser",
    "oauth",
    "uses_pub_client",
    "mytoken_profile",
];

/// Reads the decrypted JSON of an oidc-agent account.
///
/// # Errors
/// [`ImportError::Encrypted`] names the command that decrypts an encrypted account; otherwise what is wrong, by key.
pub fn oidc_agent(account: &[u8]) -> Result<Imported, ImportError> {
    refuse_encrypted(text(account)?)?;
    let account = Account(object(account)?);
    account.check()?;
    if let Some(server) = account.text("mytoken_url") {
        return Err(ImportError::Nothing {
            why: format!(
                "this account gets its tokens from the mytoken server {server}, not from a provider"
            ),
        });
    }
    let mut profile = ImportedProfile::new(account.name(), account.config()?);
    account.explain(&mut profile);
    let credential = account.credential();
    if credential.is_some() {
        profile.note(
            "oidc-agent still has this login; where the provider replaces refresh tokens, go on with one of the two only",
        );
    }
    Ok(Imported::one(profile.with_credential(credential)))
}

/// An encrypted account is four numbers and texts of its own, or one line of hexadecimal parts, and a line with the version.
fn refuse_encrypted(text: &str) -> Result<(), ImportError> {
    let text = text.trim();
    if text.starts_with("-----BEGIN PGP MESSAGE-----") {
        return Err(encrypted());
    }
    if text.is_empty() || text.starts_with('{') {
        return Ok(());
    }
    let coded = |c: char| c.is_ascii_alphanumeric() || "+/=:-_".contains(c);
    let is_version = |line: &str| line.starts_with("Generated using version:");
    let mut lines = text.lines().filter(|line| !is_version(line)).peekable();
    if text.lines().any(is_version) || lines.all(|line| line.chars().all(coded)) {
        return Err(encrypted());
    }
    Ok(())
}

fn encrypted() -> ImportError {
    ImportError::Encrypted {
        by: "oidc-agent",
        open_with: "oidc-gen --print ACCOUNT | keyfob import oidc-agent -".to_owned(),
    }
}

struct Account(Document);

impl Account {
    fn check(&self) -> Result<(), ImportError> {
        for key in TEXTS {
            match self.0.get(key) {
                None | Some(Value::Null | Value::String(_)) => {}
                Some(_) => return Err(ImportError::invalid(key, "it must be text")),
            }
        }
        match self.0.get("redirect_uris") {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Array(items)) if items.iter().all(Value::is_string) => Ok(()),
            Some(_) => Err(ImportError::invalid(
                "redirect_uris",
                "it must be a list of addresses",
            )),
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.text(key)
    }

    fn name(&self) -> String {
        self.text("name")
            .map_or_else(|| "oidc-agent".to_owned(), name_of)
    }

    fn server(&self) -> Result<&str, ImportError> {
        self.text("issuer_url")
            .or_else(|| self.text("issuer"))
            .ok_or_else(|| ImportError::missing("issuer_url"))
    }

    fn scopes(&self) -> Vec<String> {
        let scopes = self.text("auth_scope").or_else(|| self.text("scope"));
        scopes.map(words).unwrap_or_default()
    }

    fn redirect_uris(&self) -> Vec<&str> {
        let items = self.0.get("redirect_uris").and_then(Value::as_array);
        items
            .map(|items| items.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }

    fn config(&self) -> Result<ClientConfig, ImportError> {
        let server = self.server()?;
        let client_id = self
            .text("client_id")
            .ok_or_else(|| ImportError::missing("client_id"))?;
        let secret = self.text("client_secret");
        let redirect = self
            .redirect_uris()
            .into_iter()
            .find(|uri| is_loopback(uri));
        let kind = self.kind(redirect.is_some(), secret.is_some());
        let mut config = ClientConfig::new(Map::new())
            .with("client_type", kind)
            .with("auth_server", server)
            .with("client_id", client_id)
            .with("client_secret", secret)
            .with("ca_file", self.text("cert_path"));
        for (key, list) in [
            ("scopes", self.scopes()),
            (
                "audiences",
                self.text("audience").map(words).unwrap_or_default(),
            ),
        ] {
            if !list.is_empty() {
                config.set(key, list);
            }
        }
        if let Some(uri) = redirect.filter(|_| kind.starts_with("oidc_auth_code")) {
            config.set("redirect_uri", uri);
            config.set("local_redirect_uri", uri);
        }
        if kind.starts_with("oidc_resource_owner") {
            config.set("username", self.text("username"));
            config.set("password", self.text("password"));
        }
        if self.is_set("daeSetByUser") {
            config.set(
                "device_authorization_endpoint",
                self.text("device_authorization_endpoint"),
            );
        }
        Ok(config)
    }

    /// A browser where its answer can be received here, else the password that is stored, else a code on another device.
    fn kind(&self, has_redirect: bool, has_secret: bool) -> &'static str {
        let has_password = self.text("username").is_some() && self.text("password").is_some();
        match (has_redirect, has_password, has_secret) {
            (true, _, false) => "oidc_auth_code",
            (true, _, true) => "oidc_auth_code_secret",
            (false, true, false) => "oidc_resource_owner",
            (false, true, true) => "oidc_resource_owner_secret",
            (false, false, false) => "oidc_device_code",
            (false, false, true) => "oidc_device_code_secret",
        }
    }

    /// Flags are numbers there, and have been texts.
    fn is_set(&self, key: &str) -> bool {
        match self.0.get(key) {
            Some(Value::Number(number)) => number.as_i64() != Some(0),
            Some(Value::String(text)) => !matches!(text.as_str(), "" | "0"),
            Some(Value::Bool(on)) => *on,
            _ => false,
        }
    }

    fn credential(&self) -> Option<Document> {
        let mut login = Document::new();
        login.set("refresh_token", self.text("refresh_token")?);
        let scopes = self
            .text("refresh_scope")
            .map_or_else(|| self.scopes(), words);
        if !scopes.is_empty() {
            login.set("scope", scopes.join(" "));
        }
        Some(login)
    }

    fn explain(&self, profile: &mut ImportedProfile) {
        let is_code = profile
            .config
            .text("client_type")
            .is_some_and(|kind| kind.starts_with("oidc_auth_code"));
        self.explain_redirects(profile, is_code);
        for key in ["username", "password"] {
            if is_code && self.text(key).is_some() {
                profile.leave(key, "a browser login does not need it");
            }
        }
        self.explain_endpoints(profile);
        if self.is_set("uses_pub_client") {
            profile.note(
                "this client was registered for oidc-agent itself; better register one of your own",
            );
        }
        if self.is_set("oauth")
            && profile
                .config
                .scopes()
                .iter()
                .any(|scope| scope == "openid")
        {
            profile.note("the account is marked as plain OAuth 2, yet asks for openid");
        }
        let known = |key: &str| TEXTS.contains(&key) || OTHERS.contains(&key);
        for key in self.0.as_map().keys().filter(|key| !known(key)) {
            let key: String = key.chars().filter(|c| !c.is_control()).take(64).collect();
            profile.leave(key, "keyfob has no use for it");
        }
    }

    fn explain_redirects(&self, profile: &mut ImportedProfile, is_code: bool) {
        for uri in self.redirect_uris() {
            if !is_loopback(uri) {
                let scheme: String = scheme(uri)
                    .chars()
                    .filter(|c| !c.is_control())
                    .take(64)
                    .collect();
                let why = format!("{scheme} does not lead back to this machine over http");
                profile.leave("redirect_uris", why);
            } else if is_code && profile.config.text("redirect_uri") != Some(uri) {
                profile.leave("redirect_uris", "a profile has one; the first is taken");
            }
        }
        if !is_code && !self.redirect_uris().is_empty() {
            profile.note("without an address on this machine to come back to, the login is by a code on any device");
        }
    }

    fn explain_endpoints(&self, profile: &mut ImportedProfile) {
        let server = self.server().unwrap_or_default().trim_end_matches('/');
        let usual = format!("{server}/.well-known/openid-configuration");
        if self
            .text("config_endpoint")
            .is_some_and(|endpoint| endpoint != usual)
        {
            profile.leave(
                "config_endpoint",
                "the provider's own well-known address is used; add single endpoints with profile edit if need be",
            );
        }
        if !self.is_set("daeSetByUser") && self.text("device_authorization_endpoint").is_some() {
            profile.leave(
                "device_authorization_endpoint",
                "it was discovered, and will be discovered again",
            );
        }
    }
}

/// The scheme alone: the rest of an address may be long, or private.
fn scheme(uri: &str) -> &str {
    uri.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape that oidc-gen 5 prints, with values of our own.
    const ACCOUNT: &str = r#"{
        "name": "Work", "client_name": "oidc-agent:Work", "issuer_url": "https://id.example/",
        "mytoken_url": "", "config_endpoint": "https://id.example/.well-known/openid-configuration",
        "device_authorization_endpoint": "https://id.example/device", "daeSetByUser": 0,
        "client_id": "cli", "client_secret": "s3cret", "refresh_token": "refresh-1",
        "cert_path": "/etc/ssl/certs/ca.pem", "auth_scope": "openid offline_access", "refresh_scope": "openid",
        "audience": "api other", "oauth": 0, "uses_pub_client": 0, "mytoken_profile": {},
        "redirect_uris": ["edu.kit.data.oidc-agent:/redirect", "http://localhost:4242", "http://localhost:8080"],
        "username": "", "password": ""
    }"#;

    fn one(account: &str) -> ImportedProfile {
        oidc_agent(account.as_bytes()).unwrap().profiles.remove(0)
    }

    #[test]
    fn an_account_becomes_a_client_and_its_login() {
        let profile = one(ACCOUNT);
        assert_eq!(profile.name, "work");
        profile.config.check().unwrap();
        let config = &profile.config;
        assert_eq!(config.text("client_type"), Some("oidc_auth_code_secret"));
        assert_eq!(config.text("auth_server"), Some("https://id.example/"));
        assert_eq!(config.redirect_uri(), Some("http://localhost:4242"));
        assert_eq!(config.audiences(), ["api", "other"]);
        assert_eq!(config.scopes(), ["openid", "offline_access"]);
        assert_eq!(config.text("ca_file"), Some("/etc/ssl/certs/ca.pem"));
        let login = profile.credential.unwrap();
        assert_eq!(login.text("refresh_token"), Some("refresh-1"));
        assert_eq!(login.text("scope"), Some("openid"));
        let left: Vec<_> = profile.left.iter().map(|left| left.what.as_str()).collect();
        assert_eq!(
            left,
            [
                "redirect_uris",
                "redirect_uris",
                "device_authorization_endpoint"
            ]
        );
    }

    #[test]
    fn without_a_way_back_the_login_is_by_device() {
        let profile = one(
            r#"{"issuer": "https://id.example", "client_id": "c", "scope": "openid",
                "device_authorization_endpoint": "https://id.example/dev", "daeSetByUser": "1"}"#,
        );
        profile.config.check().unwrap();
        assert_eq!(profile.name, "oidc-agent");
        assert_eq!(profile.config.text("client_type"), Some("oidc_device_code"));
        assert_eq!(
            profile.config.text("device_authorization_endpoint"),
            Some("https://id.example/dev")
        );
        assert!(profile.credential.is_none());
    }

    #[test]
    fn an_encrypted_account_names_the_command_that_opens_it() {
        for text in [
            "1234\nc2FsdA==\nbm9uY2U=\nMTY6MjQ6MzI6MTox\nY2lwaGVy\nGenerated using version: 5.3.3\n",
            "96:0a1b2c:3d4e5f:deadbeef\n",
            "-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----\n",
        ] {
            let ImportError::Encrypted { open_with, .. } = oidc_agent(text.as_bytes()).unwrap_err()
            else {
                panic!("{text}")
            };
            assert!(open_with.starts_with("oidc-gen --print "), "{open_with}");
        }
    }

    #[test]
    fn errors_name_the_key_and_never_a_value() {
        for (text, code, key) in [
            (r#"{"client_id": "c"}"#, "import_missing", "issuer_url"),
            (
                r#"{"issuer_url": "https://a.example"}"#,
                "import_missing",
                "client_id",
            ),
            (
                r#"{"issuer_url": ["canary"]}"#,
                "import_invalid",
                "issuer_url",
            ),
            (
                r#"{"redirect_uris": "canary"}"#,
                "import_invalid",
                "redirect_uris",
            ),
            (
                r#"{"mytoken_url": "https://my.example"}"#,
                "import_nothing",
                "mytoken",
            ),
            (
                r#"{"client_id": "canary", "client_id": "b"}"#,
                "import_malformed",
                "member twice",
            ),
            ("", "import_malformed", ""),
            ("[1]", "import_malformed", ""),
        ] {
            let error = oidc_agent(text.as_bytes()).unwrap_err();
            assert_eq!(error.code(), code, "{text}");
            assert!(error.to_string().contains(key), "{error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
