//! A login in two steps, for programs with their own pages: begin now, finish when the answer is there.

use std::fmt;

use keyfob_jose::Secret;
use keyfob_jose::json::{self, Limits};
use keyfob_protocol::{Endpoint, Pending};
use serde_json::Value;
use url::Url;

use super::ask::{Ask, Way, ask_builder};
use super::loopback::LoopbackUri;
use super::{LoggedIn, LoginError, LoginMethod, RedirectAnswer, verify};
use crate::Error;
use crate::client::Client;

/// What to ask for in a login of two steps; where nothing is set, the client config decides.
///
/// ```
/// use keyfob::login::BeginOptions;
///
/// let options = BeginOptions::new()
///     .with_redirect_uri("https://app.example.com/logged-in")
///     .with_scopes(["openid", "offline_access"])
///     .with_prompt("consent");
/// # drop(options);
/// ```
#[derive(Clone, Default)]
pub struct BeginOptions {
    redirect_uri: Option<String>,
    pub(super) ask: Ask,
}

impl BeginOptions {
    /// Asks for what the client config says.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the answer arrive there: an address of the program, registered at the provider.
    ///
    /// Without it the config's `redirect_uri` is used, else its `local_redirect_uri`.
    pub fn with_redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(redirect_uri.into());
        self
    }

    ask_builder!();
}

impl fmt::Debug for BeginOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BeginOptions")
            .field("redirect_uri", &self.redirect_uri)
            .field("scopes", &self.ask.scopes)
            .finish_non_exhaustive()
    }
}

/// A login that has begun: where to send the person, and what to keep until the answer arrives.
#[derive(Clone)]
#[non_exhaustive]
pub struct Begun {
    /// The address for the person's browser. Who knows its `state` can answer the login: not for logs.
    pub url: Url,
    /// What [`finish`] needs.
    pub pending: PendingLogin,
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}

/// Begins a login by authorization code (RFC 6749 §4.1). Nobody is asked, no browser opened, nothing listened to.
///
/// `state`, `nonce` and PKCE are made and checked here, never left to the caller.
///
/// # Errors
/// When the metadata or a secret cannot be had, or the redirect URI may not be used.
pub async fn begin(client: &Client, options: &BeginOptions) -> Result<Begun, Error> {
    let config = client.config();
    let redirect_uri = options.redirect_uri.as_deref();
    let redirect_uri = redirect_uri
        .or_else(|| config.redirect_uri())
        .unwrap_or(LoopbackUri::DEFAULT);
    // An address that is not on this machine shows the code to the person, as a paste does.
    let way = match LoopbackUri::parse(redirect_uri) {
        Ok(_) => Way::Loopback,
        Err(_) => Way::Shown,
    };
    let (url, pending) = authorization(client, &options.ask, redirect_uri, way).await?;
    let openid = options.ask.openid(config)?;
    Ok(Begun {
        url,
        pending: PendingLogin { pending, openid },
    })
}

/// Makes the authorization request.
pub(super) async fn authorization(
    client: &Client,
    ask: &Ask,
    redirect_uri: &str,
    way: Way,
) -> Result<(Url, Pending), Error> {
    let metadata = client.metadata_for(Endpoint::Authorization).await?;
    let shown = client
        .authenticated(Endpoint::Authorization, &metadata)
        .await?;
    let request = ask.authorization(client.config(), redirect_uri, way)?;
    Ok(request.begin(&metadata, &shown)?)
}

/// Finishes a login: matches the answer with what was begun, redeems the code, verifies the ID token.
///
/// The whole redirect address is the best answer, because `state` and `iss` are in it. An answer to another login
/// fails with a [`LoginError::Callback`] whose error [is stray](keyfob_protocol::CallbackError::is_stray); the pending
/// login stays good.
///
/// # Errors
/// [`LoginError`] for an answer that is none, is another login's, or is a refusal, and for a pending login of another
/// client; the provider's and the network's faults, and an ID token that breaks a rule, as the other variants.
pub async fn finish(
    client: &Client,
    pending: &PendingLogin,
    answer: impl Into<RedirectAnswer>,
) -> Result<LoggedIn, Error> {
    pending.check_client(client)?;
    let code = answer.into().read(&pending.pending)?;
    let rules = client.with_configured_limits(pending.pending.id_token_rules());
    let rules = rules.with_code(code.secret().clone());
    let granted = client.redeem(&pending.pending.redeem(code)).await?;
    let id_token = verify::id_token(client, &granted, rules, pending.openid).await?;
    Ok(LoggedIn {
        granted,
        id_token,
        method: LoginMethod::Paste,
    })
}

/// A login whose answer is still to come; secrets included, so it is kept where only its owner can read.
#[derive(Clone, Debug)]
pub struct PendingLogin {
    pending: Pending,
    openid: bool,
}

impl PendingLogin {
    /// Where the answer shall arrive.
    pub fn redirect_uri(&self) -> &str {
        self.pending.redirect_uri()
    }

    /// Writes everything down, for another process to finish the login.
    pub fn to_json(&self) -> Secret {
        let (openid, pending) = (self.openid, self.pending.to_json());
        let pending = pending.expose();
        Secret::new(format!(r#"{{"openid":{openid},"pending":{pending}}}"#))
    }

    /// Reads back what [`PendingLogin::to_json`] wrote.
    ///
    /// # Errors
    /// [`LoginError::PendingUnusable`] for anything else.
    pub fn from_json(text: &str) -> Result<Self, LoginError> {
        let unusable = || LoginError::PendingUnusable {
            why: "it is not what was written down",
        };
        let whole = json::object(text.as_bytes(), Limits::TOKEN).map_err(|_error| unusable())?;
        let openid = whole.get("openid").and_then(Value::as_bool);
        let pending = whole.get("pending").map(ToString::to_string);
        let (Some(openid), Some(pending)) = (openid, pending) else {
            return Err(unusable());
        };
        let pending = Pending::from_json(&pending).map_err(|_error| unusable())?;
        Ok(Self { pending, openid })
    }

    /// A code goes only to the server that the person was sent to, by the client that sent them.
    fn check_client(&self, client: &Client) -> Result<(), Error> {
        let same_issuer = self.pending.issuer() == client.issuer()?;
        if same_issuer && self.pending.client_id() == client.config().client_id()? {
            return Ok(());
        }
        let why = "it was begun with another server or client";
        Err(LoginError::PendingUnusable { why }.into())
    }
}
