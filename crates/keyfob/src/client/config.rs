//! The client configuration: `auth_client.json` as a typed view that keeps every key it does not know.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use keyfob_jose::Algorithm;
use serde_json::{Map, Value};
use url::Url;

use crate::client::{ClientType, ConfigError, GrantKind, redact};

/// Says which authorization server, which client, and which grant.
///
/// The format is planet-auth's, with keys that keyfob adds; [`ConfigKey`](crate::client::ConfigKey) lists all of them, and
/// what none of them knows is kept.
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
#[derive(Clone)]
pub struct ClientConfig {
    pub(super) values: Map<String, Value>,
    /// Which of the values were chosen at a login, and go with its credential rather than with the profile.
    pub(super) requested: Map<String, Value>,
    /// The file that it was read from, for errors.
    file: Option<Arc<Path>>,
}

/// Two configurations are the same if they say the same, wherever they came from and however completely it is written out.
impl PartialEq for ClientConfig {
    fn eq(&self, other: &Self) -> bool {
        self.completed().values == other.completed().values && self.requested == other.requested
    }
}

/// The client identifier of those that only check tokens, as planet-auth has it.
const VALIDATOR_ID: &str = "__OidcClientValidatorAuthClientConfig__";

impl ClientConfig {
    /// Takes a configuration from the members of its JSON object.
    ///
    /// Nothing but the shape is checked; [`ClientConfig::check`] tells what is missing.
    pub fn new(values: Map<String, Value>) -> Self {
        Self {
            values,
            requested: Map::new(),
            file: None,
        }
    }

    /// Notes the file that it was read from, which errors then name.
    pub fn from_file(self, path: impl Into<PathBuf>) -> Self {
        Self {
            file: Some(Arc::from(path.into())),
            ..self
        }
    }

    /// Returns the file that it was read from.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
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
        redact::redacted(&self.values)
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
        super::config_check::check(self).map_err(|error| error.in_file(self.file()))
    }

    /// Returns the client type.
    ///
    /// # Errors
    /// When `client_type` is absent, no text, or unknown.
    pub fn client_type(&self) -> Result<ClientType, ConfigError> {
        if self
            .values
            .get("client_type")
            .is_some_and(|kind| !kind.is_string() && !kind.is_null())
        {
            return Err(ConfigError::invalid("client_type", "it must be a text"));
        }
        self.text("client_type")
            .ok_or(ConfigError::Missing {
                key: "client_type",
                client_type: "any",
            })?
            .parse()
    }

    /// Returns the client identifier; one that only checks tokens needs none of its own.
    ///
    /// # Errors
    /// When `client_id` is absent or empty.
    pub fn client_id(&self) -> Result<&str, ConfigError> {
        match self.text("client_id") {
            None if self.client_type() == Ok(ClientType::ClientValidator) => Ok(VALIDATOR_ID),
            _ => self.required("client_id"),
        }
    }

    /// Returns the configuration as it is written: what planet-auth derives when it reads a file stands there.
    ///
    /// Of `redirect_uri` and `local_redirect_uri` each stands in for the other; a validator gets its client identifier.
    pub fn completed(&self) -> Self {
        let mut all = self.clone();
        let kind = self.client_type().ok();
        if kind.and_then(ClientType::grant) == Some(GrantKind::AuthorizationCode) {
            for (key, given) in [
                ("redirect_uri", self.redirect_uri()),
                ("local_redirect_uri", self.local_redirect_uri()),
            ] {
                if let Some(given) = given {
                    all.set(key, given);
                }
            }
        }
        if kind == Some(ClientType::ClientValidator) && self.text("client_id").is_none() {
            all.set("client_id", VALIDATOR_ID);
        }
        all
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
            let text = match value {
                Value::String(text) if !text.is_empty() => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return None,
            };
            Some((name.clone(), text))
        });
        texts.collect()
    }

    /// Returns the total time limit of one HTTP exchange.
    pub fn timeout(&self) -> Option<Duration> {
        self.seconds("timeout").filter(|limit| !limit.is_zero())
    }

    /// Returns the time limit for making a connection.
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.seconds("connect_timeout")
            .filter(|limit| !limit.is_zero())
    }

    /// Returns how far clocks may be off when the dates of a token are checked.
    pub fn leeway(&self) -> Option<Duration> {
        self.seconds("leeway")
    }

    /// Returns the signature algorithms that tokens may have; empty means that the configuration does not restrict them.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        self.algorithms_of("algorithms")
    }

    /// Returns those that ID tokens may have: `id_token_algorithms`, else `algorithms`.
    pub fn id_token_algorithms(&self) -> Vec<Algorithm> {
        match self.algorithms_of("id_token_algorithms") {
            own if own.is_empty() => self.algorithms(),
            own => own,
        }
    }

    fn algorithms_of(&self, key: &str) -> Vec<Algorithm> {
        let names = self.list(key);
        names.iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// Seconds as a number, or as a number in a text.
    pub(crate) fn seconds(&self, key: &str) -> Option<Duration> {
        let seconds = match self.values.get(key)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        Duration::try_from_secs_f64(seconds).ok()
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

    // covers: planet-34
    #[test]
    fn a_validator_has_a_client_id_of_its_own_unless_one_is_given() {
        let validator = config(&json!({"client_type": "oidc_client_validator"}));
        assert_eq!(validator.client_id().unwrap(), VALIDATOR_ID);
        assert_eq!(validator.completed().values()["client_id"], VALIDATOR_ID);
        let named = validator.with("client_id", "mine");
        assert_eq!(named.client_id().unwrap(), "mine");
        assert_eq!(named.completed().values(), named.values());
    }

    // covers: planet-32
    #[test]
    fn either_redirect_uri_is_written_as_the_other_too() {
        for (given, other) in [
            ("redirect_uri", "local_redirect_uri"),
            ("local_redirect_uri", "redirect_uri"),
        ] {
            let mut config = config(&json!({"client_type": "oidc_auth_code", "x": 1}));
            config.set(given, "http://localhost:8080/cb");
            let written = config.completed();
            assert_eq!(written.values()[other], "http://localhost:8080/cb");
            assert_eq!(written.values()["x"], 1);
            let both = written.with(other, "http://localhost:1/");
            assert_eq!(both.completed().values(), both.values());
            assert_eq!(config, config.completed());
            let device = config.with("client_type", "oidc_device_code");
            assert_eq!(device.completed().values(), device.values());
        }
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
