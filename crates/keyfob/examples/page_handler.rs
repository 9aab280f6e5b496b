//! An application's own pages after the login: a welcome page that needs the token, and an error page.
//!
//! Runs against a sandbox that it starts itself, whose scripted person plays the browser:
//! `cargo run -p keyfob --example page_handler`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::sync::Mutex;
use std::time::Duration;

use keyfob::login::{
    Answer, Browser, DevicePrompt, Interaction, Login, LoginMethod, LoginOptions, Page, PageFuture,
    PageHandler, PageRequest, Question, Surroundings, TokenFuture, UrlPrompt, escape_html,
};
use keyfob::transport::{Clock, ReqwestTransport, Transport};
use keyfob::{Client, ClientConfig, Error};
use keyfob_sandbox::{Person, Sandbox, SandboxConfig};
use tokio::task::JoinHandle;

struct Pages;

impl PageHandler for Pages {
    /// At once after the redirect, while the code is still being exchanged.
    fn landing<'a>(&'a self, _: &'a TokenFuture) -> PageFuture<'a> {
        Box::pin(async { Ok(Page::see("welcome")) })
    }

    fn route<'a>(&'a self, request: &'a PageRequest, token: &'a TokenFuture) -> PageFuture<'a> {
        Box::pin(async move {
            if request.path() != "welcome" {
                return Ok(Page::not_found());
            }
            // Waits for the exchange. The token itself belongs into requests, never into a page.
            let token = token.clone().await?;
            let version = escape_html(&format!("a token of {} bytes", token.expose().len()));
            Ok(Page::html(format!(
                "<h1>Welcome</h1><p>Licence checked with {version}.</p>"
            )))
        })
    }

    fn error(&self, failure: &Error) -> Page {
        Page::message("No licence", &["Ask your administrator.", failure.code()]).with_status(403)
    }

    fn budget(&self) -> Duration {
        Duration::from_secs(30)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_auth_code")
        .with("auth_server", sandbox.issuer())
        .with("client_id", "demo-cli")
        .with("redirect_uri", "http://127.0.0.1/callback")
        .with("scopes", vec!["openid"]);
    let transport = Transport::new(ReqwestTransport::builder().build());
    let client = Client::from_config(config, transport, Clock::system())?;
    for agrees in [true, false] {
        let options = LoginOptions::new(Surroundings::capture())
            .with_method(LoginMethod::Browser)
            .with_browser(Browser::command("true", [])) // Leave this line out to see a real one.
            .with_pages(Pages);
        let screen = Screen {
            person: sandbox.person(),
            agrees,
            visit: Mutex::default(),
        };
        let ended = Login::begin(&client, options)?.run(&screen).await;
        let visit = screen.visit.lock().ok().and_then(|mut visit| visit.take());
        if let Some(visit) = visit {
            println!("the browser shows: {}", visit.await?);
        }
        println!(
            "the login ended: {:?}",
            ended.map(drop).map_err(|error| error.code())
        );
    }
    Ok(())
}

struct Screen {
    person: Person,
    agrees: bool,
    visit: Mutex<Option<JoinHandle<String>>>,
}

impl Interaction for Screen {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        let (person, agrees, url) = (self.person.clone(), self.agrees, shown.url.to_string());
        let visit = tokio::spawn(async move {
            let visit = if agrees {
                person.approve(&url).await
            } else {
                person.deny(&url).await
            };
            visit.map_or_else(|error| error.to_string(), |visit| visit.body)
        });
        if let Ok(mut last) = self.visit.lock() {
            *last = Some(visit);
        }
    }

    fn show_device_code(&self, _: &DevicePrompt<'_>) {}

    fn ask<'a>(&'a self, _: &Question<'_>) -> Answer<'a> {
        Box::pin(async { None })
    }
}
