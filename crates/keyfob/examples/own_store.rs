//! Keeps credentials in a place of one's own: here a table in memory, elsewhere Redis, a database, a cloud's key-value service.
//!
//! `get`, `swap` and `keys` are all that it takes. The place may wait (async) or block: see `own_store_blocking`.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example own_store`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use std::collections::BTreeMap;

use keyfob::store::{KeyValue, KeyValueStore, Store, StoreError, contract};
use keyfob::transport::Clock;
use keyfob::{Client, Session};
use keyfob_sandbox::{Sandbox, SandboxConfig};
use tokio::sync::Mutex;

/// Rows of key and value, behind a lock that is waited for as a connection would be.
#[derive(Default)]
struct Table(Mutex<BTreeMap<String, Vec<u8>>>);

impl KeyValue for Table {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().await.get(key).cloned())
    }

    async fn swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        let mut rows = self.0.lock().await;
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
        let rows = self.0.lock().await;
        Ok(rows
            .keys()
            .filter(|key| key.starts_with(prefix))
            .cloned()
            .collect())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // In a test: the rules that every store must keep.
    contract::run(|| KeyValueStore::new(Table::default())).await;
    println!("the table keeps the contract");

    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = support::service(&sandbox)?;
    let table = KeyValueStore::new(Table::default()).with_prefix("my-app/");
    for _ in 0..2 {
        // Two sessions on one place, as two processes would be: one token request.
        let transport = config.transport()?;
        let client = Client::from_config(config.clone(), transport, Clock::system())?;
        let session = Session::new(client, Store::new(table.clone()), "service".parse()?);
        session.access_token().await?;
    }
    let requests = sandbox.counters().grant("client_credentials").requests;
    println!(
        "{requests} token request, kept under {:?}",
        table.values().keys("").await?
    );
    Ok(())
}
