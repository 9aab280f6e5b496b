//! What the callback port serves besides the callback: the start page, and the pages at the end of a login.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use keyfob_jose::{JoseError, Secret, random};
use tokio::sync::{OnceCell, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::gate::HOLD;
use crate::Error;
use crate::login::pages::{Page, PageFuture, PageHandler, PageRequest, TokenFuture};

/// The time that the browser has for its page once the login has ended, whatever its handler allows.
const GRACE: Duration = Duration::from_secs(2);
/// No handler serves longer.
const LONGEST: Duration = Duration::from_mins(10);

/// The pages of one login, at addresses that nobody can guess.
pub(crate) struct Stage {
    /// Where the pages are; the browser learns it by a redirect, after the right `state` was shown.
    prefix: String,
    /// Where the browser starts. Everybody on this machine may see it, so it is another one.
    start: String,
    /// Where the start page leads; taken by the first visitor.
    leads_to: Mutex<Option<Url>>,
    handler: Arc<dyn PageHandler>,
    token: TokenFuture,
    outcome: Mutex<Option<oneshot::Sender<Result<Secret, Error>>>>,
    landing: OnceCell<Page>,
    /// A browser was sent to the landing page, and when.
    invited: OnceCell<Instant>,
    has_started: AtomicBool,
    has_left: watch::Sender<bool>,
}

impl Stage {
    /// Makes the addresses.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub(crate) fn new(handler: Arc<dyn PageHandler>) -> Result<Arc<Self>, JoseError> {
        let (outcome, token) = TokenFuture::new();
        Ok(Arc::new(Self {
            prefix: format!("/{}", random::token(16)?),
            start: format!("/{}", random::token(16)?),
            leads_to: Mutex::default(),
            handler,
            token,
            outcome: Mutex::new(Some(outcome)),
            landing: OnceCell::new(),
            invited: OnceCell::new(),
            has_started: AtomicBool::new(false),
            has_left: watch::Sender::new(false),
        }))
    }

    /// Lets the start page lead there, once, and returns its path.
    pub(crate) fn lead_to(&self, url: Url) -> &str {
        *self.leads_to.lock().unwrap_or_else(PoisonError::into_inner) = Some(url);
        self.has_started.store(true, Ordering::Release);
        &self.start
    }

    /// Sends the browser that brought the answer to the landing page, away from the code in its address.
    pub(crate) fn invite(&self) -> Page {
        // A second visit does not prolong the first one's time.
        drop(self.invited.set(Instant::now()));
        Page::see(format!("{}/", self.prefix))
    }

    /// Tells the pages how the login ended.
    pub(crate) fn end(&self, outcome: Result<Secret, Error>) {
        let mut sender = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sender.take() {
            // The future is ours, so somebody listens.
            drop(sender.send(outcome));
        }
    }

    /// Waits until a final page has left or the handler's time is up; at once if no browser was invited.
    pub(crate) async fn farewell(&self) {
        let Some(invited) = self.invited.get() else {
            return;
        };
        let budget = *invited + self.handler.budget().min(LONGEST);
        let until = budget.max(Instant::now() + GRACE);
        let mut has_left = self.has_left.subscribe();
        // Either way it is over.
        drop(timeout_at(until, has_left.wait_for(|left| *left)).await);
    }

    /// Answers a request for a page; `None` if nothing is at that path.
    pub(super) async fn answer(&self, path: &str, query: Option<&str>) -> Option<Page> {
        if path == self.start && self.has_started.load(Ordering::Acquire) {
            let mut leads_to = self.leads_to.lock().unwrap_or_else(PoisonError::into_inner);
            let page = |url: Url| Page::see(url);
            return Some(leads_to.take().map_or_else(Page::used, page));
        }
        let below = path.strip_prefix(&self.prefix)?.strip_prefix('/')?;
        self.invited.get()?;
        let page = if below.is_empty() {
            let land = || self.make(|| self.handler.landing(&self.token));
            self.landing.get_or_init(land).await.clone()
        } else {
            let request = PageRequest::new(below, query);
            self.make(|| self.handler.route(&request, &self.token))
                .await
        };
        if page.is_final() {
            self.has_left.send_replace(true);
        }
        Some(page)
    }

    /// Lets the handler make a page; a login that has failed, and a handler that fails, have pages of their own.
    async fn make<'a>(&self, of: impl FnOnce() -> PageFuture<'a>) -> Page {
        if let Some(failure) = self.token.failure() {
            return self.failed(&failure);
        }
        let made = AssertUnwindSafe(async { of().await }).catch_unwind();
        match timeout(HOLD, made).await {
            Ok(Ok(Ok(page))) => page,
            Ok(Ok(Err(_reason))) => {
                if let Some(failure) = self.token.failure() {
                    return self.failed(&failure);
                }
                tracing::warn!("the page handler failed; the login is not affected");
                Page::broken()
            }
            Ok(Err(_panic)) => Page::broken(),
            Err(_elapsed) => Page::received(),
        }
    }

    fn failed(&self, failure: &Error) -> Page {
        let made = std::panic::catch_unwind(AssertUnwindSafe(|| self.handler.error(failure)));
        made.unwrap_or_else(|_panic| Page::failed(&failure.to_string(), failure.code()))
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").finish_non_exhaustive()
    }
}
