use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keyfob_store::FileStore;

use crate::other_process::{command_after, command_as_nobody};
use crate::{document, lock, names, work};

/// Runs a role in a process with a mount of its own. A machine that allows no mounts fails the test in CI.
fn play(script: &str, role: &str) {
    let home = tempfile::tempdir().unwrap();
    let output = command_after(script, role, home.path()).output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if output.status.success() && stdout.contains("role played") {
        return;
    }
    let cannot_mount = !stdout.contains("running 1 test");
    assert!(
        cannot_mount && std::env::var_os("CI").is_none(),
        "{role} failed:\n{stdout}\n{stderr}"
    );
    println!("not tested, for want of the right to mount: {stderr}");
}

#[test]
fn a_full_disk_is_found_by_the_reservation() {
    play(
        "mount -t tmpfs -o size=64k,mode=700 none \"$KEYFOB_TEST_HOME\"",
        "full-disk",
    );
}

#[test]
fn a_read_only_home_is_found_before_anything_is_sent() {
    let seed = "mount -t tmpfs -o size=64k,mode=700 none \"$KEYFOB_TEST_HOME\"\n\
        mkdir -m 700 \"$KEYFOB_TEST_HOME/work\"\n\
        printf '{\"access_token\": \"a\"}' > \"$KEYFOB_TEST_HOME/work/token.json\"\n\
        chmod 600 \"$KEYFOB_TEST_HOME/work/token.json\"\n\
        mount -o remount,ro \"$KEYFOB_TEST_HOME\"";
    play(seed, "read-only");
}

#[test]
fn a_folder_without_write_permission_is_found_before_anything_is_sent() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    crate::log_in(&store, "a").unwrap();
    let mut command = command_as_nobody("no-permission", home.path());
    let folder = home.path().join("work");
    let files = [
        store.token_path(&work()),
        folder.join(".lock"),
        folder.clone(),
        home.path().to_owned(),
    ];
    if rustix::process::geteuid().is_root() {
        for file in &files {
            std::os::unix::fs::chown(file, Some(65_534), Some(65_534)).unwrap();
        }
    }
    let set_mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o500);
    let output = command.output().unwrap();
    set_mode(0o700);
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && stdout.contains("role played"),
        "{stdout}\n{stderr}"
    );
}

/// Runs in a home of 64 KiB.
pub(crate) fn meets_a_full_disk(store: &FileStore) {
    let small = document("first");
    let mut lease = lock(store);
    let revision = lease.commit_now(None, &small).unwrap();
    let error = lease.reserve_now(128 * 1024).unwrap_err();
    assert_eq!(error.code(), "no_space");
    assert!(error.to_string().contains("/work/"), "{error}");
    assert_eq!(
        names(&store.home().join("work")),
        [".lock", "token.json"],
        "a failed reservation leaves nothing"
    );

    // What was reserved is there even when somebody else fills the disk meanwhile.
    lease.reserve_now(16 * 1024).unwrap();
    fill_up(&store.home().join("ballast"));
    let revision = lease
        .commit_now(Some(&revision), &document(&"x".repeat(15_000)))
        .unwrap();
    assert_eq!(store.load_now(&work()).unwrap().unwrap().revision, revision);

    // Without a reservation the commit itself finds out, and the former credential stays.
    fill_up(&store.home().join("ballast"));
    let error = lease
        .commit_now(Some(&revision), &document(&"y".repeat(15_000)))
        .unwrap_err();
    assert_eq!(error.code(), "no_space");
    assert_eq!(store.load_now(&work()).unwrap().unwrap().revision, revision);

    drop(lease);
    drop(lock(store));
    let other = keyfob_store::ProfileName::new("other").unwrap();
    let error = store.try_lock_now(&other).map(|_| ()).and_then(|()| {
        let mut lease = store.try_lock_now(&other)?.held()?;
        lease.reserve_now(4096)
    });
    assert_eq!(error.unwrap_err().code(), "no_space");
}

/// Runs in a home that was seeded and then made read-only.
pub(crate) fn meets_a_read_only_home(store: &FileStore) {
    assert_eq!(
        store.load_now(&work()).unwrap().unwrap().document,
        document("a")
    );
    let error = store.try_lock_now(&work()).unwrap_err();
    assert_eq!(error.code(), "unwritable");
    assert!(
        error.to_string().contains("/work/") && error.to_string().contains("read-only"),
        "{error}"
    );
    let other = keyfob_store::ProfileName::new("other").unwrap();
    assert_eq!(store.try_lock_now(&other).unwrap_err().code(), "unwritable");
    assert_eq!(
        store
            .write_settings(None, &document("s"))
            .unwrap_err()
            .code(),
        "unwritable"
    );
    assert_eq!(
        store.remove_profile(&work()).unwrap_err().code(),
        "unwritable"
    );
}

/// Runs as the owner of a profile folder that has no write permission, but a lock file and a credential.
pub(crate) fn meets_a_folder_without_permission(store: &FileStore) {
    let mut lease = lock(store);
    let stored = lease.load_now().unwrap().unwrap();
    let error = lease.reserve_now(4096).unwrap_err();
    assert_eq!(error.code(), "unwritable");
    assert!(
        error.to_string().contains("/work/") && error.to_string().contains("permission denied"),
        "{error}"
    );
    assert_eq!(
        lease
            .commit_now(Some(&stored.revision), &document("b"))
            .unwrap_err()
            .code(),
        "unwritable"
    );
    assert_eq!(
        store.load_now(&work()).unwrap().unwrap().document,
        document("a")
    );
    fs::set_permissions(store.home(), fs::Permissions::from_mode(0o500)).unwrap();
    let other = keyfob_store::ProfileName::new("other").unwrap();
    assert_eq!(store.try_lock_now(&other).unwrap_err().code(), "unwritable");
    fs::set_permissions(store.home(), fs::Permissions::from_mode(0o700)).unwrap();
}

/// Writes until nothing more fits.
fn fill_up(path: &Path) {
    let mut ballast = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    while std::io::Write::write(&mut ballast, &[0; 1024]).is_ok() {}
}
