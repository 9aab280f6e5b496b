//! A sandbox, a client for it, and options that open no real browser.

use std::time::Duration;

use keyfob::client::ClientConfig;
use keyfob::login::{Browser, LoggedIn, Login, LoginOptions, Surroundings};
use keyfob::transport::{Clock, ReqwestTransport, RetryPolicy, Transport};
use keyfob::{Client, Error};
use keyfob_sandbox::{Sandbox, SandboxConfig};
use serde_json::json;

use super::login_screen::Screen;

pub(crate) const LIMIT: Duration = Duration::from_mins(1);

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::start(SandboxConfig::default()).unwrap()
}

/// A client of the given type; `extra` is merged into its config.
pub(crate) fn client(sandbox: &Sandbox, client_type: &str, extra: &serde_json::Value) -> Client {
    let mut config = json!({
        "client_type": client_type,
        "auth_server": sandbox.issuer(),
        "client_id": "demo-cli",
        "redirect_uri": "http://127.0.0.1/callback",
        "scopes": ["openid", "offline_access"],
    });
    config
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    of(&config)
}

pub(crate) fn of(config: &serde_json::Value) -> Client {
    let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
    let transport = Transport::new(ReqwestTransport::builder().build());
    let transport = transport.with_retry(RetryPolicy::never());
    Client::from_config(config, transport, Clock::system()).unwrap()
}

/// Options of a terminal on a desktop whose browser does nothing.
pub(crate) fn options() -> LoginOptions {
    let place = Surroundings {
        terminal: true,
        desktop: true,
        ..Surroundings::default()
    };
    LoginOptions::new(place)
        .with_browser(Browser::command("true", []))
        .with_timeout(LIMIT)
}

/// Runs the login in a task, as a program would, and keeps the screen at hand.
pub(crate) async fn run(
    client: &Client,
    options: LoginOptions,
    screen: &Screen,
) -> Result<LoggedIn, Error> {
    let login = Login::begin(client, options)?;
    tokio::time::timeout(LIMIT, login.run(screen))
        .await
        .expect("the login ends")
}
