//! The HTTP client with a session's token, for programs without async code.

use std::sync::Arc;

use reqwest::{IntoUrl, Request};

use crate::authenticate::{self, AttachPolicy, AuthenticateError};
use crate::blocking::{Response, Session};

/// An [`authenticate::AuthorizedClient`] whose calls block; cheap to clone.
///
/// ```no_run
/// use keyfob::authenticate::AttachPolicy;
/// use keyfob::blocking::{AuthorizedClient, Session};
///
/// # fn run(session: Session) -> Result<(), Box<dyn std::error::Error>> {
/// let policy = AttachPolicy::for_origins(["https://api.example.com"])?;
/// let client = AuthorizedClient::new(session, policy);
/// println!("{}", client.get("https://api.example.com/me")?.text()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizedClient {
    inner: authenticate::AuthorizedClient,
    driver: Arc<Session>,
}

impl AuthorizedClient {
    /// Wraps a new reqwest client, as [`authenticate::AuthorizedClient::new`] does.
    pub fn new(session: Session, policy: AttachPolicy) -> Self {
        let inner = authenticate::AuthorizedClient::new(session.session().clone(), policy);
        Self::of(inner, session)
    }

    /// Wraps a client that was made with the session that `driver` is for; its requests run on the driver's thread.
    pub fn of(client: authenticate::AuthorizedClient, driver: Session) -> Self {
        Self {
            inner: client,
            driver: Arc::new(driver),
        }
    }

    /// The wrapped reqwest client, to build requests with. Requests it sends itself carry no token.
    pub fn client(&self) -> &reqwest::Client {
        self.inner.client()
    }

    /// The session whose token the requests carry.
    pub fn session(&self) -> &Session {
        &self.driver
    }

    /// Sends a GET with the token.
    ///
    /// # Errors
    /// As [`authenticate::AuthorizedClient::execute`].
    pub fn get(&self, url: impl IntoUrl) -> Result<Response, AuthenticateError> {
        let request = self.client().get(url).build();
        self.execute(request.map_err(AuthenticateError::Request)?)
    }

    /// Sends a request with the token, and repeats it once after a 401.
    ///
    /// # Errors
    /// As [`authenticate::AuthorizedClient::execute`].
    pub fn execute(&self, request: Request) -> Result<Response, AuthenticateError> {
        let client = self.inner.clone();
        let answer = self
            .driver
            .wait(move |_| async move { client.execute(request).await })??;
        Ok(Response::new(answer, Arc::clone(&self.driver)))
    }
}
