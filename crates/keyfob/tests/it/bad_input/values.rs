//! alf's two values.

use std::collections::BTreeMap;

use keyfob::alf::{AlfStore, UtcOffset};
use keyfob::store::{KeyValue, Store, StoreError};

use super::mutations::bytes_cases;
use super::{Damage, Expect};
use crate::support::profile;

const BASE: &str = "https://op.example/token_demo_";

struct Fixed(BTreeMap<String, Vec<u8>>);

impl KeyValue for Fixed {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key).cloned())
    }

    async fn swap(
        &self,
        key: &str,
        _: Option<&[u8]>,
        _: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        panic!("reading writes {key}")
    }

    async fn keys(&self, _: &str) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

fn load(key: &str, value: &[u8]) -> Result<bool, StoreError> {
    let mut values = BTreeMap::from([
        (format!("{BASE}access_token"), b"canary-token".to_vec()),
        (
            format!("{BASE}expires_on"),
            b"2099-01-01 00:00:00.000000".to_vec(),
        ),
    ]);
    values.insert(format!("{BASE}{key}"), value.to_vec());
    let endpoint = "https://op.example/token";
    let store = Store::new(AlfStore::new(
        Fixed(values),
        endpoint,
        "demo",
        UtcOffset::UTC,
    ));
    let stored = futures_util::FutureExt::now_or_never(store.load(&profile())).unwrap()?;
    Ok(stored.is_some())
}

#[test]
fn damaged_values_of_alf_are_named_by_their_key() {
    let (mut count, mut refused) = (0, 0);
    let mut judge = |key: &str, name: &str, value: &[u8], expect: Expect| {
        count += 1;
        match (load(key, value), expect) {
            (Err(error), Expect::Refused | Expect::Either) => {
                let words = error.to_string();
                assert!(words.contains(&format!("demo_{key}")), "{name}: {words}");
                assert!(!words.contains("canary"), "{name}: {words}");
                refused += 1;
            }
            (Ok(_), Expect::Either | Expect::Fine) => {}
            (outcome, _) => panic!("{key}, {name}: {outcome:?}"),
        }
    };
    let json = "{\"access_token\": \"canary\", \"b\": [1, 2]}";
    for case in bytes_cases(json, Expect::Either) {
        if let Damage::Content(content) = &case.damage {
            let expect = if case.name == "compressed"
                || case.name.contains("NUL")
                || case.name.contains("UTF-16")
            {
                Expect::Refused
            } else {
                Expect::Either
            };
            judge("access_token", &case.name, content, expect);
            judge(
                "_keyfob".trim_start_matches('_'),
                &case.name,
                content,
                Expect::Fine,
            );
        }
    }
    for case in bytes_cases("2099-01-01 00:00:00.000000", Expect::Either) {
        if let Damage::Content(content) = &case.damage {
            let expect = if case.name.starts_with("cut off") {
                Expect::Either
            } else {
                Expect::Refused
            };
            judge("expires_on", &case.name, content, expect);
        }
    }
    for value in [
        "canary",
        "1700000000",
        "2099-02-30 00:00:00",
        "2099-01-01T00:00:00Z",
        "b'2099-01-01 00:00:00'",
        "None",
    ] {
        judge("expires_on", value, value.as_bytes(), Expect::Refused);
    }
    println!("alf: {count} damaged values, {refused} refusals");
    assert!(count >= 50);
}
