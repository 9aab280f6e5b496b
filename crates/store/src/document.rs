//! A JSON object that may hold secrets: redacted in `Debug`, wiped when dropped.

use std::fmt;
use std::mem;

use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::{MAX_DOCUMENT_BYTES, json};

/// A stored JSON object: a token file or a client config file. Members that keyfob does not know are kept.
///
/// ```
/// use keyfob_store::Document;
///
/// let mut document = Document::parse(br#"{"access_token": "abc", "expires_in": 3600}"#)?;
/// document.set("scope", "openid");
/// assert_eq!(document.text("scope"), Some("openid"));
/// assert!(!format!("{document:?}").contains("abc"));
/// # Ok::<(), keyfob_store::MalformedDocument>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Document(Map<String, Value>);

impl Document {
    /// Makes an empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a JSON object strictly: UTF-8, no repeated members, at most 32 levels and 1 MiB, nothing after it.
    ///
    /// # Errors
    /// [`MalformedDocument`] says what is wrong, without quoting the content.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedDocument> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(MalformedDocument::because("it is larger than 1 MiB"));
        }
        json::read::object(bytes).map(Self)
    }

    /// Writes the object as planet-auth does: sorted members, two spaces, ASCII only, no null at the top, no newline at the end.
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        json::write::object(&self.0)
    }

    /// Returns a member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Returns a member that is a string and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// Sets a member; the former value is wiped.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(mut former) = self.0.insert(name.to_owned(), value.into()) {
            wipe(&mut former);
        }
    }

    /// Removes a member and wipes it. Tells whether it was there.
    pub fn unset(&mut self, name: &str) -> bool {
        self.0.remove(name).as_mut().map(wipe).is_some()
    }

    /// Looks at the members.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Gives the members away; wiping them becomes the caller's business.
    pub fn into_map(mut self) -> Map<String, Value> {
        mem::take(&mut self.0)
    }
}

impl From<Map<String, Value>> for Document {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} members)", self.0.len())
    }
}

/// Says why some bytes are not a document; never quotes them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a whole JSON object: {why}")]
pub struct MalformedDocument {
    why: String,
}

impl MalformedDocument {
    pub(crate) fn because(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }

    /// Returns the reason alone.
    pub fn why(&self) -> &str {
        &self.why
    }
}

/// Overwrites every string below a value. Numbers and member names are not secret in any format that is stored here.
pub(crate) fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_content() {
        let document =
            Document::parse(br#"{"canary-name": "canary-value", "n": {"m": ["canary-deep"]}}"#)
                .unwrap();
        assert_eq!(format!("{document:?}"), "Document(2 members)");
    }

    #[test]
    fn wiping_reaches_every_string() {
        let mut value =
            serde_json::json!({"a": "secret", "b": ["secret", {"c": "secret"}], "n": 1});
        wipe(&mut value);
        assert_eq!(
            value,
            serde_json::json!({"a": "", "b": ["", {"c": ""}], "n": 1})
        );
    }

    #[test]
    fn empty_text_is_no_text() {
        let mut document = Document::new();
        document.set("refresh_token", "");
        assert_eq!(document.text("refresh_token"), None);
        assert!(document.unset("refresh_token"));
        assert!(!document.unset("refresh_token"));
    }
}
