//! Client types of an application's own: what one says and does.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::Request;
use keyfob_jose::Secret;
use keyfob_protocol::{TokenRequest, TokenResponse};

use crate::Error;
use crate::client::{Answered, Client, ClientConfig, ConfigError, ConfigHint, Granted};

/// A client type that keyfob does not know: how it gets and renews its tokens.
///
/// Everything else comes with the session: single flight over tasks and processes, the store, rotation, pauses after
/// failures, and what follows a 401. Register it with [`ClientTypes`](crate::client::ClientTypes).
///
/// A build machine that trades its ticket for tokens, by a grant of its provider's own (RFC 6749 §4.5):
///
/// ```
/// use keyfob::client::{ClientTypes, CustomClientType, CustomContext, Granted};
/// use keyfob::protocol::TokenRequest;
/// use keyfob::{ClientConfig, ConfigError, Error, Profiles};
///
/// struct Ticket;
///
/// impl CustomClientType for Ticket {
///     fn name(&self) -> &'static str {
///         "acme_ticket"
///     }
///
///     fn check(&self, config: &ClientConfig) -> Result<(), ConfigError> {
///         config.auth_server()?;
///         config.client_id().map(drop)
///     }
///
///     fn is_unattended(&self, _: &ClientConfig) -> bool {
///         true
///     }
///
///     async fn log_in(&self, context: &CustomContext) -> Result<Granted, Error> {
///         // `ticket`, or what `ticket_file`, `ticket_env` or `ticket_cmd` refer to.
///         let ticket = context.secret("ticket").await?.ok_or(ConfigError::Missing {
///             key: "ticket",
///             client_type: "acme_ticket",
///         })?;
///         let parameters = [("ticket", ticket.expose())];
///         let request = TokenRequest::extension("urn:acme:ticket", parameters);
///         context.client().redeem(&context.config().wanted(request)?).await
///     }
/// }
///
/// let types = ClientTypes::builtin().register(Ticket);
/// let profiles = Profiles::open("/home/ann/.config/acme").with_client_types(types);
/// # drop(profiles);
/// ```
pub trait CustomClientType: Send + Sync + 'static {
    /// Returns the literal in `client_type`. It must not be one of the format's own.
    fn name(&self) -> &'static str;

    /// Returns what people call the type.
    fn display_name(&self) -> &'static str {
        self.name()
    }

    /// Returns what the type is for, in one sentence without a full stop.
    fn description(&self) -> &'static str {
        "a type of this application"
    }

    /// Returns the keys that a wizard asks for.
    fn hints(&self) -> &'static [ConfigHint] {
        &[]
    }

    /// Checks a configuration without any IO.
    ///
    /// # Errors
    /// When a key is missing or holds something it cannot hold.
    fn check(&self, config: &ClientConfig) -> Result<(), ConfigError>;

    /// Tells whether the type can log in without a person.
    fn is_unattended(&self, config: &ClientConfig) -> bool;

    /// Returns the keys of the configuration, besides those that every login depends on (server, client, account, scopes,
    /// audiences, resources), whose change means that another token would come out.
    fn identity_keys(&self) -> &'static [&'static str] {
        &[]
    }

    /// Logs in.
    ///
    /// # Errors
    /// When the provider refused or no usable answer came.
    fn log_in(
        &self,
        context: &CustomContext,
    ) -> impl Future<Output = Result<Granted, Error>> + Send;

    /// Redeems a refresh token; without an implementation of its own, as OAuth does (RFC 6749 §6).
    ///
    /// # Errors
    /// When the provider refused or no usable answer came. Only a JSON `invalid_grant` retires the refresh token.
    fn refresh(
        &self,
        context: &CustomContext,
        refresh_token: Secret,
    ) -> impl Future<Output = Result<Granted, Error>> + Send {
        async move {
            context
                .client()
                .redeem(&TokenRequest::refresh(refresh_token))
                .await
        }
    }
}

/// What a custom client type works with.
#[derive(Clone, Debug)]
pub struct CustomContext {
    client: Client,
}

impl CustomContext {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns the client: its transport, clock, and, if an authorization server is configured, its metadata and grants.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the configuration.
    pub fn config(&self) -> &ClientConfig {
        self.client.config()
    }

    /// Finds a secret of the configuration: `key`, or what `key_file`, `key_env` or `key_cmd` refer to.
    ///
    /// # Errors
    /// When it is referred to and cannot be read.
    pub async fn secret(&self, key: &'static str) -> Result<Option<Secret>, Error> {
        self.client.secret(key).await
    }

    /// Sends a request that `make` builds for each try, with the transport's limits and retries.
    ///
    /// The request's repetition is that of its [`RequestPolicy`](keyfob_protocol::RequestPolicy) extension.
    ///
    /// # Errors
    /// When `make` fails or no answer came.
    pub async fn exchange(
        &self,
        make: impl Fn(SystemTime) -> Result<Request<Bytes>, Error>,
    ) -> Result<Answered, Error> {
        self.client.send_dated(&make).await
    }

    /// Takes the members of a token response that came in another shape than OAuth's.
    ///
    /// # Errors
    /// Without an `access_token`, or with one that no header can carry.
    pub fn granted(
        &self,
        members: serde_json::Map<String, serde_json::Value>,
        answered: &Answered,
    ) -> Result<Granted, Error> {
        let response = TokenResponse::from_object(members)?;
        Ok(Granted::of(response, answered))
    }
}

type Granting<'a> = Pin<Box<dyn Future<Output = Result<Granted, Error>> + Send + 'a>>;

/// The object-safe twin of [`CustomClientType`].
pub(crate) trait DynClientType: Send + Sync {
    fn name(&self) -> &'static str;
    fn display_name(&self) -> &'static str;
    fn description(&self) -> &'static str;
    fn hints(&self) -> &'static [ConfigHint];
    fn check(&self, config: &ClientConfig) -> Result<(), ConfigError>;
    fn is_unattended(&self, config: &ClientConfig) -> bool;
    fn identity_keys(&self) -> &'static [&'static str];
    fn log_in<'a>(&'a self, context: &'a CustomContext) -> Granting<'a>;
    fn refresh<'a>(&'a self, context: &'a CustomContext, token: Secret) -> Granting<'a>;
}

impl<T: CustomClientType> DynClientType for T {
    fn name(&self) -> &'static str {
        CustomClientType::name(self)
    }

    fn display_name(&self) -> &'static str {
        CustomClientType::display_name(self)
    }

    fn description(&self) -> &'static str {
        CustomClientType::description(self)
    }

    fn hints(&self) -> &'static [ConfigHint] {
        CustomClientType::hints(self)
    }

    fn check(&self, config: &ClientConfig) -> Result<(), ConfigError> {
        CustomClientType::check(self, config)
    }

    fn is_unattended(&self, config: &ClientConfig) -> bool {
        CustomClientType::is_unattended(self, config)
    }

    fn identity_keys(&self) -> &'static [&'static str] {
        CustomClientType::identity_keys(self)
    }

    fn log_in<'a>(&'a self, context: &'a CustomContext) -> Granting<'a> {
        Box::pin(CustomClientType::log_in(self, context))
    }

    fn refresh<'a>(&'a self, context: &'a CustomContext, token: Secret) -> Granting<'a> {
        Box::pin(CustomClientType::refresh(self, context, token))
    }
}

/// A registered type.
#[derive(Clone)]
pub(crate) struct Registered(pub(crate) Arc<dyn DynClientType>);

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}
