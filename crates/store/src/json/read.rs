//! Strict reading of one JSON object: no repeated members, bounded depth, nothing after it (RFC 8259).

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

use crate::MalformedDocument;
use crate::document::wipe;

const MAX_DEPTH: usize = 32;

/// Reads one JSON object.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, MalformedDocument> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(MalformedDocument::because("it is empty"));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| MalformedDocument::because("it is not UTF-8"))?;
    let broken_rule = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Strict {
        depth: 0,
        broken_rule: &broken_rule,
    }
    .deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(mut other) => {
            wipe(&mut other);
            Err(MalformedDocument::because("it is not a JSON object"))
        }
        Err(error) => Err(describe(&error, broken_rule.into_inner())),
    }
}

/// A member's name for a message, if it is plainly a name and not a secret in the wrong place.
fn shown(name: &str) -> String {
    let is_name = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let mixed = name.bytes().any(|b| b.is_ascii_lowercase())
        && name.bytes().any(|b| b.is_ascii_uppercase());
    if (1..=40).contains(&name.len()) && name.bytes().all(is_name) && !mixed {
        format!(", {name}")
    } else {
        String::new()
    }
}

/// Words for a parser error. The parser's own message may quote content, so only its place is used.
fn describe(error: &serde_json::Error, broken_rule: Option<String>) -> MalformedDocument {
    let place = format!("line {} column {}", error.line(), error.column());
    MalformedDocument::because(match (broken_rule, error.classify()) {
        (Some(rule), _) => format!("{rule} ({place})"),
        (None, Category::Eof) => "it is cut off".to_owned(),
        (None, _) => format!("it is not valid JSON at {place}"),
    })
}

/// Builds a value while checking the rules that serde_json does not know.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    broken_rule: &'a RefCell<Option<String>>,
}

impl Strict<'_> {
    fn refuse<E: Error>(self, rule: impl Into<String>) -> E {
        self.broken_rule.replace(Some(rule.into()));
        E::custom("a rule is broken")
    }

    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse("it is nested too deeply"));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| self.refuse("it has a number that is too large"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(self.refuse(format!("it has a member twice{}", shown(&name))));
            }
            object.insert(name, members.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(bytes: &[u8]) -> String {
        object(bytes).unwrap_err().why().to_owned()
    }

    #[test]
    fn reads_every_kind_of_value() {
        let read = object(br#"{"a":null,"b":true,"c":-1,"d":18446744073709551615,"e":1.5,"f":"x\u00e9","g":[{}]}"#).unwrap();
        let plain: Value = serde_json::from_str(
            r#"{"a":null,"b":true,"c":-1,"d":18446744073709551615,"e":1.5,"f":"xé","g":[{}]}"#,
        )
        .unwrap();
        assert_eq!(Value::Object(read), plain);
    }

    #[test]
    fn says_what_is_wrong_without_quoting() {
        assert_eq!(why(b""), "it is empty");
        assert_eq!(why(b" \n"), "it is empty");
        assert_eq!(why(b"\xff{}"), "it is not UTF-8");
        assert_eq!(why(br#"{"access_token": "canary"#), "it is cut off");
        assert_eq!(why(br#"["canary"]"#), "it is not a JSON object");
        assert!(why(br#"{"canary": canary}"#).starts_with("it is not valid JSON at line 1"));
        assert!(why(br#"{"a":1} canary"#).starts_with("it is not valid JSON"));
        assert!(why(b"\xef\xbb\xbf{}").starts_with("it is not valid JSON"));
    }

    #[test]
    fn refuses_a_member_twice_at_any_depth() {
        assert!(why(br#"{"a":1,"a":2}"#).starts_with("it has a member twice"));
        assert!(why(br#"{"o":[{"a":1,"\u0061":2}]}"#).starts_with("it has a member twice"));
    }

    #[test]
    fn refuses_what_is_nested_too_deeply() {
        let nested = |levels: usize| {
            format!(
                "{{\"a\":{}{}}}",
                "[".repeat(levels - 1),
                "]".repeat(levels - 1)
            )
        };
        assert!(object(nested(32).as_bytes()).is_ok());
        assert!(why(nested(33).as_bytes()).starts_with("it is nested too deeply"));
        assert!(object(nested(100_000).as_bytes()).is_err());
    }
}
