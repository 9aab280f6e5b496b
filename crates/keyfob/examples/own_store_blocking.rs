//! Keeps credentials in a place of one's own that blocks: a folder of files, one per key.
//!
//! A place that blocks writes `async fn` without awaiting anything. Fit for a program with few tasks; others spawn the work.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example own_store_blocking`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use keyfob::store::{KeyValue, KeyValueStore, Store, StoreError};
use keyfob::transport::Clock;
use keyfob::{Client, blocking, session};
use keyfob_sandbox::{Sandbox, SandboxConfig};

/// A folder that one process uses; the mutex makes a swap one step. (Between processes, take keyfob's own `FileStore`.)
struct Folder {
    path: PathBuf,
    step: Mutex<()>,
}

impl Folder {
    fn file(&self, key: &str) -> PathBuf {
        self.path.join(key.replace(['/', '#'], "_"))
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(self.file(key)) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::backend_failed(error)),
        }
    }
}

impl KeyValue for Folder {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(key)
    }

    async fn swap(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        let _step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        if self.read(key)?.as_deref() != expected {
            return Ok(false);
        }
        let done = match new {
            Some(new) => fs::write(self.file(key), new),
            None => fs::remove_file(self.file(key)),
        };
        done.map(|()| true).map_err(StoreError::backend_failed)
    }

    async fn keys(&self, _: &str) -> Result<Vec<String>, StoreError> {
        // Only lists of profiles need it.
        Ok(Vec::new())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = support::service(&sandbox)?;
    let folder = tempfile::tempdir()?;
    let store = KeyValueStore::new(Folder {
        path: folder.path().to_owned(),
        step: Mutex::new(()),
    });
    let transport = config.transport()?;
    let client = Client::from_config(config, transport, Clock::system())?;
    let session = session::Session::new(client, Store::new(store), "service".parse()?);
    let session = blocking::Session::new(session)?;
    session.access_token()?;
    drop(session);
    for entry in fs::read_dir(folder.path())? {
        println!("kept in {}", entry?.file_name().display());
    }
    Ok(())
}
