//! The one call for programs with a person: when it asks, when it must not, and what a failure leaves behind.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob::UserSession;
use keyfob::login::{
    Answer as Line, DevicePrompt, Interaction, LoginMethod, LoginOptions, Question, Surroundings,
    UrlPrompt,
};
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::testing::{Answer, ScriptedTransport, json, lost, respond};
use keyfob::transport::{Clock, ManualClock, RetryPolicy};
use keyfob::user::CacheMode;
use serde_json::json as value;

use super::support::{HOUR, form, granted, oauth_error, of, profile, seconds, start, write};

/// A person who pastes the lines that a test hands over, and counts how often they are troubled.
#[derive(Clone, Default)]
struct Person {
    troubled: Arc<AtomicUsize>,
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl Interaction for Person {
    fn show_url(&self, _: &UrlPrompt<'_>) {
        self.troubled.fetch_add(1, Ordering::SeqCst);
    }

    fn show_device_code(&self, _: &DevicePrompt<'_>) {
        self.troubled.fetch_add(1, Ordering::SeqCst);
    }

    fn ask<'a>(&'a self, _: &Question<'_>) -> Line<'a> {
        let line = self.lines.lock().unwrap().pop_front();
        Box::pin(async move { line })
    }
}

/// One per test: logins of the same identity take turns within a process.
fn client_id() -> String {
    std::thread::current().name().unwrap().to_owned()
}

/// A user session on a clock of its own, with scripted answers of the token endpoint.
struct Desk {
    clock: ManualClock,
    script: ScriptedTransport,
    tokens: Arc<Mutex<VecDeque<Answer>>>,
    store: Store,
    person: Person,
    user: UserSession,
}

impl Desk {
    fn new() -> Self {
        Self::with(CacheMode::ReadWrite, Store::new(MemoryStore::new()))
    }

    fn with(cache: CacheMode, store: Store) -> Self {
        Self::of(cache, store, &value!({}))
    }

    fn of(cache: CacheMode, store: Store, more: &serde_json::Value) -> Self {
        let mut config = value!({
            "client_type": "oidc_auth_code", "auth_server": "https://op.example", "client_id": client_id(),
            "authorization_endpoint": "https://op.example/authorize",
            "token_endpoint": "https://op.example/token",
            "redirect_uri": "https://app.example/shows-the-code", "scopes": ["api"],
        });
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (clock, script) = (ManualClock::new(start()), ScriptedTransport::new());
        let tokens = Arc::new(Mutex::new(VecDeque::<Answer>::new()));
        let queue = Arc::clone(&tokens);
        script.otherwise(move |request| match request.uri().path() {
            "/token" => {
                let next = queue.lock().unwrap().pop_front();
                next.unwrap_or_else(|| lost().into())
            }
            _ => json(404, "{}").into(),
        });
        let place = Surroundings {
            terminal: true,
            ..Surroundings::default()
        };
        let person = Person::default();
        let user = UserSession::builder(of(&config))
            .transport(
                script
                    .transport_on(clock.clone())
                    .with_retry(RetryPolicy::never()),
            )
            .clock(Clock::from(clock.clone()))
            .store(store.clone())
            .profile(profile())
            .cache(cache)
            .interaction(person.clone())
            .login_options(LoginOptions::new(place).with_method(LoginMethod::Paste))
            .build()
            .unwrap();
        Self {
            clock,
            script,
            tokens,
            store,
            person,
            user,
        }
    }

    /// Stores a login whose access token has expired.
    async fn seed_expired(&self) {
        let now = seconds(self.clock.now());
        let token = value!({
            "access_token": "old-access", "refresh_token": "old-refresh", "token_type": "Bearer",
            "_keyfob": {"received_at": now - HOUR - 60, "expires_at": now - 60},
        });
        write(&self.store, &token).await;
    }

    fn answer(&self, answer: impl Into<Answer>) {
        self.tokens.lock().unwrap().push_back(answer.into());
    }

    fn types(&self, line: &str) {
        self.person.lines.lock().unwrap().push_back(line.to_owned());
    }

    async fn token(&self) -> Result<String, String> {
        let token = self.user.access_token().await;
        token
            .map(|token| token.expose().to_owned())
            .map_err(|error| error.code().to_owned())
    }

    fn troubled(&self) -> usize {
        self.person.troubled.load(Ordering::SeqCst)
    }

    async fn stored(&self, name: &str) -> Option<String> {
        let stored = self.store.load(&profile()).await.unwrap()?;
        stored.document.text(name).map(str::to_owned)
    }

    fn forward(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

// covers: C-13, C-20, P18, P25, ceg-21
#[tokio::test]
async fn trouble_at_the_provider_asks_nobody_and_deletes_nothing() {
    let faults: [fn() -> Answer; 8] = [
        || lost().into(),
        || json(500, "{}").into(),
        || json(503, r#"{"error":"temporarily_unavailable"}"#).into(),
        || respond(502, "text/html", "<h1>bad gateway</h1>").into(),
        || respond(400, "text/html", "<h1>invalid_grant</h1>").into(),
        || json(200, "").into(),
        || json(200, "[1]").into(),
        || json(400, r#"{"error":"invalid_request"}"#).into(),
    ];
    for (number, fault) in faults.iter().enumerate() {
        let desk = Desk::new();
        desk.seed_expired().await;
        desk.answer(fault());
        let failed = desk.token().await.unwrap_err();
        assert_eq!(desk.troubled(), 0, "{number}: {failed}");
        assert_eq!(
            desk.stored("refresh_token").await.unwrap(),
            "old-refresh",
            "{number}"
        );
        // Not for ever: what was wrong has passed.
        desk.forward(HOUR);
        desk.answer(granted("new", Some("next")));
        assert_eq!(desk.token().await, Ok("new".to_owned()), "{number}");
        assert_eq!(desk.troubled(), 0);
    }
}

// covers: ceg-19, C-15, ceg-17, W10
#[tokio::test]
async fn a_refused_refresh_token_brings_the_person() {
    let desk = Desk::new();
    desk.seed_expired().await;
    desk.answer(oauth_error("invalid_grant"));
    desk.answer(granted("by-login", Some("fresh")));
    desk.types("a-code");
    assert_eq!(desk.token().await, Ok("by-login".to_owned()));
    assert_eq!(desk.troubled(), 1);
    assert_eq!(desk.stored("refresh_token").await.unwrap(), "fresh");
    // An answer without a new refresh token keeps the old one.
    desk.forward(HOUR + 1);
    desk.answer(granted("renewed", None));
    assert_eq!(desk.token().await, Ok("renewed".to_owned()));
    assert_eq!(desk.stored("refresh_token").await.unwrap(), "fresh");
    assert_eq!(desk.troubled(), 1);
}

// covers: C-13, C-19
#[tokio::test]
async fn a_login_that_failed_is_not_remembered() {
    let desk = Desk::new();
    assert_eq!(desk.token().await, Err("login_unanswered".to_owned()));
    desk.types("a-code");
    desk.answer(oauth_error("invalid_grant"));
    assert_eq!(desk.token().await, Err("oauth_error".to_owned()));
    desk.types("another-code");
    desk.answer(granted("at-last", None));
    assert_eq!(desk.token().await, Ok("at-last".to_owned()));
    assert_eq!(desk.troubled(), 3);
}

// covers: C-16, ceg-16, P28
#[tokio::test]
async fn a_login_without_refresh_token_lasts_as_long_as_its_access_token() {
    let desk = Desk::new();
    desk.types("a-code");
    desk.answer(granted("only", None));
    for _ in 0..5 {
        assert_eq!(desk.token().await, Ok("only".to_owned()));
    }
    let again = Desk::with(CacheMode::ReadWrite, desk.store.clone());
    assert_eq!(again.token().await, Ok("only".to_owned()));
    assert_eq!(
        (desk.troubled(), again.troubled(), again.script.count()),
        (1, 0, 0)
    );
    // It cannot be renewed, so the person is next.
    desk.forward(HOUR + 1);
    desk.types("a-code");
    desk.answer(granted("second", None));
    assert_eq!(desk.token().await, Ok("second".to_owned()));
    assert_eq!(desk.troubled(), 2);
}

// covers: P17, P19
#[tokio::test]
async fn an_odd_expires_in_spoils_no_login() {
    for expires_in in [value!(null), value!("3600"), value!("soon"), value!([])] {
        let desk = Desk::new();
        desk.types("a-code");
        let body =
            value!({"access_token": "odd", "token_type": "Bearer", "expires_in": expires_in});
        desk.answer(json(200, body.to_string()));
        assert_eq!(desk.token().await, Ok("odd".to_owned()), "{expires_in}");
    }
}

// covers: P4, C-34, W46
#[tokio::test]
async fn another_client_scope_or_audience_is_another_login() {
    let store = Store::new(MemoryStore::new());
    let first = Desk::with(CacheMode::ReadWrite, store.clone());
    first.types("a-code");
    first.answer(granted("first", Some("r")));
    first.token().await.unwrap();
    for other in [
        value!({"client_id": "another"}),
        value!({"scopes": ["api", "wider"]}),
        value!({"audiences": ["https://api.example"]}),
    ] {
        let desk = Desk::of(CacheMode::ReadWrite, store.clone(), &other);
        assert_eq!(
            desk.token().await,
            Err("login_unanswered".to_owned()),
            "{other}"
        );
        assert_eq!(desk.troubled(), 1, "{other}");
        let sent = desk.script.requests();
        let sent = sent
            .iter()
            .filter(|request| request.uri().path() == "/token");
        assert_eq!(sent.count(), 0, "the other login's tokens were not used");
        assert_eq!(
            desk.stored("access_token").await.unwrap(),
            "first",
            "nor lost"
        );
    }
    let same = Desk::with(CacheMode::ReadWrite, store);
    assert_eq!(same.token().await, Ok("first".to_owned()));
}

#[tokio::test]
async fn reauth_logs_in_once_whatever_is_stored_and_stores_the_outcome() {
    let store = Store::new(MemoryStore::new());
    let first = Desk::with(CacheMode::ReadWrite, store.clone());
    first.types("a-code");
    first.answer(granted("first", Some("r1")));
    first.token().await.unwrap();
    let again = Desk::with(CacheMode::Reauth, store.clone());
    // A login that fails leaves what was stored, and the next call tries again.
    assert_eq!(again.token().await, Err("login_unanswered".to_owned()));
    assert_eq!(again.stored("access_token").await.unwrap(), "first");
    again.types("a-code");
    again.answer(granted("second", Some("r2")));
    for _ in 0..3 {
        assert_eq!(again.token().await, Ok("second".to_owned()));
    }
    assert_eq!(again.troubled(), 2);
    assert_eq!(again.stored("refresh_token").await.unwrap(), "r2");
    again.forward(HOUR + 1);
    again.answer(granted("renewed", Some("r3")));
    assert_eq!(again.token().await, Ok("renewed".to_owned()));
    assert_eq!(again.troubled(), 2, "a renewal needs nobody");
}

// covers: C-14, pal-4
#[tokio::test]
async fn noop_reads_and_writes_nothing_and_renews_all_the_same() {
    let store = Store::new(MemoryStore::new());
    let first = Desk::with(CacheMode::ReadWrite, store.clone());
    first.types("a-code");
    first.answer(granted("stored", Some("r1")));
    first.token().await.unwrap();
    let desk = Desk::with(CacheMode::Noop, store);
    desk.types("a-code");
    desk.answer(granted("mine", Some("r2")));
    assert_eq!(desk.token().await, Ok("mine".to_owned()));
    desk.forward(HOUR + 1);
    desk.answer(granted("renewed", Some("r3")));
    assert_eq!(desk.token().await, Ok("renewed".to_owned()));
    let sent = desk.script.requests();
    assert_eq!(form(sent.last().unwrap().body())["refresh_token"], "r2");
    desk.forward(HOUR + 1);
    desk.answer(lost());
    assert!(desk.token().await.is_err());
    desk.forward(HOUR);
    desk.answer(granted("after", None));
    assert_eq!(
        desk.token().await,
        Ok("after".to_owned()),
        "the failure deleted nothing"
    );
    assert_eq!(desk.troubled(), 1);
    assert_eq!(desk.stored("access_token").await.unwrap(), "stored");
}

// covers: C-12, ceg-11, P29
#[tokio::test]
async fn a_public_client_sends_no_secret_and_shows_itself_alike_each_time() {
    let desk = Desk::new();
    desk.types("a-code");
    desk.answer(granted("first", Some("r")));
    desk.token().await.unwrap();
    desk.forward(HOUR + 1);
    desk.answer(granted("second", Some("r")));
    desk.token().await.unwrap();
    let requests = desk.script.requests();
    let tokens = requests
        .iter()
        .filter(|request| request.uri().path() == "/token");
    let mut grants = Vec::new();
    for request in tokens {
        let form = form(request.body());
        assert_eq!(form["client_id"], client_id());
        assert!(!form.contains_key("client_secret"), "{form:?}");
        assert!(!request.headers().contains_key("authorization"));
        grants.push(form["grant_type"].clone());
    }
    assert_eq!(grants, ["authorization_code", "refresh_token"]);
}

// covers: C-24
#[tokio::test]
async fn a_client_that_needs_nobody_asks_nobody() {
    let service = value!({"client_type": "oidc_client_credentials_secret", "client_secret": "s"});
    let store = Store::new(MemoryStore::new());
    for cache in [CacheMode::ReadWrite, CacheMode::Reauth, CacheMode::Noop] {
        let desk = Desk::of(cache, store.clone(), &service);
        desk.answer(oauth_error("invalid_scope"));
        assert!(desk.token().await.is_err() || cache == CacheMode::ReadWrite);
        desk.forward(HOUR);
        let name = format!("service-{cache:?}");
        desk.answer(granted(&name, None));
        assert_eq!(desk.token().await, Ok(name));
        assert_eq!(desk.troubled(), 0);
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let desk = Desk::of(
        CacheMode::ReadWrite,
        Store::new(MemoryStore::new()),
        &value!({"client_type": "oidc_auth_code_secret", "client_secret": "canary"}),
    );
    desk.types("a-code");
    desk.answer(granted("canary", Some("canary")));
    desk.token().await.unwrap();
    let builder = UserSession::builder(of(&value!({"client_secret": "canary"})));
    assert!(!format!("{:?} {builder:?}", desk.user).contains("canary"));
}

// covers: ceg-18
#[tokio::test]
async fn what_another_program_renewed_is_taken_over_without_a_request() {
    let desk = Desk::new();
    desk.seed_expired().await;
    let other = Desk::with(CacheMode::ReadWrite, desk.store.clone());
    other.answer(granted("renewed", Some("next")));
    assert_eq!(other.token().await, Ok("renewed".to_owned()));
    assert_eq!(desk.token().await, Ok("renewed".to_owned()));
    assert_eq!((desk.script.count(), desk.troubled()), (0, 0));
}

// covers: ceg-27, ceg-28, C-33
#[tokio::test]
async fn forgetting_the_access_token_renews_and_forgetting_all_asks_the_person() {
    let desk = Desk::new();
    desk.types("a-code");
    desk.answer(granted("first", Some("r")));
    desk.token().await.unwrap();
    // Whoever forgets has not used the session before.
    let fresh = Desk::with(CacheMode::ReadWrite, desk.store.clone());
    assert!(fresh.user.session().forget_access_token().await.unwrap());
    assert_eq!(desk.stored("refresh_token").await.unwrap(), "r");
    fresh.answer(granted("renewed", Some("r2")));
    assert_eq!(fresh.token().await, Ok("renewed".to_owned()));
    assert_eq!(fresh.troubled(), 0);
    let fresh = Desk::with(CacheMode::ReadWrite, desk.store.clone());
    assert!(fresh.user.session().forget().await.unwrap());
    assert_eq!(desk.stored("refresh_token").await, None);
    assert_eq!(fresh.token().await, Err("login_unanswered".to_owned()));
    assert_eq!(fresh.troubled(), 1);
}
