//! The JWS and JWK vectors of the Wycheproof project, in `tests/data/wycheproof`. Also used by the tests of
//! `keyfob-verify`.

use std::path::Path;

use serde_json::Value;

/// Vectors whose verdict contradicts an RFC or another vector, with what keyfob says instead.
pub(crate) const CONTRADICTORY: [(u64, &str, &str); 6] = [
    (
        346,
        "key_mismatch",
        "a PS384 token, but the key's `alg` is PS256 (RFC 7517 §4.4; 337 demands the refusal)",
    ),
    (350, "key_mismatch", "as 346"),
    (
        367,
        "",
        "marked invalid, but its text is that of 357, which is marked valid",
    ),
    (370, "", "as 367"),
    (
        372,
        "malformed_base64url",
        "marked valid, but has a `?` in its header (RFC 7515 §2; 361 demands the refusal)",
    ),
    (373, "malformed_base64url", "as 372, in its payload"),
];

/// Every test with the group whose key it uses.
pub(crate) fn tests(groups: &[Value]) -> impl Iterator<Item = (&Value, &Value)> {
    groups.iter().flat_map(|group| {
        group["tests"]
            .as_array()
            .unwrap()
            .iter()
            .map(move |test| (group, test))
    })
}

/// Reads the groups of a vector file.
pub(crate) fn groups(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../jose/tests/data/wycheproof")
        .join(file);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut document: Value = serde_json::from_slice(&bytes).unwrap();
    serde_json::from_value(document["testGroups"].take()).unwrap()
}
