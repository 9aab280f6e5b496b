//! The stores from outside: contract, layout, safety, damage, disks and races.

#![cfg_attr(
    unix,
    expect(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout,
        reason = "test code, of which clippy only recognises the functions marked as tests"
    )
)]
#![cfg_attr(
    not(unix),
    expect(
        dead_code,
        clippy::unwrap_used,
        clippy::panic,
        reason = "most of these tests need Unix"
    )
)]

mod contract;
#[cfg(unix)]
mod damage;
#[cfg(unix)]
mod disk;
mod key_value;
#[cfg(unix)]
mod layout;
#[cfg(unix)]
mod objects;
#[cfg(unix)]
mod other_process;
#[cfg(unix)]
mod profiles;
#[cfg(unix)]
mod races;
#[cfg(unix)]
mod safety;

use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use keyfob_store::{Document, FileLease, FileStore, ProfileName, StoreError};

/// Runs a future that never waits.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a store of this crate never waits"),
    }
}

fn work() -> ProfileName {
    ProfileName::new("work").unwrap()
}

fn document(token: &str) -> Document {
    let mut document = Document::new();
    document.set("access_token", token);
    document
}

fn lock(store: &FileStore) -> FileLease {
    store.try_lock_now(&work()).unwrap().held().unwrap()
}

/// Writes as a new login does: whatever is there is replaced, and kept aside if it cannot be read.
fn log_in(store: &FileStore, token: &str) -> Result<(), StoreError> {
    let mut lease = lock(store);
    let present = match lease.load_now() {
        Ok(stored) => stored.map(|stored| stored.revision),
        Err(error) if error.is_replaceable() => None,
        Err(error) => return Err(error),
    };
    lease
        .commit_now(present.as_ref(), &document(token))
        .map(drop)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
