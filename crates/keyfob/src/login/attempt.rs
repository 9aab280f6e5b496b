//! One login of a person: the method is chosen, the turn is taken, then it runs.

use keyfob_protocol::IdToken;

use super::code::{self, CodeLogin};
use super::options::LoginOptions;
use super::surroundings::{LoginMethod, Offers, Wish};
use super::turn::Turn;
use super::{BrowserError, Interaction, LoginError, Progress, device, password};
use crate::Error;
use crate::client::{Client, ClientType, ConfigError, GrantKind, Granted};
use crate::session::{AccessToken, Session};

/// A login that is about to run; at most one per identity exists.
///
/// ```no_run
/// use keyfob::login::{Interaction, Login, LoginOptions, Surroundings};
///
/// # async fn run(
/// #     client: keyfob::Client,
/// #     screen: &dyn Interaction,
/// # ) -> Result<(), keyfob::Error> {
/// let options = LoginOptions::new(Surroundings::capture());
/// let logged_in = Login::begin(&client, options)?.run(screen).await?;
/// if let Some(id_token) = &logged_in.id_token {
///     println!("hello {}", id_token.subject());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Login {
    client: Client,
    options: LoginOptions,
    method: LoginMethod,
    reason: String,
    _turn: Turn,
}

/// What a login brought. Nothing is stored yet: that is [`Session::adopt`](crate::Session::adopt).
#[derive(Debug)]
#[non_exhaustive]
pub struct LoggedIn {
    /// The tokens, as received.
    pub granted: Granted,
    /// Who logged in, verified; `None` if `openid` was not asked for.
    pub id_token: Option<IdToken>,
    /// How.
    pub method: LoginMethod,
}

impl From<LoggedIn> for Granted {
    fn from(logged_in: LoggedIn) -> Self {
        logged_in.granted
    }
}

impl Login {
    /// Chooses the method and takes the turn, without asking or sending anything.
    ///
    /// # Errors
    /// [`LoginError::NobodyToAsk`] where no person can be reached, [`LoginError::Busy`] while
    /// another login of the same identity runs, [`LoginError::MethodUnsupported`] for a client
    /// whose type has no login for a person.
    pub fn begin(client: &Client, options: LoginOptions) -> Result<Self, Error> {
        let mut offers = offers(client.client_type());
        offers.device |= may_fall_back(client, &options);
        let unsupported = |method: String| LoginError::MethodUnsupported {
            client_type: client.client_type().to_string(),
            method,
        };
        if offers == Offers::default() {
            return Err(unsupported("a person".to_owned()).into());
        }
        let wish = Wish {
            method: options.method.or(configured(client)?),
            no_input: options.no_input,
            offers,
        };
        let choice = options.surroundings.choose(&wish);
        let reason = choice.reason.into_owned();
        let Some(method) = choice.method else {
            return Err(LoginError::NobodyToAsk { why: reason }.into());
        };
        if (method == LoginMethod::Password) != offers.password {
            return Err(unsupported(method.to_string()).into());
        }
        let turn = Turn::take(client.identity().to_owned(), options.lock_file.as_deref())?;
        Ok(Self {
            client: client.clone(),
            options,
            method,
            reason,
            _turn: turn,
        })
    }

    /// How the person will log in.
    pub fn method(&self) -> LoginMethod {
        self.method
    }

    /// Why that way, in words.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Logs in. Dropping the future ends the login and frees the callback port.
    ///
    /// # Errors
    /// [`LoginError`] for everything between keyfob and the person; the provider's and the
    /// network's faults, and an ID token that breaks a rule, as the other variants of [`Error`].
    pub async fn run(self, screen: &dyn Interaction) -> Result<LoggedIn, Error> {
        self.go(screen, None).await.map(|(logged_in, _)| logged_in)
    }

    /// Logs in and lets the session adopt the outcome before the browser is told that it worked.
    ///
    /// # Errors
    /// As [`Login::run`] and [`Session::adopt`].
    pub async fn run_into(
        self,
        screen: &dyn Interaction,
        session: &Session,
    ) -> Result<AccessToken, Error> {
        let (logged_in, token) = self.go(screen, Some(session)).await?;
        match token {
            Some(token) => Ok(token),
            None => session.adopt(logged_in).await,
        }
    }

    async fn go(
        mut self,
        screen: &dyn Interaction,
        session: Option<&Session>,
    ) -> Result<(LoggedIn, Option<AccessToken>), Error> {
        screen.progress(&Progress::Chosen {
            method: self.method,
            reason: &self.reason,
        });
        let mut ended = self.by(screen, session).await;
        if let Err(Error::Login(LoginError::Browser(error @ BrowserError::Failed { .. }))) = &ended
            && self.falls_back()
        {
            let why = error.to_string();
            screen.progress(&Progress::BrowserFailed { why: &why });
            self.method = LoginMethod::Device;
            ended = self.by(screen, session).await;
        }
        let (granted, id_token, token) = ended?;
        let method = self.method;
        let logged_in = LoggedIn {
            granted,
            id_token,
            method,
        };
        Ok((logged_in, token))
    }

    async fn by(
        &self,
        screen: &dyn Interaction,
        session: Option<&Session>,
    ) -> Result<code::Ended, Error> {
        let (client, options) = (&self.client, &self.options);
        let (granted, id_token) = match self.method {
            LoginMethod::Browser | LoginMethod::Paste => {
                let login = CodeLogin {
                    client,
                    options,
                    browser: self.method == LoginMethod::Browser,
                    reason: &self.reason,
                    falls_back: self.falls_back(),
                    screen,
                    session,
                };
                return login.run().await;
            }
            LoginMethod::Device => device::run(client, options, screen).await?,
            LoginMethod::Password => password::run(client, options, screen).await?,
        };
        Ok((granted, id_token, None))
    }

    /// Whether a device code stands in for a browser that does not open.
    fn falls_back(&self) -> bool {
        self.method == LoginMethod::Browser && may_fall_back(&self.client, &self.options)
    }
}

/// The caller may allow it, and the config's `device_login` may; a method that was asked for stays.
fn may_fall_back(client: &Client, options: &LoginOptions) -> bool {
    let by_code = client.client_type().grant() == Some(GrantKind::AuthorizationCode);
    let configured = client.config().values().get("device_login");
    let configured = configured.and_then(serde_json::Value::as_bool);
    let allowed = options.device_fallback || configured == Some(true);
    by_code && options.method.is_none() && allowed && configured != Some(false)
}

/// The way that the config of a browser client names: by the profile, or by a variable of the deployment.
fn configured(client: &Client) -> Result<Option<LoginMethod>, ConfigError> {
    const KEY: &str = "login_method";
    if client.client_type().grant() != Some(GrantKind::AuthorizationCode) {
        return Ok(None);
    }
    Ok(Some(match client.config().text(KEY) {
        None => return Ok(None),
        Some("browser") => LoginMethod::Browser,
        Some("device") => LoginMethod::Device,
        Some("paste") => LoginMethod::Paste,
        Some(_) => {
            let why = "it must be browser, device or paste";
            return Err(ConfigError::invalid(KEY, why));
        }
    }))
}

fn offers(kind: ClientType) -> Offers {
    let grant = kind.grant();
    Offers {
        code: grant == Some(GrantKind::AuthorizationCode),
        device: grant == Some(GrantKind::DeviceCode),
        password: grant == Some(GrantKind::Password) || kind == ClientType::PlanetLegacy,
    }
}
