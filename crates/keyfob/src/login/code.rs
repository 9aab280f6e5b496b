//! Login by authorization code: browser or paste, then the exchange (RFC 6749 §4.1, RFC 8252).

use std::sync::Arc;

use keyfob_protocol::{AuthorizationCode, Callback, IdToken, Pending};
use url::Url;

use super::ask::Way;
use super::begin;
use super::loopback::{Arrival, Delivered, Loopback, LoopbackUri, Stage, ports};
use super::options::LoginOptions;
use super::pages::{DefaultPages, Page, PageHandler};
use super::wait::{Wait, next};
use super::{Interaction, LoginError, Progress, UrlPrompt, verify};
use crate::Error;
use crate::client::{Client, Granted};
use crate::session::{AccessToken, Session};

/// What a login by code brought, and the token if a session has adopted it already.
pub(super) type Ended = (Granted, Option<IdToken>, Option<AccessToken>);

/// One login by code.
pub(super) struct CodeLogin<'a> {
    pub(super) client: &'a Client,
    pub(super) options: &'a LoginOptions,
    /// Whether a browser is opened; else the person opens the address wherever they like.
    pub(super) browser: bool,
    pub(super) reason: &'a str,
    /// Whether another way follows if no browser opens.
    pub(super) falls_back: bool,
    pub(super) screen: &'a dyn Interaction,
    /// Who adopts the outcome before the browser is told of it.
    pub(super) session: Option<&'a Session>,
}

impl CodeLogin<'_> {
    /// Runs the login.
    pub(super) async fn run(&self) -> Result<Ended, Error> {
        let mut place = self.place().await?;
        let (url, pending) = self.begin(&place).await?;
        self.screen.show_url(&UrlPrompt {
            url: &url,
            opening_browser: self.browser,
            listening: place.listener.is_some(),
            reason: self.reason,
        });
        let won = self.wait(&mut place, &url, &pending).await;
        let ended = match won {
            Ok(code) => {
                let work = self.finish(&pending, code);
                meanwhile(place.listener.as_mut(), &pending, work).await
            }
            Err(error) => Err(error.into()),
        };
        if let Some(mut listener) = place.listener {
            let outcome = ended.as_ref().map_err(Error::clone);
            let token = outcome.map(|(granted, ..)| granted.response.access_token.clone());
            listener.stage().end(token);
            let stage = Arc::clone(listener.stage());
            meanwhile(Some(&mut listener), &pending, stage.farewell()).await;
            // The last page must leave before a short-lived program ends.
            listener.close().await;
        }
        ended
    }

    async fn begin(&self, place: &Place) -> Result<(Url, Pending), Error> {
        let way = if self.browser {
            Way::Loopback
        } else {
            Way::Shown
        };
        begin::authorization(self.client, &self.options.ask, &place.redirect_uri, way).await
    }

    async fn wait(
        &self,
        place: &mut Place,
        url: &Url,
        pending: &Pending,
    ) -> Result<AuthorizationCode, LoginError> {
        let options = self.options;
        let listener = place.listener.as_ref();
        let start = listener
            .filter(|_| self.browser && options.starts_here())
            .map(|listener| listener.start_at(url));
        let wait = Wait {
            pending,
            listener: place.listener.as_mut(),
            paste: !self.browser || (options.surroundings.terminal && !options.no_input),
            bare_codes: options.bare_codes || LoopbackUri::parse(&place.redirect_uri).is_err(),
            open: self
                .browser
                .then_some((&options.browser, start.as_ref().unwrap_or(url))),
            falls_back: self.falls_back,
            screen: self.screen,
            clock: self.client.clock(),
            limit: options.limit(),
        };
        wait.answer().await
    }

    /// Binds the callback port before anybody can be sent to it.
    ///
    /// A browser here needs the port. A paste does without: the registered redirect URI may be a
    /// page that shows the code, and a port that is taken only costs the shortcut.
    async fn place(&self) -> Result<Place, Error> {
        let config = self.client.config();
        let configured = if self.browser {
            config.local_redirect_uri()
        } else {
            config.redirect_uri()
        };
        let text = configured.unwrap_or(LoopbackUri::DEFAULT);
        let without = || Place {
            listener: None,
            redirect_uri: text.to_owned(),
        };
        let uri = match LoopbackUri::parse(text) {
            Ok(uri) => uri,
            Err(error) if self.browser => return Err(error.into()),
            Err(_) => return Ok(without()),
        };
        let wanted = self.options.port.filter(|port| *port != 0);
        let ports = match wanted.or_else(|| uri.port()) {
            Some(port) => vec![port],
            None => ports::configured(config)?,
        };
        let form_post = self.options.ask.by_form_post(config)?;
        match Loopback::bind(&uri, &ports, form_post, Stage::new(self.pages())?).await {
            Ok(listener) => Ok(Place {
                redirect_uri: listener.redirect_uri().to_owned(),
                listener: Some(listener),
            }),
            Err(error) if self.browser => Err(error.into()),
            Err(_) => Ok(without()),
        }
    }

    /// The caller's pages, else those of the config, else keyfob's.
    fn pages(&self) -> Arc<dyn PageHandler> {
        if let Some(pages) = &self.options.pages {
            return Arc::clone(pages);
        }
        let page = self.client.config().callback_page();
        let page = page.unwrap_or_else(|error| {
            // The login itself can work: a page of ours is better than none.
            tracing::warn!(%error, "the acknowledgement page cannot be read");
            None
        });
        let pages = DefaultPages::new();
        Arc::new(match page {
            Some(page) => pages.with_acknowledgement(page),
            None => pages,
        })
    }

    /// Redeems the code, verifies the ID token, and lets the session adopt what came.
    async fn finish(&self, pending: &Pending, code: AuthorizationCode) -> Result<Ended, Error> {
        self.screen.progress(&Progress::Exchanging);
        let client = self.client;
        let rules = client.with_configured_limits(pending.id_token_rules());
        let rules = rules.with_code(code.secret().clone());
        let granted = client.redeem(&pending.redeem(code)).await?;
        let openid = self.options.ask.openid(client.config())?;
        let id_token = verify::id_token(client, &granted, rules, openid).await?;
        let token = match self.session {
            Some(session) => Some(session.adopt(granted.clone()).await?),
            None => None,
        };
        Ok((granted, id_token, token))
    }
}

/// Where the answer shall arrive.
struct Place {
    listener: Option<Loopback>,
    redirect_uri: String,
}

/// Does `work` while late arrivals are seen off; a browser may bring the same answer twice.
async fn meanwhile<T>(
    mut listener: Option<&mut Loopback>,
    pending: &Pending,
    work: impl Future<Output = T>,
) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            arrival = next(listener.as_deref_mut()) => {
                let ours = listener.as_ref().filter(|_| read(&arrival, pending).is_ok());
                let page = ours.map_or_else(Page::over, |listener| listener.stage().invite());
                arrival.answer(page);
            }
        }
    }
}

/// The code in what came to the callback port, if it is the answer to this login.
pub(super) fn read(
    arrival: &Arrival,
    pending: &Pending,
) -> Result<AuthorizationCode, keyfob_protocol::CallbackError> {
    let callback = match &arrival.delivered {
        Delivered::Query(query) => Callback::from_query(query),
        Delivered::Form(form) => Callback::from_form(form.as_bytes()),
    };
    callback.and_then(|callback| pending.read(callback))
}
