//! Strict reading of a preset file: every member is asked for by name, and what is left over is refused.

use std::collections::BTreeMap;

use keyfob_jose::json::{self, Limits};
use serde_json::{Map, Value};

use crate::preset::PresetError;

/// The largest preset that is read, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// The members of one object that have not been asked for yet.
pub(super) struct Members {
    at: String,
    rest: Map<String, Value>,
}

impl Members {
    /// Parses the whole text; duplicate members, depth and size are limited by the JSON rules of keyfob.
    pub(super) fn parse(text: &[u8]) -> Result<Self, PresetError> {
        let unreadable = |why: String| PresetError::NotReadable { why };
        if text.len() > MAX_BYTES {
            return Err(unreadable(format!("it is larger than {MAX_BYTES} bytes")));
        }
        match json::parse(text, Limits::DOCUMENT) {
            Ok(Value::Object(rest)) => Ok(Self {
                at: String::new(),
                rest,
            }),
            Ok(_) => Err(unreadable("it is no JSON object".to_owned())),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    pub(super) fn of(at: String, value: Value) -> Result<Self, PresetError> {
        match value {
            Value::Object(rest) => Ok(Self { at, rest }),
            _ => Err(PresetError::malformed(at, "it must be an object")),
        }
    }

    /// The full name of a member.
    pub(super) fn path(&self, key: &str) -> String {
        if self.at.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.at)
        }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.rest.remove(key)
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, PresetError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(PresetError::malformed(
                self.path(key),
                "it must be text that is not empty",
            )),
        }
    }

    pub(super) fn required(&mut self, key: &str) -> Result<String, PresetError> {
        self.text(key)?
            .ok_or_else(|| PresetError::malformed(self.path(key), "it is missing"))
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool, PresetError> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(PresetError::malformed(
                self.path(key),
                "it must be true or false",
            )),
        }
    }

    pub(super) fn object(&mut self, key: &str) -> Result<Option<Self>, PresetError> {
        let at = self.path(key);
        self.take(key).map(|value| Self::of(at, value)).transpose()
    }

    /// An object of texts; empty when absent.
    pub(super) fn texts(&mut self, key: &str) -> Result<BTreeMap<String, String>, PresetError> {
        let Some(mut members) = self.object(key)? else {
            return Ok(BTreeMap::new());
        };
        let names: Vec<String> = members.rest.keys().cloned().collect();
        names
            .into_iter()
            .map(|name| Ok((name.clone(), members.required(&name)?)))
            .collect()
    }

    /// Each member of this object as an object of its own.
    pub(super) fn objects(self) -> Result<Vec<(String, Self)>, PresetError> {
        let at = self.at;
        self.rest
            .into_iter()
            .map(|(name, value)| {
                let at = format!("{at}.{name}");
                Ok((name, Self::of(at, value)?))
            })
            .collect()
    }

    /// All members, whatever they are.
    pub(super) fn into_map(self) -> Map<String, Value> {
        self.rest
    }

    /// Refuses what nobody asked for: a slip in a name must not pass for a default.
    pub(super) fn end(self) -> Result<(), PresetError> {
        match self.rest.keys().next() {
            Some(key) => Err(PresetError::malformed(self.path(key), "it is unknown")),
            None => Ok(()),
        }
    }
}
