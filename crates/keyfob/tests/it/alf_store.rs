//! One token for alf and keyfob, in a place that alf reads and writes without a lock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob::alf::{AlfStore, UtcOffset};
use keyfob::store::{Document, KeyValue, Store, StoreError};
use keyfob::transport::testing::{ScriptedTransport, json};
use keyfob::transport::{Clock, ManualClock};
use keyfob::{Client, Error, Session};
use serde_json::json;

use crate::support::{HOUR, at, granted, profile, service, start};

const BASE: &str = "https://op.example/token_demo";

/// A place with `get` and `set`, as alf sees it, that can be made to fail.
#[derive(Clone, Default)]
struct Table(Arc<Rows>);

#[derive(Default)]
struct Rows {
    values: Mutex<BTreeMap<String, Vec<u8>>>,
    is_down: AtomicBool,
    writes: AtomicUsize,
}

impl Table {
    fn get_text(&self, key: &str) -> Option<String> {
        let rows = self.0.values.lock().unwrap();
        rows.get(key)
            .map(|value| String::from_utf8(value.clone()).unwrap())
    }

    fn set(&self, key: &str, value: &str) {
        self.0
            .values
            .lock()
            .unwrap()
            .insert(key.to_owned(), value.into());
    }

    /// What alf writes after a token request.
    fn alf_writes(&self, token: &str, expires_on: &str) {
        self.set(&format!("{BASE}_access_token"), token);
        self.set(&format!("{BASE}_expires_on"), expires_on);
    }

    fn token(&self) -> Option<String> {
        self.get_text(&format!("{BASE}_access_token"))
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.0.is_down.load(Ordering::SeqCst) {
            return Err(StoreError::backend("the place is down"));
        }
        Ok(())
    }
}

impl KeyValue for Table {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.check()?;
        Ok(self.0.values.lock().unwrap().get(key).cloned())
    }

    async fn swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        self.check()?;
        let mut rows = self.0.values.lock().unwrap();
        if rows.get(key).map(Vec::as_slice) != expected {
            return Ok(false);
        }
        self.0.writes.fetch_add(1, Ordering::SeqCst);
        match new {
            Some(new) => rows.insert(key.to_owned(), new.to_vec()),
            None => rows.remove(key),
        };
        Ok(true)
    }

    async fn keys(&self, _prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

struct World {
    table: Table,
    script: ScriptedTransport,
    clock: ManualClock,
}

impl World {
    fn new() -> Self {
        Self {
            table: Table::default(),
            script: ScriptedTransport::new(),
            clock: ManualClock::new(start()),
        }
    }

    fn store(&self) -> Store {
        let endpoint = "https://op.example/token";
        Store::new(AlfStore::new(
            self.table.clone(),
            endpoint,
            "demo",
            UtcOffset::UTC,
        ))
    }

    /// A new process.
    fn session(&self) -> Session {
        let clock = Clock::from(self.clock.clone());
        let client = Client::from_config(service(), self.script.transport(), clock).unwrap();
        Session::new(client, self.store(), profile())
    }

    async fn token(&self) -> Result<String, Error> {
        let token = self.session().access_token().await?;
        Ok(token.expose().to_owned())
    }
}

// covers: alf-13, alf-22, alf-25, alf-27, alf-31, alf-33, A10
#[tokio::test]
async fn a_token_is_left_for_alf_under_its_keys_as_plain_text() {
    let world = World::new();
    world.script.push(granted("ours", None));
    assert_eq!(world.token().await.unwrap(), "ours");
    assert_eq!(world.table.token().unwrap(), "ours");
    let expiry = world.table.get_text(&format!("{BASE}_expires_on")).unwrap();
    assert_eq!(expiry, "2023-11-14 23:13:20.000000");
    let notes = world.table.get_text(&format!("{BASE}_keyfob")).unwrap();
    assert!(!notes.contains("ours"), "{notes}");

    let world = World::new();
    world.script.push(json(200, r#"{"access_token": "short"}"#));
    assert_eq!(world.token().await.unwrap(), "short");
    let expiry = world.table.get_text(&format!("{BASE}_expires_on")).unwrap();
    assert_eq!(
        expiry, "2023-11-14 22:18:20.000000",
        "five minutes, not at once"
    );
}

// covers: alf-23, alf-28, A7
#[tokio::test]
async fn a_token_of_alf_is_used_without_a_request() {
    let world = World::new();
    world
        .table
        .alf_writes("theirs", "2023-11-14 23:13:20.000042");
    for _ in 0..3 {
        assert_eq!(world.token().await.unwrap(), "theirs");
    }
    assert_eq!(world.script.count(), 0);
    assert_eq!(world.table.0.writes.load(Ordering::SeqCst), 0);
}

// covers: alf-15, alf-17, alf-21, alf-29, A9, A11
#[tokio::test]
async fn what_alf_left_empty_expired_or_almost_so_is_replaced() {
    for (token, expires_on) in [
        ("", "2023-11-14 22:13:20.000000"),
        ("theirs", "2023-11-14 22:13:20.000000"),
        ("theirs", "2023-11-14 22:13:21"),
        ("theirs", ""),
        ("two\nlines", "2023-11-14 23:13:20.000000"),
        ("theirs", "soon"),
    ] {
        let world = World::new();
        world.table.alf_writes(token, expires_on);
        world.script.push(granted("ours", None));
        assert_eq!(
            world.token().await.unwrap(),
            "ours",
            "{token:?} {expires_on:?}"
        );
        assert_eq!(world.table.token().unwrap(), "ours");
        assert_eq!(world.script.count(), 1);
    }
}

// covers: A11
#[tokio::test]
async fn an_answer_without_a_token_is_an_error_and_leaves_no_empty_one_behind() {
    let world = World::new();
    world.script.otherwise(|_| json(200, "{}"));
    assert!(world.token().await.is_err());
    assert_eq!(world.table.token(), None);
    let mut lease = world
        .store()
        .try_lock(&profile())
        .await
        .unwrap()
        .held()
        .unwrap();
    let empty = Document::parse(br#"{"access_token": "", "refresh_token": "r"}"#).unwrap();
    assert!(lease.commit(None, &empty).await.is_err());
    assert_eq!(world.table.token(), None);
}

#[tokio::test]
async fn keyfob_and_alf_work_in_turns() {
    let world = World::new();
    for turn in 0..10_u64 {
        world.script.push(granted(&format!("ours-{turn}"), None));
        assert_eq!(world.token().await.unwrap(), format!("ours-{turn}"));
        assert_eq!(world.token().await.unwrap(), format!("ours-{turn}"));
        world.clock.advance(Duration::from_secs(HOUR));
        let theirs = format!("theirs-{turn}");
        let at = UtcOffset::UTC;
        let expires_on = moment(at, world.clock.now() + Duration::from_secs(HOUR));
        world.table.alf_writes(&theirs, &expires_on);
        assert_eq!(world.token().await.unwrap(), theirs);
        world.clock.advance(Duration::from_secs(HOUR));
    }
    assert_eq!(world.script.count(), 10);
}

/// What alf would write for a moment, learned from what keyfob writes.
fn moment(offset: UtcOffset, at: std::time::SystemTime) -> String {
    let table = Table::default();
    let store = Store::new(AlfStore::new(
        table.clone(),
        "https://op.example/token",
        "demo",
        offset,
    ));
    let seconds = at
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let document = json!({"access_token": "x", "_exp": seconds});
    let document = Document::from(document.as_object().cloned().unwrap());
    let commit = async {
        let mut lease = store.try_lock(&profile()).await.unwrap().held().unwrap();
        lease.commit(None, &document).await.unwrap();
    };
    futures_util::FutureExt::now_or_never(commit).unwrap();
    table.get_text(&format!("{BASE}_expires_on")).unwrap()
}

// covers: A8
#[test]
fn the_zone_of_alfs_processes_is_given_and_not_guessed() {
    assert_eq!(moment(UtcOffset::UTC, at(0)), "2023-11-14 22:13:20.000000");
    assert_eq!(
        moment(UtcOffset::east(19_800), at(0)),
        "2023-11-15 03:43:20.000000"
    );
}

// covers: A5, alf-11
#[tokio::test]
async fn a_refused_token_is_replaced_only_if_nobody_has_replaced_it() {
    let world = World::new();
    world.script.push(granted("refused", None));
    let session = world.session();
    let token = session.access_token().await.unwrap();
    world
        .table
        .alf_writes("newer", "2023-11-14 23:13:20.000000");
    session.invalidate(&token);
    assert_eq!(session.access_token().await.unwrap().expose(), "newer");
    assert_eq!(world.script.count(), 1);
    assert_eq!(world.table.token().unwrap(), "newer");

    let store = world.store();
    let mut lease = store.try_lock(&profile()).await.unwrap().held().unwrap();
    let read = lease.load().await.unwrap().unwrap().revision;
    world
        .table
        .alf_writes("newest", "2023-11-14 23:13:20.000000");
    assert_eq!(
        lease.remove(Some(&read)).await.unwrap_err().code(),
        "conflict"
    );
    let document = Document::parse(br#"{"access_token": "late"}"#).unwrap();
    assert_eq!(
        lease
            .commit(Some(&read), &document)
            .await
            .unwrap_err()
            .code(),
        "conflict"
    );
    assert_eq!(world.table.token().unwrap(), "newest");
}

// covers: alf-24, A12
#[tokio::test]
async fn many_first_requests_make_one_token_request() {
    let world = World::new();
    world.script.push(granted("one", None));
    let session = world.session();
    let asked = (0..10).map(|_| session.access_token());
    for token in futures_util::future::join_all(asked).await {
        assert_eq!(token.unwrap().expose(), "one");
    }
    assert_eq!(world.script.count(), 1);
}

// covers: A16
#[tokio::test]
async fn a_storage_that_is_down_keeps_nobody_from_working() {
    let world = World::new();
    world.table.0.is_down.store(true, Ordering::SeqCst);
    world.script.push(granted("in-memory", None));
    let session = world.session();
    for _ in 0..5 {
        assert_eq!(session.access_token().await.unwrap().expose(), "in-memory");
    }
    assert_eq!(world.script.count(), 1);
    world.table.0.is_down.store(false, Ordering::SeqCst);
    assert_eq!(world.table.token(), None);

    world.script.push(granted("shared", None));
    let session = world.session();
    session.access_token().await.unwrap();
    world.table.0.is_down.store(true, Ordering::SeqCst);
    assert_eq!(session.access_token().await.unwrap().expose(), "shared");
}

// covers: alf-34
#[tokio::test]
async fn the_same_values_are_not_written_twice() {
    let world = World::new();
    world.script.push(granted("ours", None));
    world.token().await.unwrap();
    let store = world.store();
    let stored = store.load(&profile()).await.unwrap().unwrap();
    let mut lease = store.try_lock(&profile()).await.unwrap().held().unwrap();
    let before = world.table.0.writes.load(Ordering::SeqCst);
    let revision = lease
        .commit(Some(&stored.revision), &stored.document)
        .await
        .unwrap();
    assert_eq!(world.table.0.writes.load(Ordering::SeqCst), before);
    assert_eq!(revision, stored.revision);
}

#[tokio::test]
async fn the_fixed_keys_of_older_versions_are_used_on_demand_and_a_removal_leaves_nothing() {
    let table = Table::default();
    table.set("access_token", "old");
    table.set("expires_on", "2099-01-01 00:00:00.5");
    let store = AlfStore::new(
        table.clone(),
        "https://op.example/token",
        "demo",
        UtcOffset::UTC,
    );
    assert!(
        Store::new(store.clone())
            .load(&profile())
            .await
            .unwrap()
            .is_none()
    );
    drop(store);
    let store = AlfStore::new(
        table.clone(),
        "https://op.example/token",
        "demo",
        UtcOffset::UTC,
    );
    let store = Store::new(store.with_fixed_keys());
    let stored = store.load(&profile()).await.unwrap().unwrap();
    assert_eq!(stored.document.text("access_token"), Some("old"));
    let mut lease = store.try_lock(&profile()).await.unwrap().held().unwrap();
    assert!(lease.remove(Some(&stored.revision)).await.unwrap());
    assert!(!lease.remove(None).await.unwrap());
    lease.release().await;
    assert!(table.0.values.lock().unwrap().is_empty());
}

#[tokio::test]
async fn damaged_values_name_their_key_and_quote_nothing() {
    for (key, value, word) in [
        ("access_token", &b"canary \xff"[..], "UTF-8"),
        ("access_token", b"canary canary", "characters"),
        ("expires_on", b"canary", "date and time"),
        ("expires_on", b"\xff\xfe", "UTF-8"),
    ] {
        let world = World::new();
        world
            .table
            .alf_writes("theirs", "2023-11-14 23:13:20.000000");
        world
            .table
            .0
            .values
            .lock()
            .unwrap()
            .insert(format!("{BASE}_{key}"), value.to_vec());
        let error = world.store().load(&profile()).await.unwrap_err();
        let shown = error.to_string();
        assert_eq!(error.code(), "corrupt");
        assert!(
            shown.contains(&format!("demo_{key}")) && shown.contains(word),
            "{shown}"
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
    let world = World::new();
    world
        .table
        .alf_writes("theirs", "2023-11-14 23:13:20.000000");
    world.table.set(&format!("{BASE}_keyfob"), "{damaged");
    assert_eq!(
        world.token().await.unwrap(),
        "theirs",
        "keyfob's own notes can do no harm"
    );
}
