//! Login by authorization code: browser or paste, then the exchange (RFC 6749 §4.1, RFC 8252).

use std::fs::File;
use std::io::Read;

use keyfob_protocol::{IdToken, Pending};

use super::ask::Way;
use super::begin;
use super::loopback::{Loopback, LoopbackUri};
use super::options::LoginOptions;
use super::pages::Page;
use super::wait::{Wait, Won};
use super::{Interaction, LoginError, Progress, UrlPrompt, verify};
use crate::Error;
use crate::client::{Client, ClientConfig, Granted};

/// The largest acknowledgement page that is read, in bytes.
const MAX_PAGE: u64 = 256 * 1024;

/// Runs the login; `browser` opens one, else the person opens the address wherever they like.
pub(super) async fn run(
    client: &Client,
    options: &LoginOptions,
    browser: bool,
    reason: &str,
    screen: &dyn Interaction,
) -> Result<(Granted, Option<IdToken>), Error> {
    let mut place = Place::prepare(client, options, browser).await?;
    let way = if browser { Way::Loopback } else { Way::Shown };
    let (url, pending) =
        begin::authorization(client, &options.ask, &place.redirect_uri, way).await?;
    screen.show_url(&UrlPrompt {
        url: &url,
        opening_browser: browser,
        listening: place.listener.is_some(),
        reason,
    });
    let wait = Wait {
        pending: &pending,
        listener: place.listener.as_mut(),
        paste: !browser || (options.surroundings.terminal && !options.no_input),
        open: browser.then_some((&options.browser, &url)),
        screen,
        clock: client.clock(),
        limit: options.limit(),
    };
    let ended = match wait.answer().await {
        Ok(won) => finish(client, options, &pending, won, screen).await,
        Err(error) => Err(error.into()),
    };
    if let Some(listener) = place.listener {
        // The last page must leave before a short-lived program ends.
        listener.close().await;
    }
    ended
}

/// Where the answer shall arrive.
struct Place {
    listener: Option<Loopback>,
    redirect_uri: String,
}

impl Place {
    /// Binds the callback port before anybody can be sent to it.
    ///
    /// A browser here needs the port. A paste does without: the registered redirect URI may be a
    /// page that shows the code, and a port that is taken only costs the shortcut.
    async fn prepare(
        client: &Client,
        options: &LoginOptions,
        browser: bool,
    ) -> Result<Self, LoginError> {
        let config = client.config();
        let configured = if browser {
            config.local_redirect_uri()
        } else {
            config.redirect_uri()
        };
        let text = configured.unwrap_or(LoopbackUri::DEFAULT);
        let uri = match LoopbackUri::parse(text) {
            Ok(uri) => uri,
            Err(error) if browser => return Err(error),
            Err(_) => {
                return Ok(Self {
                    listener: None,
                    redirect_uri: text.to_owned(),
                });
            }
        };
        match Loopback::bind(&uri, options.port, options.ask.by_form_post()).await {
            Ok(listener) => {
                let redirect_uri = listener.redirect_uri().to_owned();
                Ok(Self {
                    listener: Some(listener),
                    redirect_uri,
                })
            }
            Err(error) if browser => Err(error),
            Err(_) => Ok(Self {
                listener: None,
                redirect_uri: text.to_owned(),
            }),
        }
    }
}

/// Redeems the code, verifies the ID token, and lets the waiting browser know how it ended.
async fn finish(
    client: &Client,
    options: &LoginOptions,
    pending: &Pending,
    won: Won,
    screen: &dyn Interaction,
) -> Result<(Granted, Option<IdToken>), Error> {
    screen.progress(&Progress::Exchanging);
    let Won { code, browser } = won;
    let rules = client.with_configured_algorithms(pending.id_token_rules());
    let rules = rules.with_code(code.secret().clone());
    let ended = async {
        let granted = client.redeem(&pending.redeem(code)).await?;
        let openid = options.ask.openid(client.config())?;
        let id_token = verify::id_token(client, &granted, rules, openid).await?;
        Ok((granted, id_token))
    };
    let ended = ended.await;
    if let Some(browser) = browser {
        browser.answer(match &ended {
            Ok(_) => Page::logged_in(acknowledgement(client.config()).as_deref()),
            Err(error) => {
                let error: &Error = error;
                Page::failed(&error.to_string(), error.code())
            }
        });
    }
    ended
}

/// The page of the config: the literal wins over the file, as in planet-auth.
fn acknowledgement(config: &ClientConfig) -> Option<String> {
    if let Some(literal) = config.text("authorization_callback_acknowledgement") {
        return Some(literal.to_owned());
    }
    let path = config.text("authorization_callback_acknowledgement_file")?;
    match File::open(path).and_then(|file| std::io::read_to_string(file.take(MAX_PAGE))) {
        Ok(page) => Some(page),
        Err(error) => {
            // The login itself has worked: a page of ours is better than none.
            tracing::warn!(kind = %error.kind(), "the acknowledgement page cannot be read");
            None
        }
    }
}
