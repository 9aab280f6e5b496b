//! One member of a token, explained: name, value, and a note in plain words.
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::members;
use crate::commands::jwt::time;
use crate::ui::{duration, words};

/// The longest value that is shown whole, in characters.
const MAX_VALUE: usize = 300;

/// One member with its explanation.
#[derive(Debug)]
pub(super) struct Line {
    name: String,
    value: Value,
    note: String,
}

impl Line {
    /// For programs.
    pub(super) fn to_value(&self) -> Value {
        json!({ "name": self.name, "value": self.value, "note": self.note })
    }

    /// For people: the note is on a line of its own, so that narrow terminals keep the shape.
    pub(super) fn to_text(&self) -> String {
        let (name, value) = (words::plain(&self.name), shown(&self.value));
        format!("  {name}: {value}\n      {}\n", words::plain(&self.note))
    }
}

/// Explains the members of a header.
pub(super) fn of_header(header: &Map<String, Value>) -> Vec<Line> {
    let note = |name: &str, value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let special = match name {
            "alg" => members::of_algorithm(text),
            "typ" => members::of_type(text),
            _ => None,
        };
        match special.or_else(|| members::of_header(name)) {
            Some(meaning) => told(meaning),
            None => "not a registered name; readers ignore it".to_owned(),
        }
    };
    lines(header, note)
}

/// Explains the claims, dates in words.
pub(super) fn of_claims(claims: &Map<String, Value>, now: SystemTime) -> Vec<Line> {
    let born = claims.get("iat").and_then(time);
    let note = |name: &str, value: &Value| {
        let meaning = members::of_claim(name);
        if let Some(date) = date(name, value, born, now) {
            let reference = meaning.map_or("", |(_, _, reference)| *reference);
            return format!("{date} ({reference})");
        }
        let told = meaning.map(told);
        let told = told.unwrap_or_else(|| "the issuer's own; ask its documentation".to_owned());
        if name == "cnf" {
            return format!("{}: {told}", binding(value));
        }
        told
    };
    lines(claims, note)
}

fn lines(members: &Map<String, Value>, note: impl Fn(&str, &Value) -> String) -> Vec<Line> {
    let line = |(name, value): (&String, &Value)| Line {
        name: name.clone(),
        value: without_tokens(value),
        note: note(name, value),
    };
    members.iter().map(line).collect()
}

fn told((_, meaning, reference): &members::Meaning) -> String {
    if reference.is_empty() {
        (*meaning).to_owned()
    } else {
        format!("{meaning} ({reference})")
    }
}

/// `expires in 12 min, 2026-11-23 08:30:00 UTC; it lives 60 min in all`.
fn date(name: &str, value: &Value, born: Option<SystemTime>, now: SystemTime) -> Option<String> {
    let time = time(value)?;
    let verb = match name {
        "exp" if time > now => "expires",
        "exp" => "expired",
        "iat" => "issued",
        "nbf" if time > now => "valid from",
        "nbf" => "valid since",
        "auth_time" => "its user logged in",
        "updated_at" => "what it says about its user changed",
        _ => return None,
    };
    let said = format!(
        "{verb} {}, {}",
        words::relative(time, now),
        words::utc(time)
    );
    let life = born
        .filter(|_| name == "exp")
        .and_then(|born| time.duration_since(born).ok());
    let life = life.map(|life| format!("; it lives {} in all", duration::say(life)));
    Some(said + &life.unwrap_or_default())
}

/// What a confirmation names (RFC 7800 §3).
fn binding(value: &Value) -> &'static str {
    if value.get("jkt").is_some() {
        "bound to a DPoP key (RFC 9449)"
    } else if value.get("x5t#S256").is_some() {
        "bound to a client certificate (RFC 8705)"
    } else {
        "bound to a key"
    }
}

/// A token within the token would be as good as the token itself.
fn without_tokens(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("eyJ") && text.contains('.') => {
            "(a token, not shown)".into()
        }
        Value::Array(items) => items.iter().map(without_tokens).collect(),
        Value::Object(members) => {
            let members = members.iter();
            members
                .map(|(name, value)| (name.clone(), without_tokens(value)))
                .collect()
        }
        other => other.clone(),
    }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            items.join(", ")
        }
        other => other.to_string(),
    };
    let text = words::plain(&text);
    match text.char_indices().nth(MAX_VALUE) {
        None => text,
        Some((end, _)) => {
            let length = text.chars().count();
            format!(
                "{}… ({length} characters)",
                text.get(..end).unwrap_or_default()
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(claims: &Value, name: &str, now: u64) -> String {
        let claims = claims.as_object().cloned().unwrap_or_default();
        let lines = of_claims(&claims, words::from_unix(now));
        let line = lines.into_iter().find(|line| line.name == name).unwrap();
        line.note
    }

    #[test]
    fn says_when_in_words() {
        let claims = json!({"exp": 1_000_720, "iat": 1_000_000, "auth_time": 999_000});
        let told = note(&claims, "exp", 1_000_000);
        assert!(
            told.starts_with(
                "expires in 12 min, 1970-01-12 13:58:40 UTC; it lives 12 min in all (RFC 7519 §4.1.4)"
            ),
            "{told}"
        );
        let told = note(&claims, "exp", 1_001_720);
        assert!(told.starts_with("expired 16 min ago, "), "{told}");
        assert!(note(&claims, "iat", 1_000_060).starts_with("issued 60 s ago, "));
        assert!(
            note(&claims, "auth_time", 1_000_000).starts_with("its user logged in 16 min ago, ")
        );
        assert!(note(&json!({"exp": "soon"}), "exp", 0).starts_with("from when on"));
    }

    #[test]
    fn neither_tokens_within_nor_control_characters_are_shown() {
        let value =
            json!({"inner": ["eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"], "odd": "\u{1b}[2J"});
        let claims = json!({"a\u{7}": value}).as_object().cloned().unwrap();
        let text: String = of_claims(&claims, words::from_unix(0))
            .iter()
            .map(Line::to_text)
            .collect();
        assert!(
            !text.contains("eyJ") && !text.contains(['\u{1b}', '\u{7}']),
            "{text}"
        );
    }

    #[test]
    fn long_values_are_cut() {
        let text = shown(&json!("é".repeat(5000)));
        assert!(
            text.chars().count() < 350 && text.ends_with("… (5000 characters)"),
            "{text}"
        );
    }
}
