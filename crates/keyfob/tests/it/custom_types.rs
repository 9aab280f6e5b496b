//! A client type of an application's own: a made-up grant that gets everything else from the session.

use bytes::Bytes;
use http::Request;
use keyfob::client::{ClientType, ClientTypes, CustomClientType, CustomContext, Granted};
use keyfob::jose::Secret;
use keyfob::protocol::{Endpoint, ProtocolError, Repeat, RequestPolicy, TokenResponse};
use keyfob::session::{Invalidation, Readiness};
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::testing::{ScriptedTransport, json, lost};
use keyfob::transport::{Clock, ManualClock};
use keyfob::{Client, ClientConfig, ConfigError, Environment, Error, Session};
use serde_json::{Map, Value, json as value};

use crate::support::{HOUR, granted, oauth_error, of, profile, start};

/// Trades the ticket of a build machine for tokens.
struct Ticket;

impl CustomClientType for Ticket {
    fn name(&self) -> &'static str {
        "acme_ticket"
    }

    fn check(&self, config: &ClientConfig) -> Result<(), ConfigError> {
        match config.text("desk") {
            Some(_) => Ok(()),
            None => Err(ConfigError::Missing {
                key: "desk",
                client_type: "acme_ticket",
            }),
        }
    }

    fn is_unattended(&self, config: &ClientConfig) -> bool {
        config.text("ticket_env").is_some()
    }

    fn identity_keys(&self) -> &'static [&'static str] {
        &["desk"]
    }

    async fn log_in(&self, context: &CustomContext) -> Result<Granted, Error> {
        let ticket = context.secret("ticket").await?;
        let ticket = ticket.ok_or(ConfigError::Missing {
            key: "ticket",
            client_type: "acme_ticket",
        })?;
        trade(context, &value!({"ticket": ticket.expose()})).await
    }

    async fn refresh(&self, context: &CustomContext, token: Secret) -> Result<Granted, Error> {
        trade(context, &value!({"renew": token.expose()})).await
    }
}

async fn trade(context: &CustomContext, body: &Value) -> Result<Granted, Error> {
    let desk = context.config().text("desk").unwrap_or_default();
    let make = |_| {
        let mut request = Request::post(desk)
            .body(Bytes::from(body.to_string()))
            .map_err(|_| ProtocolError::InsecureUrl { what: "desk" })?;
        let policy = RequestPolicy::new(Endpoint::Token, Repeat::OnlyIfUnsent);
        request.extensions_mut().insert(policy);
        Ok(request)
    };
    let answered = context.exchange(make).await?;
    let members = match TokenResponse::read(&answered.response) {
        // The desk has names of its own for what OAuth calls access and refresh token.
        Ok(response) => response.raw,
        Err(error) => return Err(error.into()),
    };
    let mut named = Map::new();
    named.extend(members);
    context.granted(named, &answered)
}

struct Desk {
    script: ScriptedTransport,
    clock: ManualClock,
    store: Store,
}

impl Desk {
    fn new() -> Self {
        Self {
            script: ScriptedTransport::new(),
            clock: ManualClock::new(start()),
            store: Store::new(MemoryStore::new()),
        }
    }

    fn session(&self) -> Session {
        let client = self.client(&config(), &ClientTypes::builtin().register(Ticket));
        Session::new(client.unwrap(), self.store.clone(), profile())
    }

    fn client(&self, config: &ClientConfig, types: &ClientTypes) -> Result<Client, Error> {
        let environment = Environment::from_vars([("TICKET", "canary")]);
        let clock = Clock::from(self.clock.clone());
        let transport = self.script.transport();
        Client::with_types(config.clone(), transport, clock, environment, types)
    }

    fn bodies(&self) -> Vec<String> {
        let sent = self.script.requests();
        let texts = sent
            .iter()
            .map(|sent| String::from_utf8_lossy(sent.body()).into_owned());
        texts.collect()
    }
}

fn config() -> ClientConfig {
    of(
        &value!({"client_type": "acme_ticket", "desk": "https://desk.example", "ticket_env": "TICKET"}),
    )
}

// covers: W49
#[tokio::test]
async fn a_type_of_an_application_logs_in_stores_and_refreshes_like_those_of_the_format() {
    let desk = Desk::new();
    let session = desk.session();
    assert_eq!(
        session.client().client_type(),
        ClientType::Custom("acme_ticket")
    );
    assert!(session.is_ready().await.unwrap());
    assert!(matches!(
        session.ensure_ready().await.unwrap(),
        Readiness::CanLogInUnattended
    ));
    desk.script.push(granted("one", Some("r1")));
    assert_eq!(session.access_token().await.unwrap().expose(), "one");
    // Another process finds it in the store.
    let other = desk.session();
    assert_eq!(other.authorization().await.unwrap().unwrap(), "Bearer one");
    desk.clock.advance(std::time::Duration::from_secs(HOUR));
    desk.script.push(granted("two", Some("r2")));
    let (mine, theirs) = tokio::join!(session.access_token(), other.access_token());
    assert_eq!(
        (mine.unwrap().expose(), theirs.unwrap().expose()),
        ("two", "two")
    );
    assert_eq!(
        desk.bodies(),
        [r#"{"ticket":"canary"}"#, r#"{"renew":"r1"}"#]
    );
    let stored = desk.store.load(&profile()).await.unwrap().unwrap().document;
    assert_eq!(stored.text("refresh_token"), Some("r2"));
}

// covers: W49, W3
#[tokio::test]
async fn a_hundred_callers_of_a_custom_type_make_one_login() {
    let desk = Desk::new();
    let session = desk.session();
    desk.script.push(granted("one", None));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            tokio::spawn({
                let session = session.clone();
                async move { session.access_token().await.unwrap().expose().to_owned() }
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "one");
    }
    assert_eq!(desk.script.count(), 1);
}

// covers: alf-5
#[tokio::test]
async fn a_401_renews_the_token_of_a_custom_type_once() {
    let desk = Desk::new();
    let session = desk.session();
    desk.script.push(granted("one", Some("r1")));
    desk.script.push(granted("two", Some("r2")));
    let one = session.access_token().await.unwrap();
    assert_eq!(session.invalidate(&one), Invalidation::Invalidated);
    let two = session.access_token().await.unwrap();
    assert_eq!(two.expose(), "two");
    assert_eq!(session.invalidate(&two), Invalidation::RejectedAgain);
    assert_eq!(desk.script.count(), 2);
}

// covers: W10
#[tokio::test]
async fn a_refused_or_lost_refresh_of_a_custom_type_has_the_fate_of_any_other() {
    let desk = Desk::new();
    let session = desk.session();
    desk.script.push(granted("one", Some("r1")));
    session.access_token().await.unwrap();
    desk.clock.advance(std::time::Duration::from_secs(HOUR));
    desk.script.push(oauth_error("invalid_grant"));
    desk.script.push(granted("again", None));
    assert_eq!(session.access_token().await.unwrap().expose(), "again");

    let desk = Desk::new();
    let session = desk.session();
    desk.script.push(granted("one", Some("r1")));
    session.access_token().await.unwrap();
    desk.clock.advance(std::time::Duration::from_secs(HOUR));
    desk.script.push(lost());
    assert!(session.access_token().await.is_err());
    let stored = desk.store.load(&profile()).await.unwrap().unwrap().document;
    assert_eq!(stored.text("refresh_token"), Some("r1"), "kept");
}

#[tokio::test]
async fn without_a_server_what_needs_one_says_what_to_configure() {
    let desk = Desk::new();
    let session = desk.session();
    let error = session.client().metadata().await.unwrap_err();
    assert_eq!(error.code(), "config_missing");
    assert!(error.to_string().contains("auth_server"), "{error}");
}

#[test]
fn the_types_own_check_counts_and_an_unregistered_type_is_unknown() {
    let desk = Desk::new();
    let types = ClientTypes::builtin().register(Ticket);
    let without = config().with("desk", Value::Null);
    assert_eq!(
        desk.client(&without, &types).unwrap_err().code(),
        "config_missing"
    );
    let error = desk.client(&config(), &ClientTypes::builtin()).unwrap_err();
    assert_eq!(error.code(), "client_type_unknown");
    assert_eq!(types.all().count(), 16);
    assert_eq!(types.all().last(), Some(ClientType::Custom("acme_ticket")));
}

#[test]
fn another_desk_is_another_login() {
    let desk = Desk::new();
    let types = ClientTypes::builtin().register(Ticket);
    let here = desk.client(&config(), &types).unwrap();
    let there = desk
        .client(&config().with("desk", "https://other.example"), &types)
        .unwrap();
    let noted = desk
        .client(&config().with("_comment", "x"), &types)
        .unwrap();
    assert_ne!(here.identity(), there.identity());
    assert_eq!(here.identity(), noted.identity());
}

#[tokio::test]
async fn a_type_that_needs_a_person_logs_in_where_the_application_says_so() {
    let desk = Desk::new();
    let types = ClientTypes::builtin().register(Ticket);
    let config = config()
        .with("ticket_env", Value::Null)
        .with("ticket", "by-hand");
    let client = desk.client(&config, &types).unwrap();
    let session = Session::new(client, desk.store.clone(), profile());
    assert!(session.access_token().await.unwrap_err().is_login_needed());
    desk.script
        .push(json(200, r#"{"access_token":"one","expires_in":60}"#));
    let readiness = session
        .ensure_ready_or(|client| async move { client.log_in_custom().await })
        .await;
    assert!(matches!(readiness.unwrap(), Readiness::LoggedIn));
    assert_eq!(desk.bodies(), [r#"{"ticket":"by-hand"}"#]);
}
