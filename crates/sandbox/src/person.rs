//! A scripted person: goes through the login and consent pages as a browser would.

use std::{fmt, sync::mpsc, time::Duration};

use serde::Deserialize;
use tokio::runtime::Handle;
use url::Url;

use crate::SandboxError;

mod browser;
mod form;

use browser::{Browser, Page, Request};
use form::Form;

/// A person with a fresh browser (no cookies) in front of the sandbox's pages.
///
/// The futures run on the sandbox's own thread: any executor can await them, and the
/// `_blocking` twins need none. A person gives up after 30 seconds.
#[derive(Clone)]
pub struct Person {
    script: Script,
    handle: Handle,
}

/// Where a person ended up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Visit {
    /// The last URL that was requested (or that would have been, by [`Person::redirect`]).
    pub url: String,
    /// The HTTP status there; 0 if it was not requested.
    pub status: u16,
    /// The page.
    pub body: String,
}

/// What a person says on the consent page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decision {
    #[default]
    Approve,
    Deny,
}

#[derive(Clone)]
struct Script {
    issuer: String,
    login: String,
    password: String,
    user_code: String,
    decision: Decision,
    deliver: bool,
}

const MOST_PAGES: usize = 20;
const PATIENCE: Duration = Duration::from_secs(30);

impl Person {
    pub(crate) fn new(issuer: String, handle: Handle, login: &str, password: &str) -> Self {
        let script = Script {
            issuer,
            login: login.to_owned(),
            password: password.to_owned(),
            user_code: String::new(),
            decision: Decision::Approve,
            deliver: true,
        };
        Self { script, handle }
    }

    /// Becomes another user.
    pub fn named(mut self, login: impl Into<String>, password: impl Into<String>) -> Self {
        self.script.login = login.into();
        self.script.password = password.into();
        self
    }

    /// Logs in, agrees, and calls the redirect URI with the outcome.
    ///
    /// # Errors
    /// Fails if a page cannot be opened or the login is refused.
    pub async fn approve(&self, authorization_url: &str) -> Result<Visit, SandboxError> {
        self.spawn(self.script.clone().visit(authorization_url))
            .await
    }

    /// Logs in, declines, and calls the redirect URI with the outcome.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub async fn deny(&self, authorization_url: &str) -> Result<Visit, SandboxError> {
        self.spawn(self.script.clone().denying().visit(authorization_url))
            .await
    }

    /// Logs in, agrees, and returns the redirect URL without calling it.
    ///
    /// Of a form post it returns the URL with the form's fields as its query.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub async fn redirect(&self, authorization_url: &str) -> Result<String, SandboxError> {
        let visit = self
            .spawn(self.script.clone().staying().visit(authorization_url))
            .await?;
        Ok(visit.url)
    }

    /// Enters the user code on the device page, logs in and agrees.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub async fn approve_device(&self, user_code: &str) -> Result<Visit, SandboxError> {
        self.spawn(self.script.clone().enter(user_code)).await
    }

    /// Enters the user code on the device page, logs in and declines.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub async fn deny_device(&self, user_code: &str) -> Result<Visit, SandboxError> {
        self.spawn(self.script.clone().denying().enter(user_code))
            .await
    }

    /// Does [`Self::approve`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn approve_blocking(&self, authorization_url: &str) -> Result<Visit, SandboxError> {
        self.block_on(self.script.clone().visit(authorization_url))
    }

    /// Does [`Self::deny`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn deny_blocking(&self, authorization_url: &str) -> Result<Visit, SandboxError> {
        self.block_on(self.script.clone().denying().visit(authorization_url))
    }

    /// Does [`Self::redirect`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn redirect_blocking(&self, authorization_url: &str) -> Result<String, SandboxError> {
        Ok(self
            .block_on(self.script.clone().staying().visit(authorization_url))?
            .url)
    }

    /// Does [`Self::approve_device`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn approve_device_blocking(&self, user_code: &str) -> Result<Visit, SandboxError> {
        self.block_on(self.script.clone().enter(user_code))
    }

    /// Does [`Self::deny_device`] and waits for it.
    ///
    /// # Errors
    /// As for [`Self::approve`].
    pub fn deny_device_blocking(&self, user_code: &str) -> Result<Visit, SandboxError> {
        self.block_on(self.script.clone().denying().enter(user_code))
    }

    async fn spawn<F>(&self, visit: F) -> Result<Visit, SandboxError>
    where
        F: Future<Output = Result<Visit, SandboxError>> + Send + 'static,
    {
        self.handle
            .spawn(visit)
            .await
            .unwrap_or(Err(SandboxError::Stopped))
    }

    fn block_on<F>(&self, visit: F) -> Result<Visit, SandboxError>
    where
        F: Future<Output = Result<Visit, SandboxError>> + Send + 'static,
    {
        let (done, outcome) = mpsc::channel();
        self.handle
            .spawn(async move { done.send(visit.await).ok() });
        outcome.recv().unwrap_or(Err(SandboxError::Stopped))
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("login", &self.script.login)
            .finish_non_exhaustive()
    }
}

/// Walks one authorization URL, for the administration.
pub(crate) async fn walk(
    url: &str,
    issuer: &str,
    (login, password): (String, String),
    decision: Decision,
    deliver: bool,
) -> Result<Visit, SandboxError> {
    let issuer = issuer.to_owned();
    let script = Script {
        issuer,
        login,
        password,
        user_code: String::new(),
        decision,
        deliver,
    };
    script.visit(url).await
}

impl Script {
    fn denying(mut self) -> Self {
        self.decision = Decision::Deny;
        self
    }

    fn staying(mut self) -> Self {
        self.deliver = false;
        self
    }

    fn enter(
        mut self,
        user_code: &str,
    ) -> impl Future<Output = Result<Visit, SandboxError>> + Send + use<> {
        user_code.clone_into(&mut self.user_code);
        let page = format!("{}/device", self.issuer);
        self.visit(&page)
    }

    fn visit(self, url: &str) -> impl Future<Output = Result<Visit, SandboxError>> + Send + use<> {
        let start = Url::parse(url).map(Request::open);
        async move {
            let start = start.map_err(|why| SandboxError::Visit(why.to_string()))?;
            let late = || SandboxError::Visit("the person lost patience".to_owned());
            tokio::time::timeout(PATIENCE, self.go(start))
                .await
                .map_err(|_| late())?
        }
    }

    async fn go(self, mut request: Request) -> Result<Visit, SandboxError> {
        let mut browser = Browser::default();
        for _ in 0..MOST_PAGES {
            let own = self.is_own(&request.url);
            if !own && !self.deliver {
                let url = request.as_url().into();
                return Ok(Visit {
                    url,
                    status: 0,
                    body: String::new(),
                });
            }
            let page = browser.send(&request).await?;
            request = match page.location() {
                Some(next) => Request::open(next),
                None if !own => return Ok(page.into()),
                None if page.status >= 400 => {
                    let expected = "a page to go on from";
                    return Err(SandboxError::Unexpected {
                        status: page.status,
                        expected,
                    });
                }
                None => match Form::find(&page.body) {
                    Some(form) => self.fill(form, &page.url)?,
                    None => return Ok(page.into()),
                },
            };
        }
        Err(SandboxError::Visit("the pages went in circles".to_owned()))
    }

    fn fill(&self, form: Form, page: &Url) -> Result<Request, SandboxError> {
        let url = page
            .join(&form.action)
            .map_err(|why| SandboxError::Visit(why.to_string()))?;
        let mut fields = form.fields;
        for (name, value) in &mut fields {
            match name.as_str() {
                "username" => self.login.clone_into(value),
                "password" => self.password.clone_into(value),
                "user_code" => self.user_code.clone_into(value),
                _ => {}
            }
        }
        if form.buttons.iter().any(|name| name == "decision") {
            let word = match self.decision {
                Decision::Approve => "approve",
                Decision::Deny => "deny",
            };
            fields.push(("decision".to_owned(), word.to_owned()));
        }
        Ok(Request {
            url,
            fields: Some(fields),
        })
    }

    fn is_own(&self, url: &Url) -> bool {
        Url::parse(&self.issuer).is_ok_and(|issuer| issuer.origin() == url.origin())
    }
}

impl From<Page> for Visit {
    fn from(page: Page) -> Self {
        Self {
            url: page.url.into(),
            status: page.status,
            body: page.body,
        }
    }
}
