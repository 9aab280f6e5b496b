//! Text made safe and pleasant: shell quoting, foreign text without control characters, points in time.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::duration;

/// Quotes a word for a POSIX shell when it needs it, so that a hint can be pasted.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Makes text from outside fit for a terminal: no control or direction characters.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || is_direction_mark(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// As [`plain`], but keeps line breaks.
pub(crate) fn plain_lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Says when something happens or happened: `in 59 min`, `4 s ago`.
pub(crate) fn relative(then: SystemTime, now: SystemTime) -> String {
    match then.duration_since(now) {
        Ok(ahead) => format!("in {}", duration::say(ahead)),
        Err(behind) => format!("{} ago", duration::say(behind.duration())),
    }
}

/// Seconds since 1970; 0 for anything earlier.
pub(crate) fn unix(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Says a Unix time as `2026-11-23 01:38:45 UTC`.
pub(crate) fn utc(time: SystemTime) -> String {
    let seconds = unix(time);
    let (year, month, day) = civil(seconds / 86_400);
    let rest = seconds % 86_400;
    let (hour, minute, second) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// A point in time from seconds since 1970.
pub(crate) fn from_unix(seconds: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .unwrap_or(UNIX_EPOCH)
}

/// Days since 1970-01-01 to year, month, day (proleptic Gregorian, 400-year eras that start in March).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// Year, month, day to days since 1970-01-01: the way back.
pub(crate) fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, march_month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_where_the_shell_would_split() {
        assert_eq!(shell_word("work-1"), "work-1");
        assert_eq!(shell_word("/a b"), "'/a b'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn removes_control_and_direction_characters() {
        assert_eq!(
            plain("a\x1b[31mb\u{202e}c\n"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}"
        );
        assert_eq!(plain_lines("a\nb\x07"), "a\nb\u{fffd}");
    }

    #[test]
    fn says_points_in_time() {
        assert_eq!(utc(from_unix(0)), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(from_unix(951_827_696)), "2000-02-29 12:34:56 UTC");
        assert_eq!(utc(from_unix(1_735_689_599)), "2024-12-31 23:59:59 UTC");
        assert_eq!(relative(from_unix(100), from_unix(40)), "in 60 s");
        assert_eq!(relative(from_unix(100), from_unix(104)), "4 s ago");
    }
}
