//! The JWS and JWK vectors of the Wycheproof project.

use keyfob_jose::{CompactJws, JoseError, Jwk, JwkSet, SigningKey, VerifyingKey};
use serde_json::Value;

use crate::vectors::{CONTRADICTORY, groups, tests};

#[derive(Default)]
struct Counts {
    valid: usize,
    invalid: usize,
    unsupported: usize,
    contradictory: usize,
    failures: Vec<String>,
}

#[test]
fn json_web_signature_vectors() {
    let groups = groups("json_web_signature_test.json");
    let mut counts = Counts::default();
    for (group, test) in tests(&groups) {
        let id = test["tcId"].as_u64().unwrap();
        let token = test["jws"].as_str().unwrap();
        let outcome = key(group).and_then(|key| verify(token, &key));
        if let Some((_, code, why)) = CONTRADICTORY.iter().find(|(listed, ..)| *listed == id) {
            assert_eq!(
                outcome.map_or_else(|error| error.code(), |()| ""),
                *code,
                "{id}: {why}"
            );
            counts.contradictory += 1;
        } else {
            counts.note(test, outcome);
        }
    }
    counts.report("json_web_signature", 401);
}

#[test]
fn json_web_key_vectors() {
    let groups = groups("json_web_key_test.json");
    let mut counts = Counts::default();
    for (group, test) in tests(&groups) {
        let token = test["jws"].as_str().unwrap();
        let outcome = verify_with_set(group, token);
        if outcome == Err(JoseError::UnknownKey) && test["result"] == "valid" {
            // Sets of several shared secrets: keyfob never takes a symmetric key from a key set.
            counts.unsupported += 1;
        } else {
            counts.note(test, outcome);
        }
    }
    assert!(
        counts.unsupported <= 1,
        "only the set of two shared secrets may be unsupported"
    );
    counts.report("json_web_key", 26);
}

fn verify_with_set(group: &Value, token: &str) -> Result<(), JoseError> {
    let set = if group["public"].is_object() {
        &group["public"]
    } else {
        &group["private"]
    };
    let keys = set["keys"].as_array().unwrap();
    if let [only] = keys.as_slice()
        && only["kty"] == "oct"
    {
        return SigningKey::from_jwk(only, None)?
            .verifying_key()
            .and_then(|key| verify(token, &key));
    }
    let set = JwkSet::parse(set.to_string().as_bytes())?;
    set.verify(&CompactJws::parse(token)?).map(drop)
}

fn key(group: &Value) -> Result<VerifyingKey, JoseError> {
    match &group["public"] {
        Value::Null => SigningKey::from_jwk(&group["private"], None)?.verifying_key(),
        public => Ok(Jwk::from_value(public)?.key().clone()),
    }
}

fn verify(token: &str, key: &VerifyingKey) -> Result<(), JoseError> {
    CompactJws::parse(token)?.verify(key).map(drop)
}

impl Counts {
    fn note(&mut self, test: &Value, outcome: Result<(), JoseError>) {
        match (test["result"].as_str().unwrap(), outcome) {
            ("valid", Ok(())) => self.valid += 1,
            ("invalid", Err(_)) => self.invalid += 1,
            (expected, got) => self.failures.push(format!(
                "{} {}: {expected}, {got:?}",
                test["tcId"], test["comment"]
            )),
        }
    }

    fn report(&self, name: &str, total: usize) {
        let Self {
            valid,
            invalid,
            unsupported,
            contradictory,
            failures,
        } = self;
        eprintln!(
            "wycheproof {name}: {valid} valid accepted, {invalid} invalid refused, {unsupported} unsupported, \
             {contradictory} contradictory"
        );
        assert!(failures.is_empty(), "{failures:#?}");
        assert_eq!(valid + invalid + unsupported + contradictory, total);
    }
}
