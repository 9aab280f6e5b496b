//! Adds a client type of the application's own: how it logs in is its business, everything else is the session's.
//!
//! This one sends a badge, `id:secret` in one word, to a desk that gives tokens. Renewal, the store, one request for all tasks
//! and processes, pauses after failures and what follows a 401 come with the session.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example own_client_type`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use keyfob::authenticate::{AttachPolicy, AuthorizedClient};
use keyfob::client::{ClientTypes, CustomClientType, CustomContext, Granted};
use keyfob::protocol::{Endpoint, ProtocolError, Repeat, RequestPolicy, TokenResponse};
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::Clock;
use keyfob::{Client, ClientConfig, ConfigError, Environment, Error, Session};
use keyfob_sandbox::{Sandbox, SandboxConfig};

struct Badge;

const NAME: &str = "acme_badge";

impl CustomClientType for Badge {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, config: &ClientConfig) -> Result<(), ConfigError> {
        let missing = |key| ConfigError::Missing {
            key,
            client_type: NAME,
        };
        config.text("desk").map(drop).ok_or_else(|| missing("desk"))
    }

    fn is_unattended(&self, _: &ClientConfig) -> bool {
        true
    }

    fn identity_keys(&self) -> &'static [&'static str] {
        &["desk"]
    }

    async fn log_in(&self, context: &CustomContext) -> Result<Granted, Error> {
        // From the configuration, or from where `badge_env`, `badge_file` or `badge_cmd` point to.
        let badge = context.secret("badge").await?;
        let badge = badge.ok_or(ConfigError::Missing {
            key: "badge",
            client_type: NAME,
        })?;
        let (id, secret) = badge.expose().split_once(':').unwrap_or_default();
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let desk = context.config().text("desk").unwrap_or_default();
        let make = |_| {
            let mut request = Request::post(desk)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Bytes::from(form.clone()))
                .map_err(|_| ProtocolError::InsecureUrl { what: "desk" })?;
            // Nothing is used up by asking, so this may be repeated.
            let policy = RequestPolicy::new(Endpoint::Token, Repeat::Always);
            request.extensions_mut().insert(policy);
            Ok(request)
        };
        let answered = context.exchange(make).await?;
        let members = TokenResponse::read(&answered.response)?.raw;
        context.granted(members, &answered)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let demo = sandbox.client("demo-service").ok_or("no such client")?;
    let badge = format!("{}:{}", demo.id(), demo.secret().unwrap_or_default());
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", NAME)
        .with("desk", sandbox.url("/token"))
        .with("badge_env", "BADGE");

    let types = ClientTypes::builtin().register(Badge);
    // Without a registry, and without a `client_type` that somebody knows, a configuration is refused.
    if let Err(error) = Client::from_config(config.clone(), config.transport()?, Clock::system()) {
        println!("unregistered: {error}");
    }
    let environment = Environment::from_vars([("BADGE", badge.as_str())]);
    let transport = config.transport()?;
    let client = Client::with_types(config, transport, Clock::system(), environment, &types)?;
    let session = Session::new(client, Store::new(MemoryStore::new()), "badge".parse()?);

    let api = AuthorizedClient::new(session, AttachPolicy::for_origins([sandbox.issuer()])?);
    let answer = api.get(sandbox.url("/api/whoami")).await?;
    println!("{} {}", answer.status(), answer.text().await?);
    Ok(())
}
