//! A scripted person: goes through the login and consent pages as a browser would.

use std::fmt;

use crate::SandboxError;

/// A person with a fresh browser (no cookies) in front of the sandbox's pages.
///
/// The futures run on the sandbox's own thread: any executor can await them, and the
/// `_blocking` twins need none.
#[derive(Clone)]
pub struct Person {
    login: String,
}

/// Where a person ended up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Visit {
    /// The last URL that was requested.
    pub url: String,
    /// The HTTP status there.
    pub status: u16,
    /// The page.
    pub body: String,
}

impl Person {
    /// Becomes another user.
    pub fn named(self, login: impl Into<String>, _password: impl Into<String>) -> Self {
        Self {
            login: login.into(),
        }
    }

    /// Logs in, agrees, and calls the redirect URI with the outcome.
    ///
    /// # Errors
    /// Fails if a page cannot be opened or the login is refused.
    pub async fn approve(&self, _authorization_url: &str) -> Result<Visit, SandboxError> {
        unimplemented!()
    }

    /// Logs in, declines, and calls the redirect URI with the outcome.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub async fn deny(&self, _authorization_url: &str) -> Result<Visit, SandboxError> {
        unimplemented!()
    }

    /// Logs in, agrees, and returns the redirect URL without calling it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub async fn redirect(&self, _authorization_url: &str) -> Result<String, SandboxError> {
        unimplemented!()
    }

    /// Enters the user code on the device page, logs in and agrees.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub async fn approve_device(&self, _user_code: &str) -> Result<Visit, SandboxError> {
        unimplemented!()
    }

    /// Enters the user code on the device page, logs in and declines.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub async fn deny_device(&self, _user_code: &str) -> Result<Visit, SandboxError> {
        unimplemented!()
    }

    /// Does [`Self::approve`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn approve_blocking(&self, _authorization_url: &str) -> Result<Visit, SandboxError> {
        unimplemented!()
    }

    /// Does [`Self::deny`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn deny_blocking(&self, _authorization_url: &str) -> Result<Visit, SandboxError> {
        unimplemented!()
    }

    /// Does [`Self::redirect`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn redirect_blocking(&self, _authorization_url: &str) -> Result<String, SandboxError> {
        unimplemented!()
    }

    /// Does [`Self::approve_device`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn approve_device_blocking(&self, _user_code: &str) -> Result<Visit, SandboxError> {
        unimplemented!()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}
