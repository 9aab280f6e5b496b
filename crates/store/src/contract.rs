//! The rules every store must keep, as a suite that any implementation can run in its tests.
//!
//! ```
//! # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
//! # fn block_on<F: Future>(future: F) -> F::Output {
//! #     match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
//! #         Poll::Ready(output) => output,
//! #         Poll::Pending => unreachable!("a memory store never waits"),
//! #     }
//! # }
//! block_on(keyfob_store::contract::run(keyfob_store::MemoryStore::new));
//! ```

#![expect(
    clippy::expect_used,
    reason = "a test suite reports a broken rule by panicking"
)]

use serde_json::json;

use crate::{
    CredentialStore, Document, Held, MAX_DOCUMENT_BYTES, ProfileName, Store, StoreError, Stored,
    TryLock,
};

/// Runs every rule, each against a store that `fresh` makes and that must be empty.
///
/// # Panics
/// At the first rule that is broken, saying which.
pub async fn run<S: CredentialStore>(fresh: impl Fn() -> S) {
    let fresh = || Store::new(fresh());
    nothing_is_stored_at_first(&fresh()).await;
    what_is_committed_is_read_back(&fresh()).await;
    a_document_is_kept_whole_but_for_top_level_nulls(&fresh()).await;
    a_commit_needs_the_present_revision(&fresh()).await;
    every_write_changes_revision_and_stamp(&fresh()).await;
    a_lock_excludes_others_until_released(&fresh()).await;
    reading_needs_no_lock(&fresh()).await;
    a_lease_released_without_commit_changes_nothing(&fresh()).await;
    a_reservation_neither_shows_nor_limits(&fresh()).await;
    what_is_too_large_is_refused_and_the_former_kept(&fresh()).await;
    a_removal_needs_the_present_revision_or_none(&fresh()).await;
    a_replacement_needs_no_revision(&fresh()).await;
    the_list_is_sorted_and_complete(&fresh()).await;
    clones_of_the_handle_share_content(&fresh()).await;
}

async fn nothing_is_stored_at_first(store: &Store) {
    assert!(
        load(store, "work").await.is_none(),
        "an empty store loads nothing"
    );
    assert!(
        store.stamp(&name("work")).await.expect("stamp").is_none(),
        "an empty store has no stamp"
    );
    assert!(
        store.list().await.expect("list").is_empty(),
        "an empty store lists nothing"
    );
    let mut lease = lock(store, "work").await;
    assert!(
        lease.load().await.expect("load").is_none(),
        "a lease loads nothing from an empty store"
    );
    assert!(
        !lease.remove(None).await.expect("remove"),
        "there is nothing to remove from an empty store"
    );
}

async fn what_is_committed_is_read_back(store: &Store) {
    let mut lease = lock(store, "work").await;
    let revision = lease
        .commit(None, &document("a"))
        .await
        .expect("first commit");
    let again = lease
        .load()
        .await
        .expect("load by lease")
        .expect("the lease sees its own commit");
    assert_eq!(
        (&again.document, &again.revision),
        (&document("a"), &revision),
        "the lease reads back what it committed"
    );
    lease.release().await;
    let stored = load(store, "work").await.expect("stored");
    assert_eq!(
        (stored.document, stored.revision),
        (document("a"), revision),
        "others read back what was committed"
    );
    assert!(
        load(store, "home").await.is_none(),
        "other profiles are not touched"
    );
}

async fn a_document_is_kept_whole_but_for_top_level_nulls(store: &Store) {
    let members = json!({
        "access_token": "é€😀\u{0}\u{7f}\"\\/\n", "_iat": 1_700_000_000, "_exp": 1_700_000_000.123_456_7, "expires_in": -1,
        "big": u64::MAX, "small": i64::MIN, "unknown": {"nested": [null, {"deep": null}, [], {}, 0.1, 1e100, -0.0]}, "": "empty name",
        "gone": null,
    });
    let given = Document::from(members.as_object().cloned().unwrap_or_default());
    let mut expected = given.clone();
    expected.unset("gone");
    put(store, "work", &given).await;
    assert_eq!(
        load(store, "work").await.expect("stored").document,
        expected,
        "unknown members and exact numbers are kept"
    );
}

async fn a_commit_needs_the_present_revision(store: &Store) {
    let mut lease = lock(store, "work").await;
    let first = lease
        .commit(None, &document("a"))
        .await
        .expect("first commit");
    expect_conflict(
        &lease.commit(None, &document("b")).await,
        "a commit that expects nothing must not overwrite",
    );
    let second = lease
        .commit(Some(&first), &document("c"))
        .await
        .expect("commit on the present revision");
    expect_conflict(
        &lease.commit(Some(&first), &document("d")).await,
        "a commit on a past revision must not overwrite",
    );
    let stored = lease.load().await.expect("load").expect("stored");
    assert_eq!(
        (stored.document, stored.revision),
        (document("c"), second.clone()),
        "a conflict changes nothing"
    );
    lease
        .commit(Some(&second), &document("e"))
        .await
        .expect("a conflict does not spoil the lease");
    let mut other = lock(store, "home").await;
    expect_conflict(
        &other.commit(Some(&second), &document("f")).await,
        "a commit that expects something needs it to be there",
    );
    assert!(
        other.load().await.expect("load").is_none(),
        "a conflict creates nothing"
    );
}

async fn every_write_changes_revision_and_stamp(store: &Store) {
    let key = name("work");
    let mut lease = lock(store, "work").await;
    let mut revision = lease.commit(None, &document("0")).await.expect("commit");
    let mut stamp = store
        .stamp(&key)
        .await
        .expect("stamp")
        .expect("there is a stamp");
    assert_eq!(
        store.stamp(&key).await.expect("stamp").as_ref(),
        Some(&stamp),
        "a stamp rests while nothing is written"
    );
    for round in 1..20 {
        let next = lease
            .commit(Some(&revision), &document(&round.to_string()))
            .await
            .expect("commit");
        let after = store
            .stamp(&key)
            .await
            .expect("stamp")
            .expect("there is a stamp");
        assert_ne!(next, revision, "another content is another revision");
        assert_ne!(after, stamp, "a write changes the stamp");
        (revision, stamp) = (next, after);
    }
}

async fn a_lock_excludes_others_until_released(store: &Store) {
    let key = name("work");
    let held = lock(store, "work").await;
    assert!(
        matches!(store.try_lock(&key).await, Ok(TryLock::Busy { .. })),
        "a second lease on the same profile is refused"
    );
    assert!(
        matches!(store.try_lock(&name("home")).await, Ok(TryLock::Held(_))),
        "another profile has its own lock"
    );
    held.release().await;
    for _ in 0..3 {
        lock(store, "work").await.release().await;
    }
    put(store, "work", &document("a")).await;
    let mut lease = lock(store, "work").await;
    lease.remove(None).await.expect("remove");
    lease.release().await;
    lock(store, "work").await.release().await;
}

async fn reading_needs_no_lock(store: &Store) {
    let mut lease = lock(store, "work").await;
    lease.commit(None, &document("a")).await.expect("commit");
    assert_eq!(
        load(store, "work").await.expect("stored").document,
        document("a"),
        "a held lock does not stop readers"
    );
    assert!(
        store.stamp(&name("work")).await.expect("stamp").is_some(),
        "a held lock does not stop a stamp"
    );
    assert_eq!(
        store.list().await.expect("list"),
        [name("work")],
        "a held lock does not stop a list"
    );
}

async fn a_lease_released_without_commit_changes_nothing(store: &Store) {
    put(store, "work", &document("a")).await;
    let before = store.stamp(&name("work")).await.expect("stamp");
    let mut lease = lock(store, "work").await;
    lease.reserve(10_000).await.expect("reserve");
    lease.release().await;
    assert_eq!(
        load(store, "work").await.expect("stored").document,
        document("a"),
        "a released lease leaves the content"
    );
    assert_eq!(
        store.stamp(&name("work")).await.expect("stamp"),
        before,
        "a released lease leaves the stamp"
    );
}

async fn a_reservation_neither_shows_nor_limits(store: &Store) {
    let mut lease = lock(store, "work").await;
    lease.reserve(64).await.expect("reserve");
    assert!(
        load(store, "work").await.is_none(),
        "a reservation is not a credential"
    );
    assert!(
        store.list().await.expect("list").is_empty(),
        "a reservation is not listed"
    );
    lease.reserve(32).await.expect("reserve less");
    lease.reserve(128).await.expect("reserve more");
    let large = document(&"x".repeat(5000));
    let revision = lease
        .commit(None, &large)
        .await
        .expect("commit more than was reserved");
    assert_eq!(
        load(store, "work").await.expect("stored").document,
        large,
        "what exceeds the reservation is whole"
    );
    lease.reserve(50_000).await.expect("reserve again");
    lease
        .commit(Some(&revision), &document("a"))
        .await
        .expect("commit less than was reserved");
    assert_eq!(
        load(store, "work").await.expect("stored").document,
        document("a"),
        "nothing of the reservation is left behind"
    );
}

async fn what_is_too_large_is_refused_and_the_former_kept(store: &Store) {
    let mut lease = lock(store, "work").await;
    let revision = lease.commit(None, &document("a")).await.expect("commit");
    let refused = lease.reserve(MAX_DOCUMENT_BYTES + 1).await;
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "a reservation beyond the cap is refused"
    );
    lease
        .reserve(MAX_DOCUMENT_BYTES)
        .await
        .expect("a reservation up to the cap is possible");
    let refused = lease
        .commit(Some(&revision), &document(&"x".repeat(MAX_DOCUMENT_BYTES)))
        .await;
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "a document beyond the cap is refused"
    );
    assert_eq!(
        load(store, "work").await.expect("stored").document,
        document("a"),
        "the former credential is kept"
    );
}

async fn a_removal_needs_the_present_revision_or_none(store: &Store) {
    let mut lease = lock(store, "work").await;
    let first = lease.commit(None, &document("a")).await.expect("commit");
    let second = lease
        .commit(Some(&first), &document("b"))
        .await
        .expect("commit");
    expect_conflict(
        &lease.remove(Some(&first)).await,
        "a removal on a past revision must not remove",
    );
    assert!(
        lease.load().await.expect("load").is_some(),
        "a conflict removes nothing"
    );
    assert!(
        lease.remove(Some(&second)).await.expect("remove"),
        "a removal says that there was something"
    );
    assert!(
        lease.load().await.expect("load").is_none(),
        "what is removed is gone"
    );
    assert!(
        store.list().await.expect("list").is_empty(),
        "what is removed is not listed"
    );
    expect_conflict(
        &lease.remove(Some(&second)).await,
        "what is gone is not the expected revision",
    );
    assert!(
        !lease.remove(None).await.expect("remove nothing"),
        "a removal says that there was nothing"
    );
    lease
        .commit(None, &document("c"))
        .await
        .expect("a commit after a removal");
    assert!(
        lease.remove(None).await.expect("remove anything"),
        "a removal without expectation removes anything"
    );
    assert!(
        load(store, "work").await.is_none(),
        "what is removed is gone for others too"
    );
}

async fn a_replacement_needs_no_revision(store: &Store) {
    let mut lease = lock(store, "work").await;
    lease
        .replace(&document("a"))
        .await
        .expect("replace nothing");
    lease
        .replace(&document("b"))
        .await
        .expect("replace something");
    assert_eq!(
        load(store, "work").await.expect("stored").document,
        document("b"),
        "the last replacement is stored"
    );
}

async fn the_list_is_sorted_and_complete(store: &Store) {
    for profile in ["zeta", "alpha", "mid.dle", "alpha-2"] {
        put(store, profile, &document(profile)).await;
    }
    lock(store, "only-locked").await.release().await;
    let listed = store.list().await.expect("list");
    assert_eq!(
        listed,
        ["alpha", "alpha-2", "mid.dle", "zeta"].map(name),
        "profiles with a credential, sorted"
    );
}

async fn clones_of_the_handle_share_content(store: &Store) {
    put(store, "work", &document("a")).await;
    assert_eq!(
        load(&store.clone(), "work").await.expect("stored").document,
        document("a"),
        "a clone reads the same"
    );
}

fn name(name: &str) -> ProfileName {
    ProfileName::new(name).expect("a good name")
}

fn document(token: &str) -> Document {
    let mut document = Document::new();
    document.set("access_token", token);
    document
}

async fn load(store: &Store, profile: &str) -> Option<Stored> {
    store.load(&name(profile)).await.expect("load")
}

async fn lock(store: &Store, profile: &str) -> Held {
    store
        .try_lock(&name(profile))
        .await
        .expect("try_lock")
        .held()
        .expect("the lock is free")
}

async fn put(store: &Store, profile: &str, document: &Document) {
    let mut lease = lock(store, profile).await;
    lease.commit(None, document).await.expect("commit");
    lease.release().await;
}

fn expect_conflict<T>(result: &Result<T, StoreError>, rule: &str) {
    assert!(matches!(result, Err(StoreError::Conflict)), "{rule}");
}
