//! The same sessions for programs without async code: one background thread does the waiting.

mod client;
mod response;

pub use client::AuthorizedClient;
pub use response::Response;

use std::fmt;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::Error;
use crate::session::{self, AccessToken, Invalidation, LogoutReport, Readiness, Status};
#[cfg(feature = "login")]
pub use crate::user::blocking::UserSession;

/// A session whose calls block.
///
/// A thread of its own drives refreshes, so an early refresh goes on while the program does something
/// else. Dropping the last handle waits for a refresh that is under way.
///
/// ```no_run
/// use keyfob::{Profiles, blocking};
/// use keyfob::transport::{Clock, ReqwestTransport, Transport};
///
/// # fn main() -> Result<(), keyfob::Error> {
/// let profiles = Profiles::open("/home/ann/.config/keyfob");
/// let transport = Transport::new(ReqwestTransport::builder().build());
/// let session = profiles.open_session(&"work".parse()?, transport, Clock::system())?;
/// let token = blocking::Session::new(session)?.access_token()?;
/// # let _ = token;
/// # Ok(())
/// # }
/// ```
pub struct Session {
    inner: session::Session,
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Session {
    /// Starts the thread for a session.
    ///
    /// # Errors
    /// When the system has no thread to spare.
    pub fn new(session: session::Session) -> Result<Self, Error> {
        let no_runtime = |error: std::io::Error| Error::NoRuntime(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(no_runtime)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let settled = session.clone();
        let thread = std::thread::Builder::new()
            .name("keyfob".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    // An error means that the handle is gone, which is the same order.
                    let _either = stopped.await;
                    settled.settle().await;
                });
            })
            .map_err(no_runtime)?;
        Ok(Self {
            inner: session,
            runtime: handle,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Does what [`session::Session::access_token`] does.
    ///
    /// # Errors
    /// As there.
    pub fn access_token(&self) -> Result<AccessToken, Error> {
        // An early refresh that is due now runs on the background thread.
        let _runtime = self.runtime.enter();
        match self.inner.current() {
            Some(token) => Ok(token),
            None => self.wait(|session| async move { session.access_token().await })?,
        }
    }

    /// Does what [`session::Session::authorization`] does.
    ///
    /// # Errors
    /// As there.
    pub fn authorization(&self) -> Result<Option<http::HeaderValue>, Error> {
        if self.inner.goes_plain() {
            return Ok(None);
        }
        self.access_token().map(|token| Some(token.header_value()))
    }

    /// Does what [`session::Session::is_ready`] does.
    ///
    /// # Errors
    /// As there.
    pub fn is_ready(&self) -> Result<bool, Error> {
        self.wait(|session| async move { session.is_ready().await })?
    }

    /// Does what [`session::Session::access_token_lasting`] does.
    ///
    /// # Errors
    /// As there.
    pub fn access_token_lasting(&self, min_life: Duration) -> Result<AccessToken, Error> {
        self.wait(move |session| async move { session.access_token_lasting(min_life).await })?
    }

    /// Does what [`session::Session::refresh`] does.
    ///
    /// # Errors
    /// As there.
    pub fn refresh(&self) -> Result<AccessToken, Error> {
        self.wait(|session| async move { session.refresh().await })?
    }

    /// Does what [`session::Session::invalidate`] does.
    pub fn invalidate(&self, token: &AccessToken) -> Invalidation {
        self.inner.invalidate(token)
    }

    /// Does what [`session::Session::ensure_ready`] does.
    ///
    /// # Errors
    /// As there.
    pub fn ensure_ready(&self) -> Result<Readiness, Error> {
        self.wait(|session| async move { session.ensure_ready().await })?
    }

    /// Does what [`session::Session::status`] does.
    ///
    /// # Errors
    /// As there.
    pub fn status(&self) -> Result<Status, Error> {
        self.wait(|session| async move { session.status().await })?
    }

    /// Does what [`session::Session::logout`] does.
    ///
    /// # Errors
    /// As there.
    pub fn logout(&self) -> Result<LogoutReport, Error> {
        self.wait(|session| async move { session.logout().await })?
    }

    /// Does what [`session::Session::forget`] does.
    ///
    /// # Errors
    /// As there.
    pub fn forget(&self) -> Result<bool, Error> {
        self.wait(|session| async move { session.forget().await })?
    }

    /// Does what [`session::Session::forget_access_token`] does.
    ///
    /// # Errors
    /// As there.
    pub fn forget_access_token(&self) -> Result<bool, Error> {
        self.wait(|session| async move { session.forget_access_token().await })?
    }

    /// Returns the async session, which shares everything with this one.
    pub fn session(&self) -> &session::Session {
        &self.inner
    }

    pub(crate) fn wait<T, F>(&self, call: impl FnOnce(session::Session) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (sender, receiver) = mpsc::sync_channel(1);
        let future = call(self.inner.clone());
        self.runtime.spawn(async move {
            // An error means that nobody waits any more.
            drop(sender.send(future.await));
        });
        receiver.recv().map_err(|_| Error::Cancelled)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that the thread has ended by itself.
            let _gone = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("blocking::Session")
            .field(&self.inner)
            .finish()
    }
}
