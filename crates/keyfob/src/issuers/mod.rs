//! Several issuers as client configurations name them: planet-auth's `OidcMultiIssuerValidator.from_auth_server_configs`.

mod ask;
mod error;
mod fill;

use keyfob_jose::Algorithm;
use keyfob_transport::{Clock, Transport};
use keyfob_verify::issuers::{IssuerEntry, Issuers};
use keyfob_verify::{Profile, Verifier};
use serde_json::{Map, Value};

use crate::client::{Client, ClientConfig, Environment};

pub use error::IssuersConfigError;

/// Trusts the issuers of client configurations; each is asked about revoked tokens as the client that its configuration
/// describes.
///
/// Of a configuration count: `issuer`, `audiences`, `algorithms` (default RS256, as in planet-auth), `leeway`,
/// `jwks_endpoint`, `introspection_endpoint`, and how the client authenticates. A missing `client_type` is
/// `oidc_client_validator`, a missing `issuer` is the `auth_server`, letter by letter; empty configurations are skipped.
///
/// ```
/// use keyfob::issuers::ConfiguredIssuers;
/// use serde_json::{Map, Value, json};
///
/// let configs = json!([
///     {"auth_server": "https://login.example.com", "audiences": ["https://api.example.com"]},
///     {
///         "client_type": "oidc_client_credentials_secret", "auth_server": "https://id.partner.example",
///         "client_id": "my-api", "client_secret_env": "PARTNER_SECRET",
///         "audiences": ["https://api.example.com"], "algorithms": ["ES256"],
///     },
/// ]);
/// let configs: Vec<Map<String, Value>> = serde_json::from_value(configs)?;
/// let issuers = ConfiguredIssuers::new().build(&configs)?;
/// assert_eq!(issuers.issuers().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ConfiguredIssuers {
    profile: Profile,
    transport: Option<Transport>,
    clock: Clock,
    environment: Environment,
    tells: bool,
}

impl Default for ConfiguredIssuers {
    fn default() -> Self {
        Self::new()
    }
}

impl ConfiguredIssuers {
    /// Starts with what planet-auth does: access tokens of [`Profile::Plain`], each outcome told as an event.
    pub fn new() -> Self {
        Self {
            profile: Profile::Plain,
            transport: None,
            clock: Clock::system(),
            environment: Environment::none(),
            tells: true,
        }
    }

    /// Sets which kind of access token the issuers make.
    pub fn profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// Sets the way out for all; default is what each configuration asks for (`proxy`, `ca_file`, `timeout`).
    pub fn transport(self, transport: Transport) -> Self {
        Self {
            transport: Some(transport),
            ..self
        }
    }

    /// Sets the clock; default the system's.
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Sets where references to environment variables and commands work; default nowhere.
    pub fn environment(self, environment: Environment) -> Self {
        Self {
            environment,
            ..self
        }
    }

    /// Sets whether each token is told as an event (planet-auth's `log_result`); default true.
    pub fn events(self, tells: bool) -> Self {
        Self { tells, ..self }
    }

    /// Builds from configurations, which stay as they are; touches no network and opens no secret.
    ///
    /// # Errors
    /// [`IssuersConfigError`], which says which configuration it is and what to do.
    pub fn build<'c>(
        &self,
        configs: impl IntoIterator<Item = &'c Map<String, Value>>,
    ) -> Result<Issuers, IssuersConfigError> {
        let mut clients = Vec::new();
        for (index, given) in configs.into_iter().enumerate() {
            if !given.is_empty() {
                clients.push((index, self.client(index, given)?));
            }
        }
        self.join(clients)
    }

    /// Builds from clients that exist already, in their order.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_from_clients(
        &self,
        clients: impl IntoIterator<Item = Client>,
    ) -> Result<Issuers, IssuersConfigError> {
        self.join(clients.into_iter().enumerate())
    }

    fn client(
        &self,
        index: usize,
        given: &Map<String, Value>,
    ) -> Result<Client, IssuersConfigError> {
        let failed = |error| IssuersConfigError::client(index, error);
        let config = fill::with_defaults(given);
        check(index, &config)?;
        let transport = match &self.transport {
            Some(transport) => transport.clone(),
            None => config.transport().map_err(failed)?,
        };
        let environment = self.environment.clone();
        Client::in_environment(config, transport, self.clock.clone(), environment).map_err(failed)
    }

    fn join(
        &self,
        clients: impl IntoIterator<Item = (usize, Client)>,
    ) -> Result<Issuers, IssuersConfigError> {
        let mut issuers = Issuers::builder().events(self.tells);
        for (index, client) in clients {
            check(index, client.config())?;
            issuers = issuers.issuer(self.entry(index, client)?);
        }
        Ok(issuers.build()?)
    }

    fn entry(&self, index: usize, client: Client) -> Result<IssuerEntry, IssuersConfigError> {
        let failed = |error| IssuersConfigError::client(index, error);
        let config = client.config();
        let issuer = config.issuer().map_err(|error| failed(error.into()))?;
        let keys = client.keys().map_err(|error| failed(error.into()))?;
        let mut rules = Verifier::builder(issuer)
            .algorithms(match config.algorithms() {
                none if none.is_empty() => vec![Algorithm::RS256],
                named => named,
            })
            .profile(self.profile)
            .key_set(keys.clone())
            .clock(client.clock().clone());
        for audience in config.audiences() {
            rules = rules.audience(audience);
        }
        if let Some(leeway) = config.leeway() {
            rules = rules.leeway(leeway);
        }
        Ok(IssuerEntry::from(rules).revocation(client))
    }
}

/// What planet-auth refuses as well, before anything else is looked at.
fn check(index: usize, config: &ClientConfig) -> Result<(), IssuersConfigError> {
    let kind = config
        .client_type()
        .map_err(|error| IssuersConfigError::client(index, error.into()))?;
    if !kind.is_openid() {
        let client_type = kind.as_str();
        return Err(IssuersConfigError::NotOpenId { index, client_type });
    }
    if config.audiences().iter().all(String::is_empty) {
        return Err(IssuersConfigError::NoAudience { index });
    }
    Ok(())
}

/// The examples of the page are compiled, too.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/several-issuers.md")]
struct Page;
