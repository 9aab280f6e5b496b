//! Profiles as wholes: renamed in one step, and copied for an editor.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use keyfob_store::{FileStore, ProfileName};

use crate::{document, lock, log_in, names, work};

fn other() -> ProfileName {
    ProfileName::new("other").unwrap()
}

fn store_with_profile() -> (tempfile::TempDir, FileStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    store
        .write_config(&work(), None, &document("config"))
        .unwrap();
    log_in(&store, "a").unwrap();
    (home, store)
}

#[test]
fn a_renamed_profile_keeps_configuration_and_credential() {
    let (home, store) = store_with_profile();
    assert!(store.rename_profile(&work(), &other()).unwrap());
    assert_eq!(names(home.path()), ["other"]);
    let login = store.load_now(&other()).unwrap().unwrap();
    assert_eq!(login.document.text("access_token"), Some("a"));
    assert!(store.load_config(&other()).unwrap().is_some());
    assert!(!store.rename_profile(&work(), &other()).unwrap());
    assert!(!home.path().join("work").exists());
}

#[test]
fn renaming_never_takes_the_place_of_another_profile() {
    let (home, store) = store_with_profile();
    store
        .write_config(&other(), None, &document("theirs"))
        .unwrap();
    let refused = store.rename_profile(&work(), &other()).unwrap_err();
    assert_eq!(refused.code(), "conflict");
    assert!(store.load_now(&work()).unwrap().is_some());
    // A folder with files that nobody here knows is not taken either.
    store.remove_profile(&other()).unwrap();
    fs::create_dir(home.path().join("other")).unwrap();
    fs::write(home.path().join("other/notes.txt"), "mine").unwrap();
    let refused = store.rename_profile(&work(), &other()).unwrap_err();
    assert_eq!(refused.code(), "conflict");
    assert!(home.path().join("other/notes.txt").exists());
}

#[test]
fn a_lock_file_that_a_reader_left_behind_is_no_profile() {
    let (home, store) = store_with_profile();
    drop(store.try_lock_now(&other()).unwrap());
    assert!(store.rename_profile(&work(), &other()).unwrap());
    assert_eq!(names(home.path()), ["other"]);
}

#[test]
fn renaming_waits_for_a_refresh_that_is_under_way() {
    let (_home, store) = store_with_profile();
    let mut lease = lock(&store);
    let elsewhere = store.clone();
    let renaming = std::thread::spawn(move || elsewhere.rename_profile(&work(), &other()));
    let expected = lease.load_now().unwrap().unwrap().revision;
    lease
        .commit_now(Some(&expected), &document("rotated"))
        .unwrap();
    assert!(store.load_config(&work()).unwrap().is_some());
    drop(lease);
    assert!(renaming.join().unwrap().unwrap());
    let login = store.load_now(&other()).unwrap().unwrap();
    assert_eq!(login.document.text("access_token"), Some("rotated"));
}

#[test]
fn a_copy_for_an_editor_is_private_and_goes_with_the_profile() {
    let (home, store) = store_with_profile();
    let config = store.load_config(&work()).unwrap().unwrap();
    let copy = store.copy_config(&work(), &config.document).unwrap();
    let mode = copy.path().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(copy.read().unwrap().document, config.document);
    fs::write(copy.path(), "{").unwrap();
    let damaged = copy.read().unwrap_err().to_string();
    assert!(damaged.contains("auth_client.edit-1.json"), "{damaged}");
    let second = store.copy_config(&work(), &config.document).unwrap();
    assert!(second.path().ends_with("work/auth_client.edit-2.json"));
    second.remove().unwrap();
    assert!(copy.path().exists());
    store.remove_profile(&work()).unwrap();
    assert!(names(home.path()).is_empty());
}
