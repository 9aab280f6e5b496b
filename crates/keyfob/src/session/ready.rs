//! Getting ready before the first request, in planet-auth's order: what needs nobody comes before what needs a person.

use crate::Error;
use crate::client::{Client, ClientType, Granted};
use crate::session::need::Need;
use crate::session::window::State;
use crate::session::{LoginNeeded, Session};

/// How a session stands after [`Session::ensure_ready`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Readiness {
    /// A token that has not expired is there. No network was used.
    HasToken,
    /// The client can log in by itself when the first token is needed. No network was used.
    CanLogInUnattended,
    /// The token had expired and was refreshed.
    Refreshed,
    /// A person logged in.
    LoggedIn,
    /// A person has to log in.
    LoginNeeded(LoginNeeded),
    /// The token has expired, and a refresh failed for another reason than a missing login.
    RefreshFailed(Error),
}

impl Readiness {
    /// Tells whether the next request can be expected to get a token.
    pub fn is_ready(&self) -> bool {
        !matches!(self, Self::LoginNeeded(_) | Self::RefreshFailed(_))
    }
}

pub(crate) async fn is_ready(session: &Session) -> Result<bool, Error> {
    let core = session.core();
    if core.client.can_login_unattended() || core.current.load().is_some() {
        return Ok(true);
    }
    if core.client.client_type().credential().is_none() {
        return Ok(false);
    }
    let stored = core.store.load(&core.key).await?;
    match stored.map(|stored| core.prepare(&stored)).transpose() {
        Ok(found) => Ok(found.is_some()),
        Err(Error::LoginNeeded(_) | Error::Credential(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(crate) async fn ensure_ready(session: &Session) -> Result<Readiness, Error> {
    let core = session.core();
    match core.client.client_type() {
        ClientType::None => return Ok(Readiness::CanLogInUnattended),
        ClientType::ClientValidator => return Err(core.client.unsupported("log in").into()),
        _ => {}
    }
    // 1. A credential that is not expired, in memory or in the store.
    if core
        .current
        .load()
        .as_ref()
        .is_some_and(|current| core.judge(current, &Need::default()) != State::Expired)
    {
        return Ok(Readiness::HasToken);
    }
    let unattended = core.client.can_login_unattended();
    let status = match session.status().await {
        Ok(status) => status,
        Err(_) if unattended => return Ok(Readiness::CanLogInUnattended),
        Err(error) => return Err(error),
    };
    if status.state.is_some_and(|state| state != State::Expired) {
        return Ok(Readiness::HasToken);
    }
    // 2. A client that needs nobody logs in when the first token is needed.
    if unattended {
        return Ok(Readiness::CanLogInUnattended);
    }
    // 3. An expired credential is refreshed.
    match session.access_token().await {
        Ok(_) => Ok(Readiness::Refreshed),
        Err(Error::LoginNeeded(reason)) => Ok(Readiness::LoginNeeded(reason)),
        Err(error) => Ok(Readiness::RefreshFailed(error)),
    }
}

pub(crate) async fn ensure_ready_or<L, F, G>(
    session: &Session,
    login: L,
) -> Result<Readiness, Error>
where
    L: FnOnce(Client) -> F,
    F: Future<Output = Result<G, Error>>,
    G: Into<Granted>,
{
    let readiness = match ensure_ready(session).await {
        Ok(readiness) if readiness.is_ready() => return Ok(readiness),
        Ok(readiness) => readiness,
        // 4. A damaged credential is replaced by a login, like a missing one.
        Err(Error::Store(error)) if error.is_replaceable() => {
            Readiness::RefreshFailed(error.into())
        }
        Err(error @ Error::Credential(_)) => Readiness::RefreshFailed(error),
        Err(error) => return Err(error),
    };
    if let Readiness::RefreshFailed(error) = &readiness {
        tracing::warn!(code = error.code(), "the refresh failed; a login is tried");
    }
    session
        .adopt(login(session.client().clone()).await?)
        .await?;
    Ok(Readiness::LoggedIn)
}
