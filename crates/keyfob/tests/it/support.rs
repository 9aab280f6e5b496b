//! A session on a clock that a test moves, against answers that a test scripts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Response;
use keyfob::session::{Event, SessionPolicy};
use keyfob::store::{
    CredentialStore, Document, FileStore, Lease, MemoryStore, ProfileName, Revision, Stamp, Store,
    StoreError, Stored, TryLock,
};
use keyfob::transport::testing::{ScriptedTransport, json};
use keyfob::transport::{Clock, ManualClock};
use keyfob::{Client, ClientConfig, Session};
use serde_json::{Value, json};

pub(crate) const START: u64 = 1_700_000_000;
pub(crate) const HOUR: u64 = 3600;

/// Everything that a test of one session touches.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) script: ScriptedTransport,
    pub(crate) store: Store,
    pub(crate) switches: Arc<Switches>,
    pub(crate) session: Session,
    pub(crate) events: Arc<Mutex<Vec<String>>>,
}

/// What the store refuses.
#[derive(Default)]
pub(crate) struct Switches {
    pub(crate) lock: AtomicBool,
    pub(crate) reserve: AtomicBool,
    pub(crate) commit: AtomicBool,
}

pub(crate) fn start() -> SystemTime {
    at(0)
}

/// So many seconds after the start.
pub(crate) fn at(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(START.checked_add_signed(seconds).unwrap())
}

pub(crate) fn profile() -> ProfileName {
    "work".parse().unwrap()
}

/// A public client whose token endpoint is configured, so that nothing has to be discovered.
pub(crate) fn config() -> ClientConfig {
    of(&json!({
        "client_type": "oidc_device_code", "auth_server": "https://op.example", "client_id": "demo",
        "token_endpoint": "https://op.example/token", "revocation_endpoint": "https://op.example/revoke",
        "jwks_endpoint": "https://op.example/jwks", "scopes": ["openid", "offline_access"]
    }))
}

/// A client that logs in by itself.
pub(crate) fn service() -> ClientConfig {
    config()
        .with("client_type", "oidc_client_credentials_secret")
        .with("client_secret", "s3cret")
}

pub(crate) fn of(value: &Value) -> ClientConfig {
    ClientConfig::from_json(value.to_string().as_bytes()).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(config(), ManualClock::new(start()))
    }

    /// A world in which sleeping moves time by itself.
    pub(crate) fn restless() -> Self {
        Self::with(config(), ManualClock::restless(start()))
    }

    pub(crate) fn service() -> Self {
        Self::with(service(), ManualClock::new(start()))
    }

    /// A world whose store is files, for what other programs do to those.
    pub(crate) fn on_disk(home: &std::path::Path) -> Self {
        let store = Store::new(FileStore::new(home));
        Self::on(store, Arc::default(), config(), ManualClock::new(start()))
    }

    pub(crate) fn with(config: ClientConfig, clock: ManualClock) -> Self {
        let switches = Arc::new(Switches::default());
        let store = Store::new(Faulty {
            inner: MemoryStore::new(),
            switches: Arc::clone(&switches),
        });
        Self::on(store, switches, config, clock)
    }

    /// A world over a store of the test's own.
    pub(crate) fn over(store: Store, config: ClientConfig, clock: ManualClock) -> Self {
        Self::on(store, Arc::default(), config, clock)
    }

    fn on(store: Store, switches: Arc<Switches>, config: ClientConfig, clock: ManualClock) -> Self {
        let script = ScriptedTransport::new();
        let events = Arc::new(Mutex::new(Vec::new()));
        let session = session(config, &script, &clock, &store, &events);
        Self {
            clock,
            script,
            store,
            switches,
            session,
            events,
        }
    }

    /// Another process on the same store, at the same provider.
    pub(crate) fn sibling(&self) -> Session {
        self.sibling_with(config())
    }

    pub(crate) fn sibling_with(&self, config: ClientConfig) -> Session {
        session(config, &self.script, &self.clock, &self.store, &self.events)
    }

    /// Stores a credential whose access token is `age` seconds old and lives for an hour.
    pub(crate) async fn seed(&self, age: u64) {
        self.seed_with(age, &json!({})).await;
    }

    pub(crate) async fn seed_with(&self, age: u64, extra: &Value) {
        let now = seconds(self.clock.now());
        let mut token = json!({
            "access_token": "old-access", "refresh_token": "old-refresh", "token_type": "Bearer", "scope": "openid",
            "_keyfob": {"received_at": now - age, "expires_at": now - age + HOUR}
        });
        for (name, value) in extra.as_object().unwrap() {
            match value {
                Value::Null => drop(token.as_object_mut().unwrap().remove(name)),
                value => token[name] = value.clone(),
            }
        }
        write(&self.store, &token).await;
    }

    pub(crate) async fn stored(&self) -> Document {
        self.store.load(&profile()).await.unwrap().unwrap().document
    }

    pub(crate) async fn stored_text(&self, name: &str) -> Option<String> {
        self.stored().await.text(name).map(str::to_owned)
    }

    pub(crate) fn told(&self, code: &str) -> bool {
        self.events.lock().unwrap().iter().any(|told| told == code)
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn session(
    config: ClientConfig,
    script: &ScriptedTransport,
    clock: &ManualClock,
    store: &Store,
    events: &Arc<Mutex<Vec<String>>>,
) -> Session {
    let clock = Clock::from(clock.clone());
    let client = Client::from_config(config, script.transport(), clock).unwrap();
    let events = Arc::clone(events);
    Session::observed(
        client,
        store.clone(),
        profile(),
        SessionPolicy::default(),
        move |event: &Event| {
            events.lock().unwrap().push(event.code().to_owned());
        },
    )
}

/// Replaces what is stored.
pub(crate) async fn write(store: &Store, token: &Value) {
    let TryLock::Held(mut lease) = store.try_lock(&profile()).await.unwrap() else {
        panic!("locked")
    };
    let revision = lease.load().await.unwrap().map(|stored| stored.revision);
    lease
        .commit(
            revision.as_ref(),
            &Document::from(token.as_object().cloned().unwrap()),
        )
        .await
        .unwrap();
}

pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// A token response.
pub(crate) fn granted(access: &str, refresh: Option<&str>) -> Response<Bytes> {
    let mut body = json!({"access_token": access, "token_type": "Bearer", "expires_in": HOUR});
    if let Some(refresh) = refresh {
        body["refresh_token"] = json!(refresh);
    }
    json(200, body.to_string())
}

pub(crate) fn new_pair() -> Response<Bytes> {
    granted("new-access", Some("new-refresh"))
}

pub(crate) fn oauth_error(code: &str) -> Response<Bytes> {
    json(400, json!({"error": code}).to_string())
}

pub(crate) fn retry_after(status: u16, seconds: u64) -> Response<Bytes> {
    let mut response = json(status, "{}");
    response.headers_mut().insert("retry-after", seconds.into());
    response
}

/// The refresh tokens that were sent, in order.
pub(crate) fn sent(script: &ScriptedTransport) -> Vec<String> {
    script
        .requests()
        .iter()
        .filter_map(|request| form(request.body()).remove("refresh_token"))
        .collect()
}

pub(crate) fn form(body: &Bytes) -> std::collections::BTreeMap<String, String> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// A store that refuses on demand.
struct Faulty {
    inner: MemoryStore,
    switches: Arc<Switches>,
}

struct FaultyLease {
    inner: <MemoryStore as CredentialStore>::Lease,
    switches: Arc<Switches>,
}

fn refuse(switch: &AtomicBool) -> Result<(), StoreError> {
    if switch.load(Ordering::SeqCst) {
        return Err(StoreError::Unwritable {
            path: "token.json".into(),
            why: "read-only file system".into(),
        });
    }
    Ok(())
}

impl CredentialStore for Faulty {
    type Lease = FaultyLease;

    async fn load(&self, key: &ProfileName) -> Result<Option<Stored>, StoreError> {
        self.inner.load(key).await
    }

    async fn try_lock(&self, key: &ProfileName) -> Result<TryLock<FaultyLease>, StoreError> {
        refuse(&self.switches.lock)?;
        Ok(match self.inner.try_lock(key).await? {
            TryLock::Held(inner) => TryLock::Held(FaultyLease {
                inner,
                switches: Arc::clone(&self.switches),
            }),
            TryLock::Busy { holder } => TryLock::Busy { holder },
        })
    }

    async fn list(&self) -> Result<Vec<ProfileName>, StoreError> {
        self.inner.list().await
    }

    async fn stamp(&self, key: &ProfileName) -> Result<Option<Stamp>, StoreError> {
        self.inner.stamp(key).await
    }
}

impl Lease for FaultyLease {
    async fn load(&mut self) -> Result<Option<Stored>, StoreError> {
        self.inner.load().await
    }

    async fn reserve(&mut self, max_bytes: usize) -> Result<(), StoreError> {
        refuse(&self.switches.reserve)?;
        self.inner.reserve(max_bytes).await
    }

    async fn commit(
        &mut self,
        expected: Option<&Revision>,
        document: &Document,
    ) -> Result<Revision, StoreError> {
        refuse(&self.switches.commit)?;
        self.inner.commit(expected, document).await
    }

    async fn remove(&mut self, expected: Option<&Revision>) -> Result<bool, StoreError> {
        self.inner.remove(expected).await
    }
}
