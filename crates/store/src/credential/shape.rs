//! Which JSON type each member of a token file must have: a token that is no text must not count as absent.

use serde_json::Value;

use crate::Document;

const TEXTS: [&str; 8] = [
    "access_token",
    "api_key",
    "bearer_token_prefix",
    "id_token",
    "jwt",
    "key",
    "refresh_token",
    "token_type",
];

/// Says which member cannot be what it should be. Dates and lifetimes are read as the world writes them; odd ones count as
/// unknown, and so does `scope`.
pub(crate) fn objection(document: &Document) -> Option<String> {
    let present = |name: &str| document.get(name).filter(|value| !value.is_null());
    let odd = |name: &&str| present(name).is_some_and(|value| !value.is_string());
    if let Some(name) = TEXTS.iter().find(|name| odd(name)) {
        return Some(format!("{name} is not a string"));
    }
    let own = present("_keyfob").is_some_and(|value| !matches!(value, Value::Object(_)));
    own.then(|| "_keyfob is not an object".to_owned())
}
