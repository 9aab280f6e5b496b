//! Tokens for tests: a good one, and changes to it.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use keyfob_jose::{Algorithm, HeaderFields, JwkSet, SigningKey, jws};
use keyfob_verify::{Principal, Profile, Rejection, Rules};
use serde_json::{Map, Value, json};

pub(crate) const ISSUER: &str = "https://op.example";
pub(crate) const API: &str = "https://api.example";
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| new_key("k1"));

pub(crate) fn new_key(kid: &str) -> SigningKey {
    SigningKey::generate(Algorithm::ES256)
        .unwrap()
        .with_kid(kid)
}

pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

pub(crate) fn rules() -> Rules {
    Rules::new(ISSUER, [API], [Algorithm::ES256], Profile::Rfc9068)
}

pub(crate) fn keys(of: &[&SigningKey]) -> JwkSet {
    JwkSet::from_keys(of.iter().map(|key| key.public_jwk().unwrap()))
}

pub(crate) fn claims() -> Map<String, Value> {
    let claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": API, "client_id": "demo",
        "iat": NOW - 10, "exp": NOW + 300, "jti": "1", "scope": "read write",
    });
    claims.as_object().unwrap().clone()
}

/// The good claims with some replaced, or with `null` removed.
pub(crate) fn changed(changes: &Value) -> Map<String, Value> {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.clone(), value.clone()),
        };
    }
    claims
}

pub(crate) fn sign(claims: Map<String, Value>) -> String {
    sign_typed(claims, &HeaderFields::typ("at+jwt"))
}

pub(crate) fn sign_typed(claims: Map<String, Value>, header: &HeaderFields) -> String {
    jws::sign(&KEY, header, Value::Object(claims).to_string().as_bytes()).unwrap()
}

/// Verifies a token, and sees to it that the rules one by one say the same.
pub(crate) fn check(rules: &Rules, token: &str) -> Result<Principal, Rejection> {
    let outcome = rules.verify_with(&keys(&[&KEY]), token, now());
    let broken = broken(rules, token);
    match &outcome {
        Ok(_) => assert!(broken.is_empty(), "{broken:?}"),
        Err(error) => assert!(broken.contains(&error.code()), "{error} {broken:?}"),
    }
    outcome
}

/// The codes of all rules that a token breaks.
pub(crate) fn broken(rules: &Rules, token: &str) -> Vec<&'static str> {
    let findings = rules.examine(token, Some(&keys(&[&KEY])), now());
    let broken = findings.iter().filter_map(|finding| finding.broken());
    broken.map(Rejection::code).collect()
}

pub(crate) fn code(outcome: &Result<Principal, Rejection>) -> &'static str {
    outcome.as_ref().map_or_else(Rejection::code, |_| "good")
}
