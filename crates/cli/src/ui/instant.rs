//! Points in time as people type them: `1764000000`, `2026-11-23T08:00:00Z`, `+5m`, `-1h`.
use std::time::{Duration, SystemTime};

use super::{duration, words};

/// A point in time, perhaps by its distance from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instant {
    /// Seconds since 1970.
    At(u64),
    /// From now on.
    Ahead(Duration),
    /// Before now.
    Ago(Duration),
}

impl Instant {
    /// The point itself.
    pub(crate) fn from(self, now: SystemTime) -> SystemTime {
        match self {
            Self::At(seconds) => words::from_unix(seconds),
            Self::Ahead(by) => now.checked_add(by).unwrap_or(now),
            Self::Ago(by) => now.checked_sub(by).unwrap_or(now),
        }
    }
}

/// Reads a point in time.
///
/// # Errors
///
/// Says in words what is accepted.
pub(crate) fn parse(text: &str) -> Result<Instant, String> {
    if let Some(ahead) = text.strip_prefix('+') {
        return duration::parse(ahead).map(Instant::Ahead);
    }
    if let Some(ago) = text.strip_prefix('-') {
        return duration::parse(ago).map(Instant::Ago);
    }
    let seconds = text.parse().ok().filter(|seconds| *seconds <= LATEST);
    seconds
        .or_else(|| utc(text))
        .map(Instant::At)
        .ok_or_else(|| {
            "expected seconds since 1970, a time such as 2026-11-23T08:00:00Z, or a distance such as +5m or -1h"
                .to_owned()
        })
}

/// The end of the year 9999.
const LATEST: u64 = 253_402_300_799;

/// Reads `2026-11-23T08:00:00Z` (RFC 3339, in UTC).
fn utc(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix(['Z', 'z'])?.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let is_time = hour < 24 && minute < 60 && second < 60;
    if !is_time || year < 1970 || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let seconds = words::days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    // A day that the month does not have comes out as another one.
    let written = words::utc(words::from_unix(seconds));
    written.starts_with(date).then_some(seconds)
}

fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(separator);
    let mut found = [0; 3];
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *number = part
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_seconds_dates_and_distances() {
        assert_eq!(parse("1764000000"), Ok(Instant::At(1_764_000_000)));
        assert_eq!(parse("2000-02-29T12:34:56Z"), Ok(Instant::At(951_827_696)));
        assert_eq!(parse("1970-01-01 00:00:00Z"), Ok(Instant::At(0)));
        let now = words::from_unix(10_000);
        let from = |text| words::unix(parse(text).unwrap().from(now));
        assert_eq!((from("+5m"), from("-1h")), (10_300, 6_400));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for odd in [
            "",
            "soon",
            "2001-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T08:00:00",
            "2026-11-23",
            "1969-12-31T23:59:59Z",
            "99999999999999",
            "+",
            "2026-+1-23T08:00:00Z",
        ] {
            assert!(parse(odd).is_err(), "{odd}");
        }
    }
}
