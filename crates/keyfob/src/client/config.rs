//! The client configuration: `auth_client.json` as a typed view that keeps every key it does not know.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use crate::client::{ClientType, ConfigError};

/// Says which authorization server, which client, and which grant.
///
/// The format is planet-auth's; keys that keyfob adds are `client_auth_method`, `audience`, `resource`,
/// `ca_file`, `proxy`, `timeout` (seconds), `retry`, `client_privkey_kid`, `client_privkey_alg` and, for each of
/// `client_secret`, `client_privkey_password` and `password`, the references `…_file`, `…_env` and `…_cmd`.
///
/// ```
/// use keyfob::ClientConfig;
///
/// let config = ClientConfig::from_json(
///     br#"{"client_type": "oidc_device_code", "auth_server": "https://login.example.com", "client_id": "demo"}"#,
/// )?;
/// assert_eq!(config.client_id()?, "demo");
/// # Ok::<(), keyfob::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct ClientConfig {
    pub(super) values: Map<String, Value>,
    /// Which of the values were chosen at a login, and go with its credential rather than with the profile.
    pub(super) requested: Map<String, Value>,
}

/// What stands in for a secret.
const HIDDEN: &str = "…";

/// Keys whose values never appear in `Debug` output or in [`ClientConfig::redacted`].
const SECRET_KEYS: [&str; 8] = [
    "client_secret",
    "client_privkey",
    "client_privkey_password",
    "password",
    "user_password",
    "api_key",
    "client_secret_cmd",
    "password_cmd",
];

impl ClientConfig {
    /// Takes a configuration from the members of its JSON object.
    ///
    /// Nothing but the shape is checked; [`ClientConfig::check`] tells what is missing.
    pub fn new(values: Map<String, Value>) -> Self {
        Self {
            values,
            requested: Map::new(),
        }
    }

    /// Parses the JSON text of a configuration.
    ///
    /// # Errors
    /// When the text is not a JSON object within the usual limits.
    pub fn from_json(text: &[u8]) -> Result<Self, ConfigError> {
        let limits = keyfob_jose::json::Limits::DOCUMENT;
        match keyfob_jose::json::parse(text, limits) {
            Ok(Value::Object(values)) => Ok(Self::new(values)),
            Ok(_) => Err(ConfigError::NotAnObject {
                why: "it is another JSON value".to_owned(),
            }),
            Err(error) => Err(ConfigError::NotAnObject {
                why: error.to_string(),
            }),
        }
    }

    /// Returns all members, known or not, secrets included.
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// Returns a copy in which secrets, also those in addresses and nested values, are replaced by `"…"`.
    pub fn redacted(&self) -> Map<String, Value> {
        redacted(&self.values)
    }

    /// Sets a member; `Value::Null` removes it.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        match value.into() {
            Value::Null => drop(self.values.remove(&key.into())),
            value => drop(self.values.insert(key.into(), value)),
        }
    }

    /// Sets a member and returns the configuration.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    /// Checks that everything the client type needs is present, without any IO.
    ///
    /// # Errors
    /// When a key is missing or holds something it cannot hold.
    pub fn check(&self) -> Result<(), ConfigError> {
        super::config_check::check(self)
    }

    /// Returns the client type.
    ///
    /// # Errors
    /// When `client_type` is absent or unknown.
    pub fn client_type(&self) -> Result<ClientType, ConfigError> {
        self.text("client_type")
            .ok_or(ConfigError::Missing {
                key: "client_type",
                client_type: "any",
            })?
            .parse()
    }

    /// Returns the client identifier.
    ///
    /// # Errors
    /// When `client_id` is absent or empty.
    pub fn client_id(&self) -> Result<&str, ConfigError> {
        self.required("client_id")
    }

    /// Returns the address of the authorization server.
    ///
    /// # Errors
    /// When `auth_server` is absent or empty.
    pub fn auth_server(&self) -> Result<&str, ConfigError> {
        self.required("auth_server")
    }

    /// Returns the issuer that tokens must name: `issuer`, else `auth_server` as given.
    ///
    /// # Errors
    /// When neither is configured.
    pub fn issuer(&self) -> Result<&str, ConfigError> {
        self.text("issuer").map_or_else(|| self.auth_server(), Ok)
    }

    /// Returns the configured scopes, in their order.
    pub fn scopes(&self) -> Vec<String> {
        self.list("scopes")
    }

    /// Returns the audiences: `audiences`, then `audience`, without repetition.
    pub fn audiences(&self) -> Vec<String> {
        let mut all = self.list("audiences");
        for one in self.list("audience") {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all
    }

    /// Returns the resource indicators (RFC 8707).
    pub fn resources(&self) -> Vec<String> {
        self.list("resource")
    }

    /// Returns the redirect URI that is registered for pasted codes: `redirect_uri`, else `local_redirect_uri`.
    pub fn redirect_uri(&self) -> Option<&str> {
        self.text("redirect_uri")
            .or_else(|| self.text("local_redirect_uri"))
    }

    /// Returns the loopback redirect URI: `local_redirect_uri`, else `redirect_uri`.
    pub fn local_redirect_uri(&self) -> Option<&str> {
        self.text("local_redirect_uri")
            .or_else(|| self.text("redirect_uri"))
    }

    /// Returns the user name for the password grant, in either of its two spellings.
    pub fn username(&self) -> Option<&str> {
        self.text("user_name").or_else(|| self.text("username"))
    }

    /// Returns further parameters that go with every login: those of `extra_params`, then `organization` and `project_id`.
    pub fn extra_parameters(&self) -> BTreeMap<String, String> {
        let mut all = self.parameters("extra_params");
        for key in ["organization", "project_id"] {
            if let Some(value) = self.text(key) {
                all.insert(key.to_owned(), value.to_owned());
            }
        }
        all
    }

    /// Returns the texts of a member that is an object.
    pub(crate) fn parameters(&self, key: &str) -> BTreeMap<String, String> {
        let members = self.values.get(key).and_then(Value::as_object);
        let texts = members.into_iter().flatten().filter_map(|(name, value)| {
            let text = value.as_str().filter(|text| !text.is_empty())?;
            Some((name.clone(), text.to_owned()))
        });
        texts.collect()
    }

    /// Returns the total time limit of one HTTP exchange.
    pub fn timeout(&self) -> Option<Duration> {
        let seconds = match self.values.get("timeout")? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.parse().ok()?,
            _ => return None,
        };
        Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|limit| !limit.is_zero())
    }

    /// Returns a member that is a non-empty string.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    pub(crate) fn url(&self, key: &str) -> Result<Option<Url>, ConfigError> {
        self.text(key)
            .map(|text| {
                Url::parse(text).map_err(|error| ConfigError::invalid(key, error.to_string()))
            })
            .transpose()
    }

    pub(crate) fn required(&self, key: &'static str) -> Result<&str, ConfigError> {
        let client_type = self.client_type().map_or("any", ClientType::as_str);
        self.text(key)
            .ok_or(ConfigError::Missing { key, client_type })
    }

    /// Whether the key is there and neither null nor empty.
    pub(crate) fn is_present(&self, key: &str) -> bool {
        match self.values.get(key) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) => true,
        }
    }

    /// A list of strings; a bare string counts as a list of its words.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        match self.values.get(key) {
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientConfig")
            .field(&self.redacted())
            .finish()
    }
}

fn redacted(values: &Map<String, Value>) -> Map<String, Value> {
    values
        .iter()
        .map(|(key, value)| (key.clone(), shown(key, value)))
        .collect()
}

fn shown(key: &str, value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ if is_secret(key) => Value::from(HIDDEN),
        Value::Object(members) => redacted(members).into(),
        Value::Array(items) => items.iter().map(|item| shown(key, item)).collect(),
        Value::String(text) => without_password(key, text).into(),
        other => other.clone(),
    }
}

/// Addresses may carry a name and a password; that of a proxy also without a scheme.
fn without_password(key: &str, text: &str) -> String {
    let is_proxy = key.contains("proxy");
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None if is_proxy => (String::new(), text),
        None => return text.to_owned(),
    };
    let end = rest.find(['/', '?', '#']).filter(|_| !is_proxy);
    let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => format!("{scheme}{HIDDEN}{}", rest.get(at..).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Whether the value of a key is a secret; unknown keys that sound like one are taken for one.
fn is_secret(key: &str) -> bool {
    const HARMLESS_ENDINGS: [&str; 2] = ["_file", "_env"];
    SECRET_KEYS.contains(&key)
        || (["secret", "password", "token", "_cmd"]
            .iter()
            .any(|word| key.contains(word))
            && !HARMLESS_ENDINGS.iter().any(|ending| key.ends_with(ending))
            && !key.ends_with("_endpoint")
            && key != "client_type")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(value: &Value) -> ClientConfig {
        ClientConfig::from_json(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn keeps_keys_it_does_not_know() {
        let config = config(&json!({"client_type": "none", "_comment": "hello", "x": {"y": null}}));
        assert_eq!(config.values()["_comment"], "hello");
        assert_eq!(config.values()["x"], json!({"y": null}));
    }

    #[test]
    fn debug_and_redacted_hide_every_secret() {
        let mut all = Map::new();
        for key in SECRET_KEYS.iter().chain(&["my_secret", "refresh_token"]) {
            all.insert((*key).to_owned(), Value::from("canary"));
        }
        all.insert("client_secret_file".to_owned(), Value::from("/path"));
        let config = ClientConfig::new(all);
        assert!(!format!("{config:?}").contains("canary"));
        assert_eq!(config.redacted()["client_secret_file"], "/path");
    }

    #[test]
    fn debug_and_redacted_hide_passwords_of_addresses_and_secrets_further_in() {
        let config = config(&json!({
            "proxy": "http://ann:canary@proxy.example:8080/p",
            "https_proxy": "ann:can/nary@proxy.example",
            "other": ["socks5://canary:ca@nary@[::1]", "https://api.example/@me"],
            "nested": {"deeper": [{"client_secret": "canary"}], "proxy": "http://a:canary@b"},
        }));
        assert!(!format!("{config:?}").contains("nary"), "{config:?}");
        assert_eq!(config.redacted()["proxy"], "http://…@proxy.example:8080/p");
        assert_eq!(config.redacted()["other"][1], "https://api.example/@me");
    }

    #[test]
    fn token_endpoint_is_not_a_secret() {
        let config = config(&json!({"token_endpoint": "https://as.example/token"}));
        assert_eq!(
            config.redacted()["token_endpoint"],
            "https://as.example/token"
        );
    }

    #[test]
    fn either_redirect_uri_stands_in_for_the_other() {
        let config = config(&json!({"redirect_uri": "https://app.example/cb"}));
        assert_eq!(config.local_redirect_uri(), config.redirect_uri());
    }

    #[test]
    fn audiences_and_audience_are_joined_without_repetition() {
        let config = config(&json!({"audiences": ["a", "b"], "audience": "b c"}));
        assert_eq!(config.audiences(), ["a", "b", "c"]);
    }

    #[test]
    fn both_spellings_of_the_user_name_are_read() {
        assert_eq!(
            config(&json!({"username": "alice"})).username(),
            Some("alice")
        );
        assert_eq!(
            config(&json!({"user_name": "alice"})).username(),
            Some("alice")
        );
    }

    #[test]
    fn refuses_text_that_is_no_object() {
        assert_eq!(
            ClientConfig::from_json(b"[1]").unwrap_err().code(),
            "config_not_an_object"
        );
        assert_eq!(
            ClientConfig::from_json(b"{\"a\":1,").unwrap_err().code(),
            "config_not_an_object"
        );
    }

    #[test]
    fn timeout_is_seconds_and_never_zero() {
        assert_eq!(
            config(&json!({"timeout": 2.5})).timeout(),
            Some(Duration::from_millis(2500))
        );
        assert_eq!(
            config(&json!({"timeout": "7"})).timeout(),
            Some(Duration::from_secs(7))
        );
        assert_eq!(config(&json!({"timeout": 0})).timeout(), None);
        assert_eq!(config(&json!({"timeout": -1})).timeout(), None);
    }
}
