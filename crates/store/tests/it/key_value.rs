//! A store out of a key-value place: the contract, and what happens around its locks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob_store::{
    CredentialStore, KeyValue, KeyValueStore, Lease, Store, StoreError, TryLock, contract,
};

use crate::{document, ready, work};

#[derive(Clone, Debug, Default)]
struct Table(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Table {
    fn put(&self, key: &str, value: &[u8]) {
        let mut rows = self.0.lock().unwrap();
        rows.insert(key.to_owned(), value.to_vec());
    }

    fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }
}

impl KeyValue for Table {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    async fn swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        let mut rows = self.0.lock().unwrap();
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
        let mut keys = self.keys();
        keys.retain(|key| key.starts_with(prefix));
        keys.reverse();
        Ok(keys)
    }
}

#[test]
fn a_key_value_store_keeps_the_contract() {
    ready(contract::run(|| KeyValueStore::new(Table::default())));
    ready(contract::run(|| {
        KeyValueStore::new(Table::default()).with_prefix("")
    }));
}

#[test]
fn a_lock_whose_holder_was_killed_ends_by_itself() {
    let table = Table::default();
    let killed = KeyValueStore::new(table.clone()).with_lock_lasting(Duration::ZERO);
    let lease = ready(killed.try_lock(&work())).unwrap().held().unwrap();
    std::mem::forget(lease);
    let store = KeyValueStore::new(table);
    assert!(ready(store.try_lock(&work())).unwrap().held().is_ok());
}

#[test]
fn a_lock_that_was_not_given_back_names_its_holder() {
    let store = KeyValueStore::new(Table::default());
    let lease = ready(store.try_lock(&work())).unwrap().held().unwrap();
    let TryLock::Busy { holder } = ready(store.try_lock(&work())).unwrap() else {
        panic!("the lock is taken twice");
    };
    let process = format!("process {} (", std::process::id());
    assert!(holder.unwrap().starts_with(&process));
    ready(lease.release());
    assert!(ready(store.try_lock(&work())).unwrap().held().is_ok());
}

#[test]
fn whoever_lost_the_lock_neither_overwrites_nor_takes_it_from_its_new_holder() {
    let table = Table::default();
    let slow = KeyValueStore::new(table.clone()).with_lock_lasting(Duration::ZERO);
    let store = KeyValueStore::new(table);
    let mut late = ready(slow.try_lock(&work())).unwrap().held().unwrap();
    let mut lease = ready(store.try_lock(&work())).unwrap().held().unwrap();
    ready(lease.commit(None, &document("new"))).unwrap();
    let refused = ready(late.commit(None, &document("late")));
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    ready(late.release());
    assert!(matches!(
        ready(store.try_lock(&work())).unwrap(),
        TryLock::Busy { .. }
    ));
    let stored = ready(store.load(&work())).unwrap().unwrap();
    assert_eq!(stored.document, document("new"));
}

#[test]
fn whoever_finds_the_lock_taken_over_learns_it_before_a_refresh_token_is_sent() {
    let table = Table::default();
    let slow = KeyValueStore::new(table.clone()).with_lock_lasting(Duration::ZERO);
    let store = KeyValueStore::new(table);
    let mut late = ready(slow.try_lock(&work())).unwrap().held().unwrap();
    // It ended, but nobody else wants it.
    ready(late.reserve(10)).unwrap();
    let mut lease = ready(store.try_lock(&work())).unwrap().held().unwrap();
    ready(lease.reserve(10)).unwrap();
    let refused = ready(late.reserve(10));
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    let other = ready(store.try_lock(&work())).unwrap();
    assert!(matches!(other, TryLock::Busy { .. }));
}

#[test]
fn what_cannot_be_read_is_reported_by_its_key_and_kept_aside_by_a_new_login() {
    let table = Table::default();
    table.put("keyfob/work", b"{\"access_token\": \"canary");
    let store = Store::new(KeyValueStore::new(table.clone()));
    let error = ready(store.load(&work())).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }));
    let told = format!("{error} {error:?}");
    assert!(
        told.contains("keyfob/work") && !told.contains("canary"),
        "{told}"
    );
    let mut lease = ready(store.try_lock(&work())).unwrap().held().unwrap();
    ready(lease.commit(None, &document("new"))).unwrap();
    ready(lease.release());
    assert_eq!(table.keys(), ["keyfob/work", "keyfob/work#aside"]);
    assert_eq!(ready(store.list()).unwrap(), [work()]);
    let mut lease = ready(store.try_lock(&work())).unwrap().held().unwrap();
    assert!(ready(lease.remove(None)).unwrap());
    ready(lease.release());
    assert!(table.keys().is_empty(), "nothing is left behind");
}

#[test]
fn names_that_are_no_profiles_are_not_listed() {
    let table = Table::default();
    for key in ["keyfob/UPPER", "keyfob/work", "keyfob/work#lock", "other/x"] {
        table.put(key, b"{}");
    }
    let store = KeyValueStore::new(table);
    assert_eq!(ready(store.list()).unwrap(), [work()]);
}

#[test]
fn errors_of_the_place_say_what_failed() {
    let error = StoreError::backend_failed(std::io::Error::other("connection refused"));
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("backend", "the credential store failed: connection refused")
    );
    assert_eq!(StoreError::backend("no table").code(), "backend");
}
