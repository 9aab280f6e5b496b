use std::fs;

use keyfob_store::{FileStore, StoreError};
use proptest::prelude::*;

use crate::{document, lock, log_in, names, work};

fn damaged(content: &[u8]) -> (tempfile::TempDir, FileStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    log_in(&store, "first").unwrap();
    fs::write(store.token_path(&work()), content).unwrap();
    (home, store)
}

// covers: planet-4, planet-16
#[test]
fn damaged_files_are_named_described_and_left_alone() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024));
    let nan = "{\"expires_in\": NaN}";
    for (content, code, word) in [
        (&b""[..], "corrupt", "empty"),
        (b"\0\0\0\0", "corrupt", "not valid JSON"),
        (b"{\"access_token\": \"canar", "corrupt", "cut off"),
        (b"{\"access_token\": \"canary\xff\"}", "corrupt", "UTF-8"),
        (b"[\"canary\"]", "corrupt", "not a JSON object"),
        (
            b"{\"a\": \"canary\", \"a\": \"canary\"}",
            "corrupt",
            "twice",
        ),
        (b"{\"a\": \"canary\"}{}", "corrupt", "not valid JSON"),
        (b"{\"a\": 1e999}", "corrupt", "not valid JSON"),
        (nan.as_bytes(), "corrupt", "not valid JSON"),
        (deep.as_bytes(), "corrupt", "deep"),
        (large.as_bytes(), "too_large", "larger than 1048576 bytes"),
    ] {
        let (_home, store) = damaged(content);
        for error in [
            store.load_now(&work()).unwrap_err(),
            lock(&store).load_now().unwrap_err(),
        ] {
            let shown = format!("{error} {error:?}");
            assert_eq!(error.code(), code, "{shown}");
            assert!(
                shown.contains("work/token.json") && shown.contains(word),
                "{shown}"
            );
            assert!(!shown.contains("canar"), "{shown}");
            assert!(error.is_replaceable());
        }
        assert_eq!(fs::read(store.token_path(&work())).unwrap(), content);
    }
}

#[test]
fn a_file_that_is_gone_is_no_error() {
    let (_home, store) = damaged(b"");
    fs::remove_file(store.token_path(&work())).unwrap();
    assert!(store.load_now(&work()).unwrap().is_none());
    fs::remove_dir_all(store.home()).unwrap();
    assert!(store.load_now(&work()).unwrap().is_none());
    assert!(store.stamp_now(&work()).unwrap().is_none());
    assert!(store.list_now().unwrap().is_empty());
}

#[test]
fn a_new_login_keeps_the_last_three_damaged_files() {
    let (home, store) = damaged(b"bad 1");
    for number in 2..=6 {
        log_in(&store, "new").unwrap();
        assert_eq!(
            store.load_now(&work()).unwrap().unwrap().document,
            document("new")
        );
        fs::write(store.token_path(&work()), format!("bad {number}")).unwrap();
    }
    log_in(&store, "last").unwrap();
    let folder = home.path().join("work");
    let kept = [
        "token.json.corrupt-1",
        "token.json.corrupt-2",
        "token.json.corrupt-3",
    ];
    assert_eq!(
        names(&folder),
        [&[".lock", "token.json"][..], &kept].concat()
    );
    assert_eq!(
        kept.map(|name| fs::read_to_string(folder.join(name)).unwrap()),
        ["bad 6", "bad 5", "bad 4"]
    );

    assert!(lock(&store).remove_now(None).unwrap());
    assert_eq!(
        names(&folder),
        [".lock"],
        "a logout leaves no copy of a secret"
    );
}

#[test]
fn a_refresh_does_not_replace_a_file_that_was_damaged_meanwhile() {
    let (home, store) = damaged(b"");
    log_in(&store, "good").unwrap();
    let mut lease = lock(&store);
    let revision = lease.load_now().unwrap().unwrap().revision;
    fs::write(store.token_path(&work()), "damaged").unwrap();
    assert_eq!(
        lease
            .commit_now(Some(&revision), &document("b"))
            .unwrap_err()
            .code(),
        "corrupt"
    );
    assert_eq!(
        lease.remove_now(Some(&revision)).unwrap_err().code(),
        "corrupt"
    );
    drop(lease);
    assert_eq!(
        fs::read_to_string(store.token_path(&work())).unwrap(),
        "damaged"
    );
    assert_eq!(
        names(&home.path().join("work")),
        [".lock", "token.json", "token.json.corrupt-1"]
    );
}

#[test]
fn a_write_by_somebody_without_the_lock_is_a_conflict() {
    let (_home, store) = damaged(b"{}");
    let mut lease = lock(&store);
    let revision = lease.load_now().unwrap().unwrap().revision;
    lease.reserve_now(1000).unwrap();
    fs::write(store.token_path(&work()), "{\"access_token\": \"planet\"}").unwrap();
    assert!(matches!(
        lease.commit_now(Some(&revision), &document("b")),
        Err(StoreError::Conflict)
    ));
    assert_eq!(
        store.load_now(&work()).unwrap().unwrap().document,
        document("planet")
    );
}

/// One way in which a file can be damaged.
#[derive(Debug, Clone)]
enum Mutation {
    Truncate(usize),
    Flip(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
}

impl Mutation {
    fn apply(&self, content: &mut Vec<u8>) {
        let place = |at: &usize, content: &Vec<u8>| at % (content.len() + 1);
        let range = |from: &usize, length: &usize, content: &Vec<u8>| {
            let from = from % (content.len() + 1);
            from..(from + length).min(content.len())
        };
        match self {
            Self::Truncate(at) => content.truncate(place(at, content)),
            Self::Flip(at, bits) => {
                let at = place(at, content);
                if let Some(byte) = content.get_mut(at) {
                    *byte ^= bits;
                }
            }
            Self::Insert(at, bytes) => {
                let at = place(at, content);
                content.splice(at..at, bytes.iter().copied());
            }
            Self::Remove(from, length) => drop(content.drain(range(from, length, content))),
            Self::Repeat(from, length) => content.extend_from_within(range(from, length, content)),
        }
    }
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let one = prop_oneof![
        any::<usize>().prop_map(Mutation::Truncate),
        (any::<usize>(), 1..=255_u8).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        (any::<usize>(), prop::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (any::<usize>(), 1..40_usize).prop_map(|(from, length)| Mutation::Remove(from, length)),
        (any::<usize>(), 1..40_usize).prop_map(|(from, length)| Mutation::Repeat(from, length)),
    ];
    prop::collection::vec(one, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_file_is_read_or_refused_but_never_overwritten(mutations in mutations()) {
        let mut content = br#"{
  "_exp": 1700003600.5,
  "access_token": "canary\u00e9",
  "nested": {"list": [1, null, {"deep": "canary"}]},
  "refresh_token": "canary"
}"#.to_vec();
        for mutation in &mutations {
            mutation.apply(&mut content);
        }
        let (home, store) = damaged(&content);
        let token = store.token_path(&work());
        match store.load_now(&work()) {
            Ok(stored) => {
                let stored = stored.unwrap();
                let plain: serde_json::Value = serde_json::from_slice(&content).unwrap();
                prop_assert_eq!(Some(stored.document.as_map()), plain.as_object());
                prop_assert_eq!(lock(&store).commit_now(None, &document("b")).unwrap_err().code(), "conflict");
                prop_assert_eq!(fs::read(&token).unwrap(), content);
            }
            Err(error) => {
                prop_assert_eq!(error.code(), "corrupt");
                prop_assert!(!error.to_string().contains("canary"));
                prop_assert_eq!(&fs::read(&token).unwrap(), &content);
                log_in(&store, "new").unwrap();
                prop_assert_eq!(fs::read(home.path().join("work/token.json.corrupt-1")).unwrap(), content);
                prop_assert_eq!(store.load_now(&work()).unwrap().unwrap().document, document("new"));
            }
        }
    }
}
