//! The same without async code.

use std::fmt;

use crate::blocking::Session;
use crate::session::AccessToken;
use crate::{Error, user};

/// A [`user::UserSession`] whose calls block.
pub struct UserSession {
    inner: user::UserSession,
    driver: Session,
}

impl UserSession {
    /// Starts the thread for a session.
    ///
    /// # Errors
    /// When the system has no thread to spare.
    pub fn new(session: user::UserSession) -> Result<Self, Error> {
        let driver = Session::new(session.session().clone())?;
        Ok(Self {
            inner: session,
            driver,
        })
    }

    /// Does what [`user::UserSession::access_token`] does.
    ///
    /// # Errors
    /// As there.
    pub fn access_token(&self) -> Result<AccessToken, Error> {
        let user = self.inner.clone();
        self.driver
            .wait(|_| async move { user.access_token().await })?
    }

    /// Does what [`user::UserSession::log_in`] does.
    ///
    /// # Errors
    /// As there.
    pub fn log_in(&self) -> Result<AccessToken, Error> {
        let user = self.inner.clone();
        self.driver.wait(|_| async move { user.log_in().await })?
    }

    /// Returns the session, which never asks anybody.
    pub fn session(&self) -> &Session {
        &self.driver
    }
}

impl fmt::Debug for UserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("blocking::UserSession")
            .field(&self.inner)
            .finish()
    }
}
