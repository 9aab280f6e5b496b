use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use keyfob_store::{FileStore, StoreError, Warning};
use rustix::fs::{AtFlags, CWD, Mode, Uid};

use crate::{document, lock, log_in, names, work};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Expects an unsafe path, and returns the command that mends it.
fn unsafe_path<T>(result: Result<T, StoreError>, expected: &Path) -> String {
    match result {
        Err(StoreError::Unsafe { path, fix, .. }) => {
            assert_eq!(path, expected);
            assert!(fix.contains(expected.to_str().unwrap()), "{fix}");
            fix
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("an unsafe path was used"),
    }
}

fn logged_in() -> (tempfile::TempDir, FileStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    log_in(&store, "a").unwrap();
    (home, store)
}

// covers: W32
#[test]
fn a_profile_that_sops_has_encrypted_is_neither_read_past_nor_written_beside() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    let folder = home.path().join("work");
    fs::create_dir(&folder).unwrap();
    chmod(&folder, 0o700);
    for name in ["auth_client.sops.json", "token.sops.json"] {
        fs::write(folder.join(name), "{}").unwrap();
    }
    let config = store.write_config(&work(), None, &document("x"));
    let token = lock(&store).reserve_now(10);
    let outcomes = [
        store.load_config(&work()).map(drop),
        store.load_now(&work()).map(drop),
        config.map(drop),
        token,
    ];
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().code(), "encrypted");
    }
    assert!(!folder.join("token.json").exists() && !folder.join("auth_client.json").exists());
}

// covers: W31
#[test]
fn refuses_files_and_folders_that_others_can_write_and_the_hint_mends_it() {
    let (home, store) = logged_in();
    for (path, mode) in [
        (home.path().to_owned(), 0o770),
        (home.path().to_owned(), 0o702),
        (home.path().join("work"), 0o777),
        (home.path().join("work"), 0o720),
        (store.token_path(&work()), 0o620),
        (store.token_path(&work()), 0o602),
    ] {
        chmod(&path, mode);
        let fix = unsafe_path(store.load_now(&work()), &path);
        if path.is_dir() {
            unsafe_path(store.try_lock_now(&work()), &path);
        }
        assert!(
            std::process::Command::new("sh")
                .args(["-c", &fix])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(
            store.load_now(&work()).unwrap().unwrap().document,
            document("a")
        );
    }
}

#[test]
fn warns_of_a_file_that_others_can_read_and_the_next_write_tightens_it() {
    let (_home, store) = logged_in();
    chmod(&store.token_path(&work()), 0o644);
    let stored = store.load_now(&work()).unwrap().unwrap();
    let [Warning::ReadableByOthers { path, fix }] = &stored.warnings[..] else {
        panic!("{:?}", stored.warnings)
    };
    assert_eq!(path, &store.token_path(&work()));
    assert_eq!(fix, &format!("chmod 600 {}", path.display()));
    lock(&store)
        .commit_now(Some(&stored.revision), &document("b"))
        .unwrap();
    assert!(
        store
            .load_now(&work())
            .unwrap()
            .unwrap()
            .warnings
            .is_empty()
    );
}

#[test]
fn refuses_symbolic_links_in_place_of_files_folders_and_the_lock() {
    let (home, store) = logged_in();
    let token = store.token_path(&work());
    let elsewhere = home.path().join("elsewhere.json");
    fs::rename(&token, &elsewhere).unwrap();
    symlink(&elsewhere, &token).unwrap();
    unsafe_path(store.load_now(&work()), &token);
    unsafe_path(lock(&store).load_now(), &token);

    let lock_file = home.path().join("work/.lock");
    fs::remove_file(&lock_file).unwrap();
    symlink(home.path().join("victim"), &lock_file).unwrap();
    unsafe_path(store.try_lock_now(&work()), &lock_file);
    assert!(!home.path().join("victim").exists());

    fs::rename(home.path().join("work"), home.path().join("real")).unwrap();
    symlink(home.path().join("real"), home.path().join("work")).unwrap();
    unsafe_path(store.load_now(&work()), &home.path().join("work"));
    unsafe_path(store.try_lock_now(&work()), &home.path().join("work"));
}

#[test]
fn a_new_login_replaces_a_symbolic_link_and_leaves_what_it_points_to() {
    let (home, store) = logged_in();
    let token = store.token_path(&work());
    let victim = home.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    fs::remove_file(&token).unwrap();
    symlink(&victim, &token).unwrap();
    log_in(&store, "b").unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(
        store.load_now(&work()).unwrap().unwrap().document,
        document("b")
    );
    assert!(home.path().join("work/token.json.corrupt-1").is_symlink());
}

#[test]
fn a_link_planted_for_the_temporary_file_is_not_followed() {
    let (home, store) = logged_in();
    let victim = home.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let mut lease = lock(&store);
    symlink(&victim, home.path().join("work/.token.json.new")).unwrap();
    let revision = lease.load_now().unwrap().unwrap().revision;
    lease.commit_now(Some(&revision), &document("b")).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(
        store
            .token_path(&work())
            .symlink_metadata()
            .unwrap()
            .is_file()
    );
}

#[test]
fn a_home_may_be_reached_by_a_link() {
    let (home, _) = logged_in();
    let base = tempfile::tempdir().unwrap();
    symlink(home.path(), base.path().join("link")).unwrap();
    let store = FileStore::new(base.path().join("link"));
    assert_eq!(
        store.load_now(&work()).unwrap().unwrap().document,
        document("a")
    );
}

#[test]
fn refuses_folders_and_pipes_in_place_of_files_and_does_not_replace_a_folder() {
    let (_home, store) = logged_in();
    let token = store.token_path(&work());
    fs::remove_file(&token).unwrap();
    rustix::fs::mknodat(
        CWD,
        &token,
        rustix::fs::FileType::Fifo,
        Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    unsafe_path(store.load_now(&work()), &token);
    fs::remove_file(&token).unwrap();
    fs::create_dir(&token).unwrap();
    fs::write(token.join("inside"), "precious").unwrap();
    unsafe_path(store.load_now(&work()), &token);
    unsafe_path(log_in(&store, "b"), &token);
    unsafe_path(lock(&store).remove_now(None), &token);
    assert_eq!(
        fs::read_to_string(token.join("inside")).unwrap(),
        "precious"
    );
}

#[test]
fn refuses_what_belongs_to_somebody_else() {
    let (home, store) = logged_in();
    if !rustix::process::geteuid().is_root() {
        // Only root can give files away; anybody else finds foreign ones in the folder of another user.
        assert!(
            std::env::var_os("CI").is_none(),
            "foreign ownership is tested as root in CI"
        );
        return;
    }
    let me = Uid::ROOT;
    for path in [
        store.token_path(&work()),
        home.path().join("work"),
        home.path().to_owned(),
    ] {
        rustix::fs::chownat(
            CWD,
            &path,
            Some(Uid::from_raw(12_345)),
            None,
            AtFlags::empty(),
        )
        .unwrap();
        let fix = unsafe_path(store.load_now(&work()), &path);
        assert!(fix.contains("chown 0"), "{fix}");
        rustix::fs::chownat(CWD, &path, Some(me), None, AtFlags::empty()).unwrap();
        assert!(store.load_now(&work()).unwrap().is_some());
    }
}

#[test]
fn removing_takes_the_link_and_not_what_it_points_to() {
    let (home, store) = logged_in();
    let token = store.token_path(&work());
    fs::rename(&token, home.path().join("elsewhere")).unwrap();
    symlink(home.path().join("elsewhere"), &token).unwrap();
    assert!(lock(&store).remove_now(None).unwrap());
    assert_eq!(names(home.path()), ["elsewhere", "work"]);
}
