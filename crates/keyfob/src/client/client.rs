//! The client: a configuration at work over a transport.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, Response};
use keyfob_protocol::{Client as ProtocolClient, Endpoint, Issuer, ProtocolError, ServerMetadata};
use keyfob_transport::{Clock, KeySetDocument, MetadataDocument, Transport};
use tokio::sync::OnceCell;

use crate::Error;
use crate::client::credentials::Authentications;
use crate::client::{ClientConfig, ClientType, ConfigError, Environment, identity, metadata};
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
    issuer: Issuer,
    identity: String,
    transport: Transport,
    clock: Clock,
    environment: Environment,
    metadata: MetadataDocument,
    keys: KeySetDocument,
    authentications: OnceCell<Authentications>,
    /// How far the provider's clock is ahead, in seconds, by its last answer.
    offset: AtomicI64,
}

/// An answer of the provider with the times that it was under way.
#[derive(Debug)]
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
    /// [`ConfigError`] when something is missing or unusable, `client_type_unsupported` for types that are no OAuth clients.
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
        let kind = config.client_type()?;
        if !kind.is_openid() {
            return Err(ConfigError::UnsupportedType {
                client_type: kind.as_str(),
                what: "be used yet",
            }
            .into());
        }
        config.check()?;
        let issuer = Issuer::parse(config.issuer()?)?;
        let transport = transport.with_clock(clock.clone());
        let metadata = MetadataDocument::new(issuer.clone(), transport.clone(), clock.clone());
        let keys = match config.url("jwks_endpoint")? {
            Some(url) => KeySetDocument::new(url, transport.clone(), clock.clone()),
            None => KeySetDocument::new(metadata.clone(), transport.clone(), clock.clone()),
        };
        let identity = identity::identity(&config, kind)?;
        let (authentications, offset) = (OnceCell::new(), AtomicI64::new(0));
        let inner = Inner {
            config,
            kind,
            issuer,
            identity,
            transport,
            clock,
            environment,
            metadata,
            keys,
            authentications,
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
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
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

    pub(crate) fn environment(&self) -> &Environment {
        &self.0.environment
    }

    /// Returns the provider's keys.
    pub fn keys(&self) -> &KeySetDocument {
        &self.0.keys
    }

    /// Returns the provider's metadata with the configured endpoints in place of its own.
    ///
    /// # Errors
    /// When the metadata cannot be had.
    pub async fn metadata(&self) -> Result<Arc<ServerMetadata>, Error> {
        let published = self.0.metadata.load().await?;
        Ok(metadata::with_overrides(published, &self.0.config)?)
    }

    /// Returns metadata that tell where an endpoint is; one that is configured needs no discovery.
    ///
    /// # Errors
    /// When the metadata cannot be had.
    pub async fn metadata_for(&self, endpoint: Endpoint) -> Result<Arc<ServerMetadata>, Error> {
        match metadata::configured(&self.0.issuer, &self.0.config, endpoint)? {
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
                // Reading files and waiting for commands would hold up everybody else on this thread.
                let resolve =
                    move || Authentications::resolve(&inner.config, inner.kind, &inner.environment);
                match tokio::runtime::Handle::try_current() {
                    Ok(runtime) => runtime
                        .spawn_blocking(resolve)
                        .await
                        .unwrap_or(Err(Error::Cancelled)),
                    Err(_) => resolve(),
                }
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
        let sent_at = self.0.clock.now();
        let response = self
            .0
            .transport
            .exchange_each(|| make(&metadata, &client, self.provider_time()).map_err(Error::from))
            .await?;
        let received_at = self.0.clock.now();
        let date = date(&response);
        self.0
            .offset
            .store(clock_offset(date, sent_at, received_at), Ordering::Relaxed);
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

fn date(response: &Response<Bytes>) -> Option<SystemTime> {
    let value = response.headers().get(http::header::DATE)?.to_str().ok()?;
    httpdate::parse_http_date(value).ok()
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("issuer", &self.0.issuer)
            .field("type", &self.0.kind)
            .finish_non_exhaustive()
    }
}
