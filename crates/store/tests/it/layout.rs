use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use keyfob_store::{Document, FileStore, ProfileName};

use crate::other_process::command_after_umask;
use crate::{document, lock, log_in, names, work};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

// covers: W31, C-5
#[test]
fn files_lie_where_planet_auth_keeps_them_and_only_their_owner_can_read_them() {
    let base = tempfile::tempdir().unwrap();
    let home = base.path().join("deep/home");
    let store = FileStore::new(&home);
    store
        .write_config(&work(), None, &document("config"))
        .unwrap();
    log_in(&store, "a").unwrap();
    assert_eq!(store.token_path(&work()), home.join("work/token.json"));
    assert_eq!(
        store.config_path(&work()),
        home.join("work/auth_client.json")
    );
    assert_eq!(
        names(&home.join("work")),
        [".lock", "auth_client.json", "token.json"]
    );
    for folder in ["", "work"] {
        assert_eq!(mode(&home.join(folder)), 0o700);
    }
    for file in names(&home.join("work")) {
        assert_eq!(mode(&home.join("work").join(file)), 0o600);
    }
}

#[test]
fn a_folder_made_by_planet_auth_is_used_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("work");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("token.json"), "{\n  \"access_token\": \"a\"\n}").unwrap();
    fs::set_permissions(folder.join("token.json"), fs::Permissions::from_mode(0o600)).unwrap();
    let store = FileStore::new(home.path());
    let stored = store.load_now(&work()).unwrap().unwrap();
    assert_eq!(
        (stored.document.text("access_token"), stored.warnings.len()),
        (Some("a"), 0)
    );
    log_in(&store, "b").unwrap();
    assert_eq!(mode(&folder), 0o755);
}

// covers: W31, C-5, P1
#[test]
fn a_loose_umask_does_not_loosen_the_modes() {
    let base = tempfile::tempdir().unwrap();
    let home = base.path().join("home");
    let output = command_after_umask("000", "log-in", &home)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!((mode(&home), mode(&home.join("work"))), (0o700, 0o700));
    assert_eq!(names(&home.join("work")), [".lock", "token.json"]);
    for file in names(&home.join("work")) {
        assert_eq!(mode(&home.join("work").join(file)), 0o600);
    }
}

#[test]
fn the_file_is_byte_for_byte_what_python_writes() {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 is needed to compare with planet-auth's writer"
        );
        return;
    }
    let source = r#"{
        "access_token": "eyJ", "é": "e\u0301 \ud83d\ude00 \u0000\u001f\u007f\u0080\u2028 \"\\/\b\f\n\r\t", "_iat": 1700000000,
        "_exp": 1700003600.5, "null": null, "nested": {"null": null, "z": [], "a": {}, "list": [1, [2, [3, {}]], null, true, false]},
        "floats": [0.1, 1.0, -0.0, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308, 2.5e-8, 1e22, 1e23],
        "digits": [0.30000000000000004, 1700000000.1234567, 9007199254740993.0, 3.141592653589793],
        "integers": [0, -1, 18446744073709551615, -9223372036854775808], "": "", "Z": 1, "a": 2, "𝒳": "beyond", "\uffff": "before it"
    }"#;
    let script = "import json, sys\n\
        data = json.load(open(sys.argv[1], encoding='utf-8'))\n\
        data = {key: value for key, value in data.items() if value is not None}\n\
        open(sys.argv[2], 'w', encoding='utf-8').write(json.dumps(data, indent=2, sort_keys=True))\n";
    let home = tempfile::tempdir().unwrap();
    let (given, expected) = (
        home.path().join("given.json"),
        home.path().join("expected.json"),
    );
    fs::write(&given, source).unwrap();
    let status = Command::new("python3")
        .args(["-c", script])
        .args([&given, &expected])
        .status()
        .unwrap();
    assert!(status.success());

    let store = FileStore::new(home.path());
    lock(&store)
        .commit_now(None, &Document::parse(source.as_bytes()).unwrap())
        .unwrap();
    let (ours, theirs) = (
        fs::read_to_string(store.token_path(&work())).unwrap(),
        fs::read_to_string(&expected).unwrap(),
    );
    assert_eq!(ours, theirs);

    let stored = store.load_now(&work()).unwrap().unwrap();
    lock(&store)
        .commit_now(Some(&stored.revision), &stored.document)
        .unwrap();
    assert_eq!(
        fs::read_to_string(store.token_path(&work())).unwrap(),
        theirs,
        "a second round trip changes nothing"
    );
}

#[test]
fn configs_and_settings_keep_what_keyfob_does_not_know() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    assert!(store.load_config(&work()).unwrap().is_none());
    assert!(store.load_settings().unwrap().is_none());
    let config = Document::parse(
        br#"{"client_type": "oidc_auth_code", "_comment": ["kept"], "x": {"y": 1}}"#,
    )
    .unwrap();
    store.write_config(&work(), None, &config).unwrap();
    let loaded = store.load_config(&work()).unwrap().unwrap();
    assert_eq!(loaded.document, config);
    assert_eq!(
        store
            .write_config(&work(), None, &config)
            .unwrap_err()
            .code(),
        "conflict"
    );
    store
        .write_config(&work(), Some(&loaded.revision), &document("b"))
        .unwrap();
    assert!(
        store
            .config_stamp(&work())
            .unwrap()
            .unwrap()
            .modified()
            .is_some()
    );

    let first = store.write_settings(None, &document("s")).unwrap();
    store.write_settings(Some(&first), &document("t")).unwrap();
    assert_eq!(
        store
            .write_settings(Some(&first), &document("u"))
            .unwrap_err()
            .code(),
        "conflict"
    );
    assert_eq!(
        store.load_settings().unwrap().unwrap().document,
        document("t")
    );
    assert_eq!(
        store.profiles().unwrap(),
        [work()],
        "neither settings nor lock are taken for a profile"
    );
}

#[test]
fn lists_profiles_by_the_file_they_have() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path().join("absent"));
    assert!(store.profiles().unwrap().is_empty() && store.list_now().unwrap().is_empty());
    let store = FileStore::new(home.path());
    for (folder, file) in [
        ("b", "auth_client.json"),
        ("a", "auth_client.json"),
        ("c", "token.json"),
        ("Upper", "token.json"),
        ("d", "other.json"),
    ] {
        fs::create_dir(home.path().join(folder)).unwrap();
        fs::write(home.path().join(folder).join(file), "not even JSON").unwrap();
    }
    let name = |name| ProfileName::new(name).unwrap();
    assert_eq!(store.profiles().unwrap(), [name("a"), name("b")]);
    assert_eq!(store.list_now().unwrap(), [name("c")]);
}

#[test]
fn removing_a_profile_leaves_nothing_but_strangers_files() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    assert!(!store.remove_profile(&work()).unwrap());
    store
        .write_config(&work(), None, &document("config"))
        .unwrap();
    fs::write(store.token_path(&work()), "damaged").unwrap();
    log_in(&store, "a").unwrap();
    assert!(store.remove_profile(&work()).unwrap());
    assert!(names(home.path()).is_empty());
    assert!(store.load_now(&work()).unwrap().is_none());

    log_in(&store, "b").unwrap();
    fs::write(home.path().join("work/notes.txt"), "mine").unwrap();
    assert!(store.remove_profile(&work()).unwrap());
    assert_eq!(names(&home.path().join("work")), ["notes.txt"]);
}

#[test]
fn a_profile_is_not_removed_while_somebody_holds_its_lock() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    log_in(&store, "a").unwrap();
    let held = lock(&store);
    let refused = store.remove_profile(&work()).unwrap_err();
    assert_eq!(refused.code(), "locked");
    assert!(
        refused
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{refused}"
    );
    drop(held);
    assert!(store.remove_profile(&work()).unwrap());
}

// covers: C-36
#[test]
fn a_home_of_any_name_is_only_a_name() {
    let base = tempfile::tempdir().unwrap();
    for name in ["a?b", "a#b", "a%41b", "a b$HOME", "ä", "~"] {
        let store = FileStore::new(base.path().join(name));
        log_in(&store, "a").unwrap();
        assert!(base.path().join(name).join("work/token.json").is_file());
        assert!(store.load_now(&work()).unwrap().is_some(), "{name}");
    }
}
