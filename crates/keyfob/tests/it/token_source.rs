//! How a session serves programs as their source of tokens: what alf's and planet-auth's authenticators promise.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use keyfob::authenticate::{AttachPolicy, AuthorizedClient};
use keyfob::session::SessionPolicy;
use keyfob::store::{KeyValue, KeyValueStore, Store, StoreError};
use keyfob::transport::testing::{ScriptedTransport, json};
use keyfob::transport::{Clock, ManualClock, RetryPolicy};
use keyfob::{Client, ClientConfig, Error, Session};
use serde_json::json;

use super::authenticate_server::Server;
use super::authenticate_setup::session;
use crate::support::{
    HOUR, World, config, form, granted, new_pair, of, profile, sent, service, start,
};

async fn token(session: &Session) -> Result<String, Error> {
    let token = session.access_token().await?;
    Ok(token.expose().to_owned())
}

/// Counts how often a value is read.
#[derive(Clone, Default)]
struct Counted {
    rows: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    reads: Arc<AtomicUsize>,
}

impl KeyValue for Counted {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        // A place that is somewhere else is waited for.
        tokio::task::yield_now().await;
        Ok(self.rows.lock().unwrap().get(key).cloned())
    }

    async fn swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        let mut rows = self.rows.lock().unwrap();
        if rows.get(key).map(Vec::as_slice) != expected {
            return Ok(false);
        }
        match new {
            Some(new) => rows.insert(key.to_owned(), new.to_vec()),
            None => rows.remove(key),
        };
        Ok(true)
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let rows = self.rows.lock().unwrap();
        Ok(rows
            .keys()
            .filter(|key| key.starts_with(prefix))
            .cloned()
            .collect())
    }
}

impl Counted {
    fn session(&self, config: ClientConfig, script: &ScriptedTransport) -> Session {
        let clock = Clock::from(ManualClock::restless(start()));
        let client = Client::from_config(config, script.transport(), clock).unwrap();
        Session::new(
            client,
            Store::new(KeyValueStore::new(self.clone())),
            profile(),
        )
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

// covers: planet-6, planet-5, alf-12, C-39
#[tokio::test]
async fn a_store_is_read_at_the_first_use_and_not_again_while_the_token_is_good() {
    let (place, script) = (Counted::default(), ScriptedTransport::new());
    let session = place.session(config(), &script);
    assert!(session.current().is_none());
    assert_eq!(place.reads(), 0);
    assert_eq!(token(&session).await.unwrap_err().code(), "login_needed");
    script.push(granted("first", None));
    let service = place.session(service(), &script);
    assert_eq!(token(&service).await.unwrap(), "first");
    let read = place.reads();
    for _ in 0..10 {
        assert_eq!(token(&service).await.unwrap(), "first");
    }
    assert_eq!(place.reads(), read, "what is in memory is not read again");
}

// covers: A12
#[tokio::test]
async fn sessions_that_share_a_key_value_place_share_the_one_token() {
    let (place, script) = (Counted::default(), ScriptedTransport::new());
    script.push(granted("first", None));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let session = place.session(service(), &script);
            tokio::spawn(async move { token(&session).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "first");
    }
    assert_eq!(script.count(), 1);
    let keys: Vec<_> = place.rows.lock().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["keyfob/work"], "every lock was given back");
}

#[tokio::test]
async fn whatever_is_forgotten_the_lock_is_given_back_before_the_caller_is_answered() {
    let (place, script) = (Counted::default(), ScriptedTransport::new());
    script.otherwise(|_| granted("token", Some("refresh")));
    let session = place.session(service(), &script);
    let is_locked = || place.rows.lock().unwrap().contains_key("keyfob/work#lock");
    token(&session).await.unwrap();
    assert!(session.forget_refresh_token().await.unwrap());
    assert!(!is_locked(), "after the refresh token");
    assert!(session.forget_access_token().await.unwrap());
    assert!(!is_locked(), "after the access token");
    token(&session).await.unwrap();
    assert!(session.forget().await.unwrap());
    assert!(!is_locked(), "after everything");
}

// covers: planet-7
#[tokio::test]
async fn a_token_in_hand_outlives_its_file_until_it_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::on_disk(folder.path());
    world.seed_with(100, &json!({"refresh_token": null})).await;
    assert_eq!(token(&world.session).await.unwrap(), "old-access");
    std::fs::remove_file(folder.path().join("work/token.json")).unwrap();
    assert_eq!(token(&world.session).await.unwrap(), "old-access");
    world.forward(HOUR);
    assert_eq!(
        token(&world.session).await.unwrap_err().code(),
        "login_needed"
    );
}

// covers: planet-71
#[tokio::test]
async fn what_a_login_brought_is_stored_and_served_at_once() {
    let world = World::service();
    world.seed(100).await;
    assert_eq!(token(&world.session).await.unwrap(), "old-access");
    world.script.push(granted("adopted", None));
    let granted = world
        .session
        .client()
        .login_unattended(Duration::from_secs(9))
        .await
        .unwrap();
    world.session.adopt(granted).await.unwrap();
    assert_eq!(world.session.current().unwrap().expose(), "adopted");
    assert_eq!(world.stored_text("access_token").await.unwrap(), "adopted");
}

// covers: planet-69
#[tokio::test]
async fn a_refresh_token_without_an_access_token_is_redeemed_at_the_first_use() {
    let world = World::new();
    world
        .seed_with(0, &json!({"access_token": null, "_keyfob": null}))
        .await;
    world.script.push(new_pair());
    assert_eq!(token(&world.session).await.unwrap(), "new-access");
    assert_eq!(sent(&world.script), ["old-refresh"]);
}

// covers: planet-67
#[tokio::test]
async fn without_a_refresh_token_nothing_is_sent_and_the_token_serves_until_it_expires() {
    let world = World::new();
    world.seed_with(3500, &json!({"refresh_token": null})).await;
    assert_eq!(token(&world.session).await.unwrap(), "old-access");
    world.session.settle().await;
    world.forward(100);
    assert_eq!(
        token(&world.session).await.unwrap_err().code(),
        "login_expired"
    );
    assert_eq!(world.script.count(), 0);
}

// covers: planet-70
#[tokio::test]
async fn what_another_program_wrote_is_refreshed_if_that_is_stale_too() {
    let world = World::new();
    world.seed(100).await;
    assert_eq!(token(&world.session).await.unwrap(), "old-access");
    world.forward(HOUR);
    let theirs = json!({"access_token": "their-access", "refresh_token": "their-refresh"});
    world.seed_with(HOUR, &theirs).await;
    world.script.push(new_pair());
    assert_eq!(token(&world.session).await.unwrap(), "new-access");
    assert_eq!(sent(&world.script), ["their-refresh"]);
}

// covers: alf-16, A9
#[tokio::test]
async fn a_token_with_ten_seconds_left_is_served_and_a_dead_one_never() {
    let world = World::new();
    world.seed(HOUR - 10).await;
    let clock = Clock::from(world.clock.clone());
    let client = Client::from_config(config(), world.script.transport(), clock).unwrap();
    let policy = SessionPolicy::default()
        .with_renewal_buffer(Duration::ZERO)
        .unwrap();
    let lazy = Session::with_policy(client, world.store.clone(), profile(), policy);
    assert_eq!(token(&lazy).await.unwrap(), "old-access");
    assert_eq!(world.script.count(), 0);
    // By default a token does not die on its way: it is renewed before.
    world.script.push(new_pair());
    assert_eq!(token(&world.session).await.unwrap(), "new-access");
}

// covers: alf-18, alf-7, A2, A19
#[tokio::test]
async fn the_token_request_is_a_post_with_the_grant_alone_and_basic_authentication() {
    let script = ScriptedTransport::new();
    script.push(granted("first", None));
    let config = of(&json!({
        "client_type": "oidc_client_credentials_secret", "auth_server": "https://as.example",
        "token_endpoint": "https://as.example/token", "client_id": "demo", "client_secret": "s3cret",
        "client_auth_method": "client_secret_basic",
    }));
    let session = Counted::default().session(config, &script);
    token(&session).await.unwrap();
    let requests = script.requests();
    let request = requests.first().unwrap();
    assert_eq!(
        (
            request.method().as_str(),
            request.uri().to_string().as_str()
        ),
        ("POST", "https://as.example/token")
    );
    assert_eq!(request.body(), "grant_type=client_credentials");
    assert_eq!(request.headers()["authorization"], "Basic ZGVtbzpzM2NyZXQ=");
    let plain = of(&json!({
        "client_type": "oidc_client_credentials_secret", "auth_server": "http://as.example",
        "client_id": "demo", "client_secret": "s",
    }));
    assert!(plain.check().is_err(), "a secret is not sent in the clear");
}

// covers: alf-10, alf-20, A3
#[tokio::test]
async fn a_token_endpoint_that_fails_is_an_error_with_its_status_and_leaves_no_token_behind() {
    let (place, script) = (Counted::default(), ScriptedTransport::new());
    script.otherwise(|_| json(503, "{}"));
    let session = place.session(service(), &script);
    let error = session.access_token().await.unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    assert!(session.current().is_none());
    assert!(place.rows.lock().unwrap().is_empty());
}

/// A service whose transport repeats by a policy.
fn patient(script: &ScriptedTransport, retry: RetryPolicy, config: ClientConfig) -> Session {
    let clock = ManualClock::restless(start());
    let transport = script.transport_on(clock.clone()).with_retry(retry);
    let client = Client::from_config(config, transport, Clock::from(clock)).unwrap();
    let store = Store::new(keyfob::store::MemoryStore::new());
    Session::new(client, store, profile())
}

fn recipe() -> RetryPolicy {
    RetryPolicy::default()
        .with_attempts(6)
        .with_statuses([StatusCode::INTERNAL_SERVER_ERROR])
        .with_waits(Duration::from_millis(300), Duration::from_mins(2))
        .checked()
        .unwrap()
}

// covers: A13, alf-3, alf-4
#[tokio::test]
async fn alfs_recipe_repeats_a_token_request_five_times_over_http_and_https() {
    for endpoint in ["https://op.example/token", "http://127.0.0.1:9/token"] {
        let script = ScriptedTransport::new();
        for _ in 0..5 {
            script.push(json(500, "{}"));
        }
        script.push(granted("at-last", None));
        let session = patient(
            &script,
            recipe(),
            service().with("token_endpoint", endpoint),
        );
        assert_eq!(token(&session).await.unwrap(), "at-last");
        assert_eq!(script.count(), 6);
    }
}

// covers: A13
#[tokio::test]
async fn the_recipe_of_a_configuration_holds_whatever_http_client_a_program_brings() {
    let script = ScriptedTransport::new();
    for _ in 0..5 {
        script.push(json(500, "{}"));
    }
    script.push(granted("at-last", None));
    let retry = json!({"attempts": 6, "statuses": [500], "backoff": 0.3, "backoff_cap": 120});
    let session = patient(
        &script,
        RetryPolicy::never(),
        service().with("retry", retry),
    );
    assert_eq!(token(&session).await.unwrap(), "at-last");
    let once = ScriptedTransport::new();
    once.push(json(500, "{}"));
    let session = patient(&once, RetryPolicy::never(), service());
    assert!(token(&session).await.is_err());
    assert_eq!((script.count(), once.count()), (6, 1));
}

// covers: A13
#[tokio::test]
async fn exhausted_repetitions_end_in_a_typed_error_that_knows_the_status() {
    let script = ScriptedTransport::new();
    script.otherwise(|_| json(500, "{}"));
    let session = patient(&script, recipe(), service());
    let error = session.access_token().await.unwrap_err();
    assert!(
        error.to_string().contains("500") && error.is_transient(),
        "{error}"
    );
    assert_eq!(script.count(), 6);
}

// covers: A13
#[tokio::test]
async fn no_recipe_repeats_a_refresh_that_may_have_been_received() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    let script = ScriptedTransport::new();
    script.push(json(500, "{}"));
    let clock = world.clock.clone();
    let transport = script.transport_on(clock.clone()).with_retry(recipe());
    let client = Client::from_config(config(), transport, Clock::from(clock)).unwrap();
    let session = Session::new(client, world.store.clone(), profile());
    token(&session).await.unwrap_err();
    assert_eq!(script.count(), 1);
}

// covers: alf-2, alf-1
#[tokio::test]
async fn everything_else_of_a_request_stays_as_the_caller_made_it() {
    let server = Server::start(|seen| match seen.authorization.as_deref() {
        Some("Bearer at-2") => (200, String::new(), ""),
        _ => (401, String::new(), ""),
    })
    .await;
    let (session, _provider) = session();
    let policy = AttachPolicy::for_origins([server.url("")]).unwrap();
    let client = AuthorizedClient::new(session, policy);
    let request = client.client().put(server.url("/a?b=c")).body("body");
    assert_eq!(
        client
            .execute(request.build().unwrap())
            .await
            .unwrap()
            .status(),
        200
    );
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(
        seen.iter()
            .all(|seen| (seen.target.as_str(), seen.body.as_str()) == ("/a?b=c", "body"))
    );
}

// covers: alf-19, A14, W7, C-35
#[tokio::test]
async fn the_configured_time_limit_ends_a_token_request_that_hangs() {
    let hung = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/token", hung.local_addr().unwrap());
    let config = service()
        .with("token_endpoint", endpoint)
        .with("timeout", 0.3)
        .with("retry", json!({"attempts": 1}));
    let transport = config.transport().unwrap();
    let client = Client::from_config(config, transport, Clock::system()).unwrap();
    let store = Store::new(keyfob::store::MemoryStore::new());
    let session = Session::new(client, store, profile());
    let ended = tokio::time::timeout(Duration::from_secs(20), token(&session)).await;
    let error = ended.expect("an end").unwrap_err();
    assert_eq!(error.code(), "answer_timeout");
}

// covers: A11
#[tokio::test]
async fn an_answer_without_a_token_is_an_error_and_never_an_empty_bearer() {
    for body in [
        json!({"expires_in": 60}),
        json!({"access_token": ""}),
        json!({"access_token": null}),
    ] {
        let script = ScriptedTransport::new();
        script.push(json(200, body.to_string()));
        let session = Counted::default().session(service(), &script);
        assert!(token(&session).await.is_err(), "{body}");
        assert!(session.current_header().is_none());
    }
    let script = ScriptedTransport::new();
    script.push(json(200, r#"{"access_token":"a","expires_in":null}"#));
    let session = Counted::default().session(service(), &script);
    assert_eq!(token(&session).await.unwrap(), "a");
    let request = form(script.requests()[0].body());
    assert_eq!(request["grant_type"], "client_credentials");
}
