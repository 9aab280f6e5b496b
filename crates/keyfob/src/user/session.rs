//! Session, login and person together: the one call.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::attempt::Attempts;
use super::{CacheMode, LoginFlow, UserSessionBuilder};
use crate::Error;
use crate::login::{Interaction, Login, LoginError, LoginOptions};
use crate::session::{AccessToken, Session};

/// How often a login of another process is looked after.
const LOOK: Duration = Duration::from_millis(500);

/// A session that asks its person to log in when nothing else brings a token.
///
/// Cheap to clone; clones share everything. However many tasks ask at once, the person logs in once. A failure is told
/// and forgotten: the next call tries again, and nothing that is stored is lost by it.
///
/// ```no_run
/// use keyfob::{ClientConfig, UserSession};
///
/// # async fn example() -> Result<(), keyfob::Error> {
/// let config = ClientConfig::from_json(
///     br#"{"client_type": "oidc_auth_code", "auth_server": "https://login.example.com", "client_id": "my-tool",
///          "redirect_uri": "http://127.0.0.1/callback", "scopes": ["openid"]}"#,
/// )?;
/// let user = UserSession::builder(config).home("/home/ann/.config/my-tool").build()?;
/// let token = user.access_token().await?;
/// # drop(token);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct UserSession(Arc<Inner>);

struct Inner {
    setup: Setup,
    /// A stored login does not count until the person has logged in once.
    must_log_in: AtomicBool,
    attempts: Attempts,
}

pub(super) struct Setup {
    pub(super) session: Session,
    pub(super) cache: CacheMode,
    pub(super) flow: LoginFlow,
    pub(super) options: LoginOptions,
    pub(super) person: Arc<dyn Interaction>,
}

impl UserSession {
    /// Starts from a client configuration, or from a profile that [`settings`](crate::settings) has made out.
    pub fn builder(of: impl Into<UserSessionBuilder>) -> UserSessionBuilder {
        of.into()
    }

    pub(super) fn new(setup: Setup) -> Self {
        Self(Arc::new(Inner {
            must_log_in: AtomicBool::new(setup.cache == CacheMode::Reauth),
            setup,
            attempts: Attempts::default(),
        }))
    }

    /// Returns a token that may be sent now: the one at hand, a renewed one, or that of a login.
    ///
    /// A person is asked only where the session says that nothing else helps ([`Error::LoginNeeded`], or a stored
    /// credential that cannot be read). A network or a provider that is in trouble is an error, not a login.
    ///
    /// # Errors
    /// What the session or the login reported. The next call tries again.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        match self.without_person().await {
            Some(outcome) => outcome,
            None => self.0.attempts.share(|| self.log_in_in_turn()).await,
        }
    }

    /// Logs in whatever is at hand, as [`CacheMode::Reauth`] does.
    ///
    /// # Errors
    /// What the login reported. What was stored before is still there then.
    pub async fn log_in(&self) -> Result<AccessToken, Error> {
        self.0.attempts.share(|| self.log_in_now()).await
    }

    /// The session, which never asks anybody.
    pub fn session(&self) -> &Session {
        &self.0.setup.session
    }

    /// A token or an error that no person can help with; `None` if only a login helps.
    async fn without_person(&self) -> Option<Result<AccessToken, Error>> {
        if self.0.must_log_in.load(Ordering::Acquire) {
            return None;
        }
        match self.session().access_token().await {
            Err(error) if is_for_a_person(&error) => None,
            outcome => Some(outcome),
        }
    }

    /// Another login of the same identity, in this process or another, may bring what is needed.
    async fn log_in_in_turn(&self) -> Result<AccessToken, Error> {
        loop {
            // What a login that just ended brought will do.
            if let Some(outcome) = self.without_person().await {
                return outcome;
            }
            match self.log_in_now().await {
                Err(Error::Login(LoginError::Busy { .. })) => {
                    self.session().client().clock().sleep(LOOK).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn log_in_now(&self) -> Result<AccessToken, Error> {
        let setup = &self.0.setup;
        let session = &setup.session;
        if session.client().can_login_unattended() {
            let token = session.refresh().await?;
            self.0.must_log_in.store(false, Ordering::Release);
            return Ok(token);
        }
        // A person is not troubled for a login that could not be stored.
        session.check_writable().await?;
        let login = Login::begin(session.client(), self.options().await)?;
        let token = login.run_into(&*setup.person, session).await?;
        self.0.must_log_in.store(false, Ordering::Release);
        Ok(token)
    }

    async fn options(&self) -> LoginOptions {
        let Setup {
            session,
            flow,
            options,
            ..
        } = &self.0.setup;
        let client = session.client();
        let mut options = options.clone();
        if let Some(method) = flow.method(client.config()) {
            options = options.with_method(method);
        }
        // Where everything is configured, there may be no metadata; where there should be, the login will say so.
        if let Ok(metadata) = client.metadata().await {
            let has_device = metadata.device_authorization_endpoint.is_some();
            options = options
                .with_device_fallback(has_device && flow.may_fall_back(client))
                .renewable(client.config(), metadata.scopes_supported.as_deref());
        }
        options
    }
}

/// Tells whether nothing but a login helps; everything else passes, or has to be mended elsewhere.
fn is_for_a_person(error: &Error) -> bool {
    match error {
        Error::LoginNeeded(_) | Error::Credential(_) => true,
        Error::Store(error) => error.is_replaceable(),
        _ => false,
    }
}

impl fmt::Debug for UserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSession")
            .field("session", &self.0.setup.session)
            .field("cache", &self.0.setup.cache)
            .field("flow", &self.0.setup.flow)
            .finish_non_exhaustive()
    }
}
