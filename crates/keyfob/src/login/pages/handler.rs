//! The pages of an application at the end of a login: landing page, further routes, error page.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use keyfob_jose::Secret;
use tokio::sync::oneshot;

use super::Page;
use crate::Error;

/// Makes the pages that the browser shows once the provider has sent it back.
///
/// The browser first gets a redirect to a clean address of one login, so the code is in no address bar and no history;
/// then its pages. Their addresses cannot be guessed: use relative links. What a handler does wrong (an error, a panic)
/// is a page with status 500; the login itself goes on.
///
/// ```
/// use std::time::Duration;
/// use keyfob::login::{Page, PageFuture, PageHandler, PageRequest, TokenFuture, escape_html};
///
/// struct Welcome;
///
/// impl PageHandler for Welcome {
///     fn landing<'a>(&'a self, _: &'a TokenFuture) -> PageFuture<'a> {
///         // At once, while the code is still being exchanged.
///         Box::pin(async { Ok(Page::see("welcome")) })
///     }
///
///     fn route<'a>(&'a self, request: &'a PageRequest, token: &'a TokenFuture) -> PageFuture<'a> {
///         Box::pin(async move {
///             if request.path() != "welcome" {
///                 return Ok(Page::not_found());
///             }
///             let token = token.clone().await?;
///             let length = escape_html(&token.expose().len().to_string());
///             Ok(Page::html(format!("<h1>Welcome</h1><p>A token of {length} bytes has arrived.</p>")))
///         })
///     }
///
///     fn budget(&self) -> Duration {
///         Duration::from_secs(30)
///     }
/// }
/// ```
pub trait PageHandler: Send + Sync {
    /// Makes the page after the redirect; called once per login, before the exchange has ended.
    ///
    /// A handler that waits for `token` can tell how the login ended. An error after a login that failed shows
    /// [`PageHandler::error`].
    fn landing<'a>(&'a self, token: &'a TokenFuture) -> PageFuture<'a>;

    /// Makes any further page.
    fn route<'a>(&'a self, request: &'a PageRequest, token: &'a TokenFuture) -> PageFuture<'a> {
        let _ = (request, token);
        Box::pin(async { Ok(Page::not_found()) })
    }

    /// Makes the page of a login that failed.
    fn error(&self, failure: &Error) -> Page {
        Page::failed(&failure.to_string(), failure.code())
    }

    /// How long pages are served after the code arrived, if no final page ends it before. Ten minutes at most.
    fn budget(&self) -> Duration {
        Duration::ZERO
    }
}

/// The page that a handler makes.
pub type PageFuture<'a> = Pin<Box<dyn Future<Output = Result<Page, PageError>> + Send + 'a>>;

/// Why a handler has no page; its text is never shown in one.
pub type PageError = Box<dyn std::error::Error + Send + Sync>;

/// A request for one of a handler's own pages.
#[derive(Clone)]
pub struct PageRequest {
    path: String,
    query: Option<String>,
}

impl PageRequest {
    pub(crate) fn new(path: &str, query: Option<&str>) -> Self {
        Self {
            path: path.to_owned(),
            query: query.map(str::to_owned),
        }
    }

    /// The path below the landing page, without a leading `/`; percent-encoded as it came.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query, percent-encoded as it came.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }
}

/// A query may carry anything.
impl fmt::Debug for PageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageRequest")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Resolves to the access token when the code has been exchanged, or to the error with which the login failed.
#[derive(Clone)]
pub struct TokenFuture(Shared<BoxFuture<'static, Result<Secret, Error>>>);

impl TokenFuture {
    /// A future, and what resolves it. Without an outcome it ends as [`Error::Cancelled`].
    pub(crate) fn new() -> (oneshot::Sender<Result<Secret, Error>>, Self) {
        let (sender, receiver) = oneshot::channel();
        let outcome = async move { receiver.await.unwrap_or(Err(Error::Cancelled)) };
        (sender, Self(outcome.boxed().shared()))
    }

    /// The error of a login that has failed by now.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.clone().now_or_never().and_then(Result::err)
    }
}

impl Future for TokenFuture {
    type Output = Result<Secret, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context)
    }
}

impl fmt::Debug for TokenFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenFuture(..)")
    }
}

/// The pages that keyfob shows unless told otherwise: how the login ended, in one page.
#[derive(Clone, Debug, Default)]
pub struct DefaultPages {
    acknowledgement: Option<String>,
}

impl DefaultPages {
    /// Shows keyfob's own pages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows this HTML after a login that worked, as the config's `authorization_callback_acknowledgement` does.
    pub fn with_acknowledgement(self, html: impl Into<String>) -> Self {
        Self {
            acknowledgement: Some(html.into()),
        }
    }
}

impl PageHandler for DefaultPages {
    fn landing<'a>(&'a self, token: &'a TokenFuture) -> PageFuture<'a> {
        Box::pin(async {
            token.clone().await?;
            Ok(Page::logged_in(self.acknowledgement.as_deref()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_future_brings_the_token_to_all_and_an_end_to_those_of_a_login_that_was_dropped() {
        let (outcome, token) = TokenFuture::new();
        assert!(token.clone().now_or_never().is_none());
        drop(outcome.send(Ok(Secret::new("canary"))));
        for token in [token.clone(), token.clone()] {
            assert_eq!(token.await.unwrap().expose(), "canary");
        }
        assert!(!format!("{token:?}").contains("canary"));
        let (outcome, token) = TokenFuture::new();
        drop(outcome);
        assert_eq!(token.clone().await.unwrap_err().code(), "interrupted");
        assert!(token.failure().is_some());
    }
}
