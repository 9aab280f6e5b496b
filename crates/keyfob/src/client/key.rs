//! Clients that send a key instead of a token: `static_apikey` and `planet_legacy`.

use keyfob_jose::Secret;
use keyfob_protocol::{LegacyLoginRequest, TokenResponse};
use keyfob_store::CredentialKind;
use serde_json::{Map, Value, json};

use crate::Error;
use crate::client::{Answered, Client, ClientConfig, ClientType, ConfigError, Granted};

/// Where the configuration may hold the key, or say where it is.
const KEYS: [&str; 4] = ["api_key", "api_key_file", "api_key_env", "api_key_cmd"];

impl ClientConfig {
    /// Returns the word that goes before an API key in the `Authorization` header: `bearer_token_prefix`, else `Bearer`.
    /// Empty means that the key is sent alone.
    pub fn key_scheme(&self) -> &str {
        self.values()
            .get("bearer_token_prefix")
            .and_then(Value::as_str)
            .unwrap_or("Bearer")
    }

    /// Tells whether the key is in the configuration, or referred to there.
    pub fn has_key(&self) -> bool {
        KEYS.iter().any(|key| self.is_present(key))
    }
}

impl Client {
    /// Tells whether the credential is a key that neither expires nor is refreshed.
    pub(crate) fn keeps_key(&self) -> bool {
        let kind = self.client_type().credential();
        matches!(
            kind,
            Some(CredentialKind::ApiKey | CredentialKind::LegacyKey)
        )
    }

    /// Tells whether a configured key may be another one the next time it is looked for.
    pub(crate) fn key_may_change(&self) -> bool {
        let config = self.config();
        !config.is_present("api_key") && config.is_present("api_key_file")
    }

    /// The key of the configuration as its token file would hold it. It wins over what is stored.
    pub(crate) async fn configured_key(&self) -> Result<Option<Map<String, Value>>, Error> {
        let config = self.config();
        let key = match config.text("api_key") {
            Some(key) => Some(Secret::new(key)),
            None if config.has_key() => self.key_elsewhere().await?,
            None => None,
        };
        Ok(key.map(|key| self.key_members(&key)))
    }

    fn key_members(&self, key: &Secret) -> Map<String, Value> {
        let members = match self.client_type() {
            ClientType::PlanetLegacy => json!({"key": key.expose()}),
            _ => {
                json!({"api_key": key.expose(), "bearer_token_prefix": self.config().key_scheme()})
            }
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// Takes an API key that a person has entered, to be stored with [`Session::adopt`](crate::Session::adopt).
    ///
    /// # Errors
    /// `client_type_unsupported` for a type that keeps no key, `malformed` for a key that no header can carry.
    pub fn take_key(&self, key: &Secret) -> Result<Granted, Error> {
        if !self.keeps_key() {
            return Err(self.unsupported("keep an API key").into());
        }
        let mut response = response_of(key)?;
        response.raw = self.key_members(key);
        Ok(Granted::new(response, self.clock().now()))
    }

    /// Exchanges user name and password for the account's API key, as only clients of type `planet_legacy` do.
    ///
    /// Storing it is the caller's: [`Session::adopt`](crate::Session::adopt).
    ///
    /// # Errors
    /// When the server refused or no usable answer came, `client_type_unsupported` for other types.
    pub async fn log_in_legacy(&self, email: &str, password: Secret) -> Result<Granted, Error> {
        if self.client_type() != ClientType::PlanetLegacy {
            return Err(self.unsupported("log in the legacy way").into());
        }
        let endpoint = self.config().required("legacy_auth_endpoint")?;
        let login = LegacyLoginRequest::new(email, password);
        let answered = self.send_dated(&|_| login.request(endpoint)).await?;
        self.legacy_granted(&login, &answered)
    }

    fn legacy_granted(
        &self,
        login: &LegacyLoginRequest,
        answered: &Answered,
    ) -> Result<Granted, Error> {
        let found = login.read(&answered.response)?;
        let mut response = response_of(&found.key)?;
        response.raw = self.key_members(&found.key);
        response
            .raw
            .insert("jwt".to_owned(), found.jwt.expose().into());
        Ok(Granted::of(response, answered))
    }

    pub(crate) fn unsupported(&self, what: &'static str) -> ConfigError {
        ConfigError::UnsupportedType {
            client_type: self.client_type().as_str(),
            what,
        }
    }
}

/// A key in the shape of a token response, which checks that a header can carry it.
fn response_of(key: &Secret) -> Result<TokenResponse, Error> {
    let mut members = Map::new();
    members.insert("access_token".to_owned(), key.expose().into());
    Ok(TokenResponse::from_object(members)?)
}
