//! The handle that programs keep: hands out tokens that stay alive.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use keyfob_store::{Document, ProfileName, Store};

use crate::client::{Client, ClientType, Granted};
use crate::session::access_token::AccessToken;
use crate::session::core::Core;
use crate::session::event::{Event, Observer};
use crate::session::forget::{self, Forget};
use crate::session::logout::{self, LogoutReport};
use crate::session::need::Need;
use crate::session::notes::Notes;
use crate::session::policy::SessionPolicy;
use crate::session::ready::{self, Readiness};
use crate::session::rejection::Invalidation;
use crate::session::status::{self, Status};
use crate::session::{adopt, claims, key, obtain};
use crate::{Error, LoginNeeded};

/// A client plus its credential plus its store.
///
/// Cheap to clone; clones share everything. However many tasks and processes use one credential, they
/// make one token request when it is due, and nobody waits while the token at hand is still good.
///
/// Early refreshes run on the tokio runtime of whoever asked. A program that is about to end calls
/// [`Session::settle`] first, so that an answer with a rotated refresh token is not lost.
///
/// ```no_run
/// use keyfob::{Client, ClientConfig, Session};
/// use keyfob::store::{FileStore, Store};
/// use keyfob::transport::{Clock, ReqwestTransport, Transport};
///
/// # async fn example() -> Result<(), keyfob::Error> {
/// let config = ClientConfig::from_json(&std::fs::read("auth_client.json").unwrap_or_default())?;
/// let client = Client::from_config(config, Transport::new(ReqwestTransport::builder().build()), Clock::system())?;
/// let session = Session::new(client, Store::new(FileStore::new("/home/ann/.config/keyfob")), "work".parse()?);
/// let token = session.access_token().await?;
/// # let _ = token;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Session {
    core: Arc<Core>,
    _life: Arc<Life>,
}

/// Ends attempts that still wait for the lock when the last handle goes.
struct Life(Arc<Core>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.closed.send_replace(true);
    }
}

impl Session {
    /// Puts a client and the credential of a profile together. Nothing is read yet.
    pub fn new(client: Client, store: Store, key: ProfileName) -> Self {
        Self::with_policy(client, store, key, SessionPolicy::default())
    }

    /// Does the same with other limits.
    pub fn with_policy(
        client: Client,
        store: Store,
        key: ProfileName,
        policy: SessionPolicy,
    ) -> Self {
        Self::build(Core::new(client, store, key, policy, Observer::default()))
    }

    /// Does the same and tells `tell` what happens; the call must not block.
    pub fn observed(
        client: Client,
        store: Store,
        key: ProfileName,
        policy: SessionPolicy,
        tell: impl Fn(&Event) + Send + Sync + 'static,
    ) -> Self {
        Self::build(Core::new(client, store, key, policy, Observer::new(tell)))
    }

    fn build(core: Core) -> Self {
        let core = Arc::new(core);
        Self {
            _life: Arc::new(Life(Arc::clone(&core))),
            core,
        }
    }

    /// Returns a token that may be sent now. Waits only if there is none.
    ///
    /// # Errors
    /// When no token is at hand and none can be brought: [`Error::LoginNeeded`], or what the provider, the
    /// network or the store reported. Never hands out an expired token.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        claims::obtain(&self.core, &Need::default()).await
    }

    /// Returns a token that lives for at least `min_life` from now.
    ///
    /// A provider whose tokens live shorter than that is asked for one at most once per quarter of their life.
    ///
    /// # Errors
    /// As [`Session::access_token`].
    pub async fn access_token_lasting(&self, min_life: Duration) -> Result<AccessToken, Error> {
        claims::obtain(&self.core, &Need::lasting(min_life)).await
    }

    /// Returns the value of the `Authorization` header for a request that is sent now: `Bearer …`, `api-key …`, or a bare
    /// key. `None` for a client of type `none`, whose requests go out as they are.
    ///
    /// # Errors
    /// As [`Session::access_token`]; `client_type_unsupported` for a client that only checks tokens.
    pub async fn authorization(&self) -> Result<Option<HeaderValue>, Error> {
        if self.goes_plain() {
            return Ok(None);
        }
        if let Some(header) = self.current_header() {
            return Ok(Some(header));
        }
        let token = self.access_token().await?;
        Ok(Some(token.header_value()))
    }

    /// Tells whether requests go out without any credential, as those of clients of type `none` do.
    pub fn goes_plain(&self) -> bool {
        self.core.client.client_type() == ClientType::None
    }

    /// Brings a new token even if the one at hand is good.
    ///
    /// # Errors
    /// As [`Session::access_token`]; a failure leaves the token at hand in use.
    pub async fn refresh(&self) -> Result<AccessToken, Error> {
        if self.core.client.keeps_key() {
            return key::refresh(&self.core).await;
        }
        // What is known so far decides what counts as new; why it cannot be read comes up again below.
        drop(self.core.look(&Need::other_than(None)).await);
        let known = self
            .core
            .current
            .load()
            .as_ref()
            .map(|current| current.token.clone());
        claims::obtain(&self.core, &Need::other_than(known)).await
    }

    /// Returns the token in memory if it may be sent now, without waiting, locking or allocating while it is fresh.
    ///
    /// Starts an early refresh when one is due and a tokio runtime is at hand.
    #[inline]
    pub fn current(&self) -> Option<AccessToken> {
        self.fresh(AccessToken::clone)
    }

    /// Returns the `Authorization` value of [`Session::current`].
    #[inline]
    pub fn current_header(&self) -> Option<HeaderValue> {
        self.fresh(AccessToken::header_value)
    }

    #[inline]
    fn fresh<T>(&self, of: impl Fn(&AccessToken) -> T) -> Option<T> {
        {
            let current = self.core.current.load();
            if let Some(current) = &*current
                && current.windows.is_fresh(self.core.now())
            {
                return Some(of(&current.token));
            }
        }
        self.usable().map(|token| of(&token))
    }

    /// What is not fresh needs a closer look.
    #[cold]
    fn usable(&self) -> Option<AccessToken> {
        let lacking = claims::lacking(&self.core).is_some();
        (!lacking).then(|| obtain::at_hand(&self.core, &Need::default()))?
    }

    /// Reports that a resource server answered 401 to this very token.
    ///
    /// A token that was replaced meanwhile is left alone; a fresh replacement that is refused too is not replaced again
    /// (see [`Invalidation::RejectedAgain`]).
    pub fn invalidate(&self, token: &AccessToken) -> Invalidation {
        self.core.reject(token)
    }

    /// Stores and publishes what a login brought.
    ///
    /// # Errors
    /// When the store cannot be written. The tokens then live in memory, and the write is tried again at the next use.
    pub async fn adopt(&self, granted: impl Into<Granted>) -> Result<AccessToken, Error> {
        let token = adopt::adopt(&self.core, granted.into()).await?;
        claims::check(&self.core, &token)?;
        Ok(token)
    }

    /// Makes sure that a login can be stored, before a person is troubled with it.
    ///
    /// # Errors
    /// When the store cannot be locked or written.
    pub async fn check_writable(&self) -> Result<(), Error> {
        adopt::check_writable(&self.core).await
    }

    /// Tells what is stored and what state it is in, without changing anything or touching the network.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn status(&self) -> Result<Status, Error> {
        status::status(&self.core).await
    }

    /// Revokes the tokens at the provider, then removes them, and reports each step.
    ///
    /// What the provider does not do is reported and holds nothing up: the local credential goes in any case.
    ///
    /// # Errors
    /// When the store's lock cannot be taken; nothing was done then.
    pub async fn logout(&self) -> Result<LogoutReport, Error> {
        self.core.unlocked(logout::logout(&self.core).await).await
    }

    /// Removes the credential from memory and from the store, without telling the provider: see [`Session::logout`] for that.
    /// Tells whether there was one. The next token needs a login.
    ///
    /// # Errors
    /// When the store's lock cannot be taken, or the store cannot be written.
    pub async fn forget(&self) -> Result<bool, Error> {
        self.core
            .unlocked(forget::forget(&self.core, Forget::Everything).await)
            .await
    }

    /// Removes the access token alone from memory and from the store; the next one comes by the refresh token, or by a login
    /// that needs nobody. Tells whether there was one.
    ///
    /// # Errors
    /// As [`Session::forget`].
    pub async fn forget_access_token(&self) -> Result<bool, Error> {
        self.core
            .unlocked(forget::forget(&self.core, Forget::AccessToken).await)
            .await
    }

    /// Tells whether the next request can be expected to get what it needs without a person: something is stored, or the
    /// client needs nobody. Looks neither at an expiry nor at the network.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn is_ready(&self) -> Result<bool, Error> {
        ready::is_ready(self).await
    }

    /// Removes the refresh token alone, for example after it was revoked; the access token is used until it expires. Tells
    /// whether there was anything.
    ///
    /// # Errors
    /// As [`Session::forget`].
    pub async fn forget_refresh_token(&self) -> Result<bool, Error> {
        self.core
            .unlocked(forget::forget(&self.core, Forget::RefreshToken).await)
            .await
    }

    /// Gets ready without a person: by the token at hand, by a login that needs nobody, or by a refresh.
    ///
    /// # Errors
    /// When the store cannot be read. That a person is needed is no error but [`Readiness::LoginNeeded`].
    pub async fn ensure_ready(&self) -> Result<Readiness, Error> {
        ready::ensure_ready(self).await
    }

    /// Gets ready, and calls `login` if a person is needed. No lock is held meanwhile.
    ///
    /// # Errors
    /// What `login` returns, or the store when its outcome is written.
    pub async fn ensure_ready_or<L, F, G>(&self, login: L) -> Result<Readiness, Error>
    where
        L: FnOnce(Client) -> F,
        F: Future<Output = Result<G, Error>>,
        G: Into<Granted>,
    {
        ready::ensure_ready_or(self, login).await
    }

    /// Waits for a refresh that is under way, if one is. For programs that are about to end.
    ///
    /// One that only waits for another process to give the lock back is given up.
    pub async fn settle(&self) {
        if let Some(ticket) = self.core.flight.current() {
            self.core.closed.send_replace(true);
            drop(ticket.landed().await);
            self.core.closed.send_replace(false);
        }
        self.core.unlocked(()).await;
    }

    /// Makes sure that a stored credential may be shown to the configured server: one that is noted to have come from another
    /// server, because the configuration was changed since, may not.
    ///
    /// # Errors
    /// [`LoginNeeded::AnotherIdentity`](crate::LoginNeeded).
    pub fn check_issued_here(&self, credential: &Document) -> Result<(), Error> {
        if self.core.are_of_another_server(&Notes::of(credential)) {
            return Err(LoginNeeded::AnotherIdentity.into());
        }
        Ok(())
    }

    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.core.client
    }

    /// Returns the name of the profile whose credential this is.
    pub fn profile(&self) -> &ProfileName {
        &self.core.key
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("profile", &self.core.key)
            .finish_non_exhaustive()
    }
}
