//! What planet-auth's stored objects promise, as documents and stores keep it.

use keyfob_store::{Document, FileStore, MemoryStore, Store, StoreError};

use crate::{document, lock, log_in, ready, work};

// covers: planet-1
#[test]
fn a_document_may_be_empty_but_never_nothing_or_anything_else() {
    assert!(Document::parse(b"{}").unwrap().as_map().is_empty());
    for nothing in [&b""[..], b"null", b"[]", b"\"text\"", b"17", b"false"] {
        assert!(Document::parse(nothing).is_err());
    }
}

// covers: planet-2
#[test]
fn a_change_of_one_member_keeps_the_others_and_a_refused_write_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path());
    let mut before = document("a");
    before.set("scope", "openid");
    let mut lease = lock(&store);
    let revision = lease.commit_now(None, &before).unwrap();
    let mut changed = before.clone();
    changed.set("access_token", "b");
    assert_eq!(changed.text("scope"), Some("openid"));
    assert_eq!(before.text("access_token"), Some("a"), "a copy is a copy");
    changed.set("access_token", "x".repeat(keyfob_store::MAX_DOCUMENT_BYTES));
    let refused = lease.commit_now(Some(&revision), &changed);
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    assert_eq!(store.load_now(&work()).unwrap().unwrap().document, before);
}

// covers: planet-3, planet-14
#[test]
fn what_is_not_stored_is_none_and_what_was_read_stays_in_hand() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path());
    assert!(store.load_now(&work()).unwrap().is_none());
    assert!(store.stamp_now(&work()).unwrap().is_none());
    log_in(&store, "a").unwrap();
    let held = store.load_now(&work()).unwrap().unwrap();
    assert!(store.stamp_now(&work()).unwrap().is_some());
    std::fs::remove_file(store.token_path(&work())).unwrap();
    assert!(store.load_now(&work()).unwrap().is_none());
    assert_eq!(held.document, document("a"));
}

// covers: planet-4, planet-16
#[test]
fn data_of_the_wrong_shape_is_an_error_that_names_the_file_and_leaves_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path());
    log_in(&store, "a").unwrap();
    let path = store.token_path(&work());
    for wrong in ["null", "[1]", "{\"access_token\": ", ""] {
        std::fs::write(&path, wrong).unwrap();
        for _ in 0..2 {
            let error = store.load_now(&work()).unwrap_err();
            assert!(
                error.to_string().contains(path.to_str().unwrap()),
                "{error}"
            );
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), wrong);
    }
}

// covers: planet-13, planet-10
#[test]
fn a_copy_in_another_profile_or_store_leaves_the_first_alone() {
    let folder = tempfile::tempdir().unwrap();
    let files = FileStore::new(folder.path());
    log_in(&files, "a").unwrap();
    let mut document = files.load_now(&work()).unwrap().unwrap().document;
    let home = "home".parse().unwrap();
    document.set("access_token", "b");
    let mut lease = files.try_lock_now(&home).unwrap().held().unwrap();
    lease.commit_now(None, &document).unwrap();
    let memory = Store::new(MemoryStore::new());
    let mut lease = ready(memory.try_lock(&work())).unwrap().held().unwrap();
    document.set("access_token", "c");
    ready(lease.commit(None, &document)).unwrap();
    let token = |stored: Option<keyfob_store::Stored>| {
        let stored = stored.unwrap();
        stored.document.text("access_token").unwrap().to_owned()
    };
    assert_eq!(token(files.load_now(&work()).unwrap()), "a");
    assert_eq!(token(files.load_now(&home).unwrap()), "b");
    assert_eq!(token(ready(memory.load(&work())).unwrap()), "c");
}
