//! JSON as plauth prints it: sorted, indented by two, ASCII only; and the dates of a token for people.
use std::fmt::Write as _;
use std::time::SystemTime;

use serde_json::Value;
use tz::{DateTime, TimeZone};

use crate::failure::Failure;
use crate::ui::{output, words};

/// The members that hold dates.
const DATES: [&str; 3] = ["iat", "exp", "nbf"];

/// Prints a document with its final line break.
///
/// # Errors
///
/// Says why stdout could not be written.
pub(super) fn print(value: &Value) -> Result<(), Failure> {
    output::stdout(&format!("{}\n", text(value)))
}

/// Renders a document. Characters that are not ASCII only occur in strings, where they are escaped.
pub(super) fn text(value: &Value) -> String {
    let mut text = String::new();
    for c in format!("{value:#}").chars() {
        if c.is_ascii() && c != '\u{7f}' {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// Puts local times in place of whole-number dates, and says which `exp` has passed.
pub(super) fn with_local_dates(mut value: Value, now: SystemTime) -> Value {
    let zone = zone();
    for name in DATES {
        let Some(seconds) = value.get(name).and_then(Value::as_i64) else {
            continue;
        };
        let Some(mut local) = local(seconds, &zone) else {
            continue;
        };
        if name == "exp" && u64::try_from(seconds).unwrap_or(0) < words::unix(now) {
            local.push_str(" (Expired)");
        }
        if let Some(place) = value.get_mut(name) {
            *place = Value::String(local);
        }
    }
    value
}

/// The zone that `TZ` names, else this machine's, else UTC.
fn zone() -> TimeZone {
    let named = super::variables::set("TZ").and_then(|name| TimeZone::from_posix_tz(&name).ok());
    named
        .or_else(|| TimeZone::local().ok())
        .unwrap_or_else(TimeZone::utc)
}

/// `2026-11-23T06:45:45+0100`.
fn local(seconds: i64, zone: &TimeZone) -> Option<String> {
    let time = DateTime::from_timespec(seconds, 0, zone.as_ref()).ok()?;
    let offset = time.local_time_type().ut_offset();
    let (sign, minutes) = (
        if offset < 0 { '-' } else { '+' },
        offset.unsigned_abs() / 60,
    );
    Some(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}{:02}",
        time.year(),
        time.month(),
        time.month_day(),
        time.hour(),
        time.minute(),
        time.second(),
        minutes / 60,
        minutes % 60,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_sorted_members_in_ascii() {
        let value = json!({"b": "é\u{1f600}\u{1b}", "a": [], "c": {}});
        let expected =
            "{\n  \"a\": [],\n  \"b\": \"\\u00e9\\ud83d\\ude00\\u001b\",\n  \"c\": {}\n}";
        assert_eq!(text(&value), expected);
    }

    #[test]
    fn says_dates_in_the_zones_time_with_its_offset() {
        let berlin = TimeZone::from_posix_tz("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!(
            local(1_795_409_145, &berlin).unwrap(),
            "2026-11-23T05:45:45+0100"
        );
        assert_eq!(
            local(1_782_000_000, &berlin).unwrap(),
            "2026-06-21T02:00:00+0200"
        );
        let delhi = TimeZone::from_posix_tz("IST-5:30").unwrap();
        assert_eq!(local(0, &delhi).unwrap(), "1970-01-01T05:30:00+0530");
    }

    #[test]
    fn marks_only_a_past_exp_and_leaves_what_is_no_whole_number() {
        let claims = json!({"exp": 100, "iat": 50, "nbf": 1.5, "sub": "a"});
        let shown = with_local_dates(claims, words::from_unix(101));
        assert!(
            shown["exp"].as_str().unwrap().ends_with(" (Expired)"),
            "{shown}"
        );
        assert!(
            !shown["iat"].as_str().unwrap().contains("Expired"),
            "{shown}"
        );
        assert_eq!(shown["nbf"], 1.5);
        let shown = with_local_dates(json!({"exp": 100}), words::from_unix(99));
        assert!(
            !shown["exp"].as_str().unwrap().contains("Expired"),
            "{shown}"
        );
    }
}
