//! The client: a configuration at work over a transport.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, Response};
use keyfob_jose::Secret;
use keyfob_protocol::client::ClientAuthentication;
use keyfob_protocol::{
    Client as ProtocolClient, Endpoint, Issuer, ProtocolError, ServerMetadata, TokenResponse,
};
use keyfob_transport::{Clock, KeySetDocument, Transport};
use tokio::sync::OnceCell;

use crate::Error;
use crate::client::credentials::Authentications;
use crate::client::custom::Registered;
use crate::client::identity::identity_with;
use crate::client::server::Server;
use crate::client::{
    ClientConfig, ClientType, ClientTypes, ConfigError, Environment, Granted, metadata, secrets,
};
use crate::session::life::{clock_offset, shifted};

/// Speaks with one authorization server as one client; cheap to clone, clones share what was fetched.
///
/// Metadata, keys and secrets are fetched, read and resolved when they are first needed.
///
/// ```no_run
/// use keyfob::{Client, ClientConfig};
/// use keyfob::transport::{Clock, ReqwestTransport, Transport};
///
/// # async fn example() -> Result<(), keyfob::Error> {
/// let config = ClientConfig::from_json(
///     br#"{"client_type": "oidc_device_code", "auth_server": "https://login.example.com", "client_id": "demo"}"#,
/// )?;
/// let transport = Transport::new(ReqwestTransport::builder().build());
/// let client = Client::from_config(config, transport, Clock::system())?;
/// println!("{:?}", client.metadata().await?.token_endpoint);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    config: ClientConfig,
    kind: ClientType,
    custom: Option<Registered>,
    server: Option<Server>,
    identity: String,
    transport: Transport,
    clock: Clock,
    environment: Environment,
    authentications: OnceCell<Authentications>,
    key: OnceCell<Option<Secret>>,
    /// How far the provider's clock is ahead, in seconds, by its last answer.
    offset: AtomicI64,
}

/// An answer of the provider with the times that it was under way.
#[non_exhaustive]
pub struct Answered {
    /// The answer, whatever its status.
    pub response: Response<Bytes>,
    /// When the request was sent, on this machine's clock.
    pub sent_at: SystemTime,
    /// When the answer was there, on this machine's clock.
    pub received_at: SystemTime,
    /// What the provider's clock showed.
    pub date: Option<SystemTime>,
}

impl Client {
    /// Checks a configuration and puts it to work. Nothing is fetched yet, and no secret is opened.
    ///
    /// # Errors
    /// [`ConfigError`] when something is missing or unusable.
    pub fn from_config(
        config: ClientConfig,
        transport: Transport,
        clock: Clock,
    ) -> Result<Self, Error> {
        Self::in_environment(config, transport, clock, Environment::none())
    }

    /// Does the same where references to environment variables and commands work.
    ///
    /// # Errors
    /// As [`Client::from_config`].
    pub fn in_environment(
        config: ClientConfig,
        transport: Transport,
        clock: Clock,
        environment: Environment,
    ) -> Result<Self, Error> {
        Self::with_types(
            config,
            transport,
            clock,
            environment,
            &ClientTypes::builtin(),
        )
    }

    /// Does the same where the configuration may name a client type of the application's own.
    ///
    /// # Errors
    /// As [`Client::from_config`].
    pub fn with_types(
        config: ClientConfig,
        transport: Transport,
        clock: Clock,
        environment: Environment,
        types: &ClientTypes,
    ) -> Result<Self, Error> {
        let kind = types.of(&config)?;
        types.check(&config)?;
        let custom = types.custom(kind.as_str()).cloned();
        let transport = config.retrying(transport)?.with_clock(clock.clone());
        let server = Server::of(&config, kind, &transport, &clock)?;
        let own = custom
            .as_ref()
            .map_or(&[][..], |custom| custom.0.identity_keys());
        let identity = identity_with(&config, kind, own)?;
        let (authentications, offset) = (OnceCell::new(), AtomicI64::new(0));
        let inner = Inner {
            config,
            kind,
            custom,
            server,
            identity,
            transport,
            clock,
            environment,
            authentications,
            key: OnceCell::new(),
            offset,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Returns the configuration.
    pub fn config(&self) -> &ClientConfig {
        &self.0.config
    }

    /// Returns the client type.
    pub fn client_type(&self) -> ClientType {
        self.0.kind
    }

    /// Returns the issuer, as configured.
    ///
    /// # Errors
    /// `client_type_unsupported` for a type without an authorization server.
    pub fn issuer(&self) -> Result<&Issuer, ConfigError> {
        Ok(&self.server()?.issuer)
    }

    /// Returns the issuer that the server's tokens name: as the metadata has it, once that is there, else as configured. The
    /// two can differ by a final slash only.
    ///
    /// # Errors
    /// As [`Client::issuer`].
    pub fn named_issuer(&self) -> Result<Issuer, ConfigError> {
        let server = self.server()?;
        let published = server.metadata.current();
        Ok(published.map_or_else(
            || server.issuer.clone(),
            |published| published.issuer.clone(),
        ))
    }

    /// Returns the canonical name of the login that this client makes: it changes when another token would come out.
    pub fn identity(&self) -> &str {
        &self.0.identity
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns the transport.
    pub fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// Returns the provider's keys.
    ///
    /// # Errors
    /// As [`Client::issuer`].
    pub fn keys(&self) -> Result<&KeySetDocument, ConfigError> {
        Ok(&self.server()?.keys)
    }

    fn server(&self) -> Result<&Server, ConfigError> {
        self.0
            .server
            .as_ref()
            .ok_or_else(|| Server::missing(self.0.kind))
    }

    /// What the application has registered for this client's type.
    pub(crate) fn custom(&self) -> Option<&Registered> {
        self.0.custom.as_ref()
    }

    /// Returns the provider's metadata with the configured endpoints in place of its own.
    ///
    /// # Errors
    /// When the metadata cannot be had, or the type has no authorization server.
    pub async fn metadata(&self) -> Result<Arc<ServerMetadata>, Error> {
        let published = self.server()?.metadata.load().await?;
        metadata::with_overrides(published, &self.0.config)
    }

    /// Returns metadata that tell where an endpoint is; one that is configured needs no discovery.
    ///
    /// # Errors
    /// When the metadata cannot be had, or the type has no authorization server.
    pub async fn metadata_for(&self, endpoint: Endpoint) -> Result<Arc<ServerMetadata>, Error> {
        match metadata::configured(self.issuer()?, &self.0.config, endpoint)? {
            Some(metadata) => Ok(Arc::new(metadata)),
            None => self.metadata().await,
        }
    }

    /// Returns the client as it shows itself at an endpoint, its secrets resolved.
    ///
    /// # Errors
    /// When a secret or key cannot be read.
    pub async fn authenticated(
        &self,
        endpoint: Endpoint,
        metadata: &ServerMetadata,
    ) -> Result<ProtocolClient, Error> {
        let all = self
            .0
            .authentications
            .get_or_try_init(|| async {
                let inner = Arc::clone(&self.0);
                let resolve =
                    move || Authentications::resolve(&inner.config, inner.kind, &inner.environment);
                aside(resolve).await?
            })
            .await?;
        Ok(all.at(
            endpoint,
            metadata.token_endpoint_auth_methods_supported.as_deref(),
        ))
    }

    /// Sends a request to an endpoint, with the client's proof of identity made anew for each attempt.
    ///
    /// # Errors
    /// When the metadata or a secret cannot be had, the request cannot be made, or no answer came.
    pub async fn send<F>(&self, endpoint: Endpoint, make: F) -> Result<Answered, Error>
    where
        F: Fn(
            &ServerMetadata,
            &ProtocolClient,
            SystemTime,
        ) -> Result<Request<Bytes>, ProtocolError>,
    {
        let metadata = self.metadata_for(endpoint).await?;
        let client = self.authenticated(endpoint, &metadata).await?;
        let make = |now| make(&metadata, &client, now);
        let dated_by = self.0.offset.load(Ordering::Relaxed);
        let answered = self.send_dated(&make).await?;
        let off = self.0.offset.load(Ordering::Relaxed).abs_diff(dated_by);
        // The provider knew us not by an assertion that a wrong clock had dated, and has told the time.
        if off > TOLERATED_SECONDS
            && is_dated(&client.authentication)
            && is_unknown_client(&answered.response)
        {
            return self.send_dated(&make).await;
        }
        Ok(answered)
    }

    /// Finds a secret of the configuration: `key`, else `key_file`, `key_env`, `key_cmd`.
    pub(crate) async fn secret(&self, key: &'static str) -> Result<Option<Secret>, Error> {
        let inner = Arc::clone(&self.0);
        let find = move || secrets::find(&inner.config, key, &inner.environment);
        Ok(aside(find).await??)
    }

    /// The API key that the configuration refers to; a command is run once, a file is read each time.
    pub(super) async fn key_elsewhere(&self) -> Result<Option<Secret>, Error> {
        if self.config().text("api_key_file").is_some() {
            return self.secret("api_key").await;
        }
        let found = self.0.key.get_or_try_init(|| self.secret("api_key"));
        Ok(found.await?.clone())
    }

    /// Sends what `make` builds for each try, dated by the provider's clock.
    pub(crate) async fn send_dated<E>(
        &self,
        make: &impl Fn(SystemTime) -> Result<Request<Bytes>, E>,
    ) -> Result<Answered, Error>
    where
        Error: From<E>,
    {
        let sent_at = self.0.clock.now();
        let response = self
            .0
            .transport
            .exchange_each(|| make(self.provider_time()).map_err(Error::from))
            .await?;
        let received_at = self.0.clock.now();
        let date = date(&response);
        let offset = clock_offset(date, sent_at, received_at);
        // An answer must not make us sign assertions that are good in years.
        let believed = offset.unsigned_abs() <= Granted::BELIEVABLE.as_secs();
        self.0
            .offset
            .store(if believed { offset } else { 0 }, Ordering::Relaxed);
        Ok(Answered {
            response,
            sent_at,
            received_at,
            date,
        })
    }

    /// What the provider's clock shows now, by its last answer; client assertions are dated by it.
    pub fn provider_time(&self) -> SystemTime {
        shifted(self.0.clock.now(), self.0.offset.load(Ordering::Relaxed))
    }
}

/// Reading files and waiting for commands would hold up everybody else on this thread.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime
            .spawn_blocking(work)
            .await
            .map_err(|_| Error::Cancelled),
        Err(_) => Ok(work()),
    }
}

/// How far a clock may be off that dates an assertion; providers are not stricter than that.
const TOLERATED_SECONDS: u64 = 20;

fn is_dated(authentication: &ClientAuthentication) -> bool {
    matches!(
        authentication,
        ClientAuthentication::SecretJwt { .. } | ClientAuthentication::PrivateKeyJwt { .. }
    )
}

/// `invalid_client`: refused before anything else was looked at (RFC 6749 §5.2).
fn is_unknown_client(response: &Response<Bytes>) -> bool {
    let error = TokenResponse::read(response).err();
    error.is_some_and(|error| error.oauth_error() == Some("invalid_client"))
}

fn date(response: &Response<Bytes>) -> Option<SystemTime> {
    let value = response.headers().get(http::header::DATE)?.to_str().ok()?;
    httpdate::parse_http_date(value).ok()
}

/// The body of an answer may hold tokens.
impl fmt::Debug for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answered")
            .field("status", &self.response.status())
            .field("sent_at", &self.sent_at)
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field(
                "issuer",
                &self.0.server.as_ref().map(|server| &server.issuer),
            )
            .field("type", &self.0.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keyfob_transport::testing::{ScriptedTransport, json};
    use serde_json::json as value;

    use super::*;

    fn client(script: &ScriptedTransport) -> Client {
        let config = value!({
            "client_type": "oidc_client_credentials_secret",
            "auth_server": "https://as.example",
            "token_endpoint": "https://as.example/token",
            "revocation_endpoint": "https://as.example/revoke",
            "client_id": "demo",
            "client_secret": "canary-client-secret",
        });
        let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
        Client::from_config(config, script.transport(), Clock::system()).unwrap()
    }

    fn dated(date: SystemTime, body: &str) -> Response<Bytes> {
        let mut answer = json(200, body.to_owned());
        let date = httpdate::fmt_http_date(date).parse().unwrap();
        answer.headers_mut().insert(http::header::DATE, date);
        answer
    }

    #[tokio::test]
    async fn assertions_are_not_dated_by_an_unbelievable_clock() {
        let hour = Duration::from_hours(1);
        for (ahead, believed) in [(hour, true), (hour * 24 * 365, false)] {
            let script = ScriptedTransport::new();
            let client = client(&script);
            script.push(dated(SystemTime::now() + ahead, "{}"));
            let token = Secret::new("t");
            let hint = keyfob_protocol::TokenHint::AccessToken;
            assert!(client.revoke(&token, hint).await.unwrap());
            let shown = client
                .provider_time()
                .duration_since(SystemTime::now())
                .unwrap_or_default();
            assert_eq!(shown > hour / 2, believed, "{ahead:?}");
            assert!(shown < hour * 2);
        }
    }

    #[tokio::test]
    async fn debug_of_an_answer_hides_its_body() {
        let script = ScriptedTransport::new();
        script.push(json(200, r#"{"access_token":"canary"}"#));
        let token = Secret::new("t");
        let request = keyfob_protocol::RevocationRequest::new(token);
        let make = |metadata: &_, client: &_, now| request.request(metadata, client, now);
        let answered = client(&script).send(Endpoint::Revocation, make).await;
        let answered = answered.unwrap();
        let shown = format!("{answered:?}");
        assert!(shown.contains("200"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
