//! The JWS and JWK vectors of the Wycheproof project; they are read from a folder and not kept here. Also used by the
//! tests of `keyfob-verify`.

use std::path::PathBuf;

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

/// Reads the groups of a vector file; without one the test passes, except in CI.
pub(crate) fn groups(file: &str) -> Option<Vec<Value>> {
    let folder = std::env::var_os("KEYFOB_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"),
        PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(folder.join(file)) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{file} is not in {}",
            folder.display()
        );
        eprintln!(
            "wycheproof: {file} is not in {}; set KEYFOB_VECTORS to run it",
            folder.display()
        );
        return None;
    };
    let mut document: Value = serde_json::from_slice(&bytes).unwrap();
    Some(serde_json::from_value(document["testGroups"].take()).unwrap())
}
