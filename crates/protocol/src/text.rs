//! Text and JSON from outside: capped, and cleaned before it may reach a screen.

use std::time::Duration;

use keyfob_jose::NumericDate;
use keyfob_jose::json::{self, Limits};
use serde_json::{Map, Value};

/// The longest description that is passed on, in characters.
const DESCRIPTION_CAP: usize = 300;
/// The longest error code that is passed on, in characters.
const CODE_CAP: usize = 100;
/// Words longer than this that look like a token are dropped from descriptions.
const WORD_CAP: usize = 40;
/// The last second of the year 9999.
const LAST: f64 = 253_402_300_799.0;

/// Parses a strict JSON object; `None` for anything else.
pub(crate) fn json_object(body: &[u8]) -> Option<Map<String, Value>> {
    json::object(body, Limits::DOCUMENT).ok()
}

/// A member that is a text and not empty.
pub(crate) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// Seconds as a number or a text of digits, up to the year 9999; `None` for anything else.
pub(crate) fn seconds(value: &Value) -> Option<Duration> {
    match value {
        Value::Number(number) => {
            let seconds = number
                .as_f64()
                .filter(|seconds| (0.0..=LAST).contains(seconds))?;
            Some(Duration::from_secs_f64(seconds))
        }
        Value::String(text) => {
            let seconds = text
                .trim()
                .parse()
                .ok()
                .filter(|n| *n <= NumericDate::MAX_SECONDS)?;
            Some(Duration::from_secs(seconds))
        }
        _ => None,
    }
}

/// Makes an `error` code safe to show (RFC 6749 §5.2 allows visible ASCII and space).
pub(crate) fn error_code(code: &str) -> String {
    let visible = code
        .chars()
        .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'));
    let code: String = visible.take(CODE_CAP).collect();
    if code.trim().is_empty() {
        "unreadable_error".to_owned()
    } else {
        code
    }
}

/// Makes an `error_description` or `error_uri` safe to show; `None` when nothing is left.
pub(crate) fn description(text: &str) -> Option<String> {
    let text = text
        .get(..text.floor_char_boundary(16 * DESCRIPTION_CAP))
        .unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().map(without_tokens).collect();
    Some(clean(&words.join(" "), DESCRIPTION_CAP)).filter(|text| !text.is_empty())
}

/// Drops control and text-direction characters, and cuts at `cap` characters.
pub(crate) fn clean(text: &str, cap: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .take(cap)
        .collect()
}

/// Direction overrides and zero-width characters could make a terminal show something else.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Providers echo what they refuse; a long unbroken word may be the very token.
fn without_tokens(word: &str) -> &str {
    let is_link = word.starts_with("https://") || word.starts_with("http://");
    if word.len() > WORD_CAP && !is_link {
        "[...]"
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_loses_control_characters_and_long_words_and_is_capped() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
        let said = format!("bad\u{1b}[31m\ttoken\r\n{token} \u{202e}here");
        assert_eq!(description(&said).unwrap(), "bad[31m token [...] here");
        assert_eq!(
            description(&"a b ".repeat(1000)).unwrap().chars().count(),
            300
        );
        assert_eq!(
            description("see https://aka.example/a/very/long/address/of/an/error")
                .unwrap()
                .len(),
            55
        );
        assert_eq!(description(" \u{7}\n"), None);
    }

    #[test]
    fn error_code_keeps_visible_ascii_only() {
        assert_eq!(error_code("invalid_grant"), "invalid_grant");
        assert_eq!(error_code("a\u{1b}\"b\\é"), "ab");
        assert_eq!(error_code("\u{1b}"), "unreadable_error");
        assert_eq!(error_code(&"x".repeat(500)).len(), 100);
    }

    #[test]
    fn description_is_cut_at_character_boundaries() {
        assert!(description(&"é ".repeat(5000)).unwrap().chars().count() <= 300);
    }
}
