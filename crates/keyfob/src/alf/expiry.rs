//! alf's expiry: local time as text, without a zone, always with microseconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400;

/// How far the local time of alf's processes is ahead of UTC.
///
/// alf writes local time without a zone, so whoever shares its storage has to know the offset; all alf processes must be in one
/// zone. Where that zone has a summer time, an expiry written just before a change is read an hour off by everybody; what keyfob
/// itself wrote is not concerned, since its notes hold seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UtcOffset {
    seconds: i32,
}

impl UtcOffset {
    /// Local time is UTC, as in most containers.
    pub const UTC: Self = Self { seconds: 0 };

    /// So many seconds east of UTC (west: negative); beyond a day either way is cut to that.
    pub fn east(seconds: i32) -> Self {
        let day = 86_400;
        Self {
            seconds: seconds.clamp(-day, day),
        }
    }

    /// Writes a moment as `%Y-%m-%d %H:%M:%S.%f`.
    pub(super) fn write(self, at: SystemTime) -> String {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = since.min(Duration::from_secs(LAST_SECOND));
        let local = i64::try_from(since.as_secs()).unwrap_or_default() + i64::from(self.seconds);
        let (year, month, day) = date_of(local.div_euclid(DAY));
        let (time, micros) = (local.rem_euclid(DAY), since.subsec_micros());
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}")
    }

    /// Reads what alf wrote; fractions may be missing or shorter. A moment before 1970 counts as 1970.
    pub(super) fn read(self, text: &str) -> Option<SystemTime> {
        let (date, time) = text.split_once(' ')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(time, ':')?;
        let is_time = hour < 24 && minute < 60 && second < 60;
        let is_date = (1..=9999).contains(&year) && (1..=12).contains(&month);
        if !(is_time && is_date && (1..=length_of(year, month)).contains(&day)) {
            return None;
        }
        let micros = micros(fraction)?;
        let time = hour * 3600 + minute * 60 + second;
        let seconds = days_until(year, month, day) * DAY + time - i64::from(self.seconds);
        let Ok(seconds) = u64::try_from(seconds) else {
            return Some(UNIX_EPOCH);
        };
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds) + Duration::from_micros(micros))
    }
}

/// The last second of the year 9998, so that no offset leads out of four digits.
const LAST_SECOND: u64 = 253_370_764_799;

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let mut parts = text.split(between).map(|part| {
        let is_number = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    });
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

/// One to six digits, as Python reads `%f`.
fn micros(fraction: &str) -> Option<u64> {
    let is_fraction =
        (1..=6).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    is_fraction
        .then(|| format!("{fraction:0<6}").parse().ok())
        .flatten()
}

/// Days between 1970-01-01 and a date of the Gregorian calendar.
fn days_until(year: i64, month: i64, day: i64) -> i64 {
    let before =
        |year: i64| 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let months: i64 = (1..month).map(|month| length_of(year, month)).sum();
    before(year - 1) - before(1969) + months + day - 1
}

/// The inverse, by narrowing down; a token's expiry is written rarely.
fn date_of(days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days.div_euclid(366);
    while days_until(year + 1, 1, 1) <= days {
        year += 1;
    }
    let is_reached = |month: &i64| days_until(year, *month, 1) <= days;
    let month = (1..=12).rev().find(is_reached).unwrap_or(1);
    (year, month, days - days_until(year, month, 1) + 1)
}

fn length_of(year: i64, month: i64) -> i64 {
    let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, micros: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_micros(micros)
    }

    // covers: alf-31, alf-32, A8
    #[test]
    fn moments_are_written_with_microseconds_in_the_local_time_that_was_given() {
        for (moment, east, text) in [
            (at(1_700_000_000, 0), 0, "2023-11-14 22:13:20.000000"),
            (at(1_700_000_000, 42), 7200, "2023-11-15 00:13:20.000042"),
            (at(1_709_164_800, 5), -3600, "2024-02-28 23:00:00.000005"),
            (at(1_709_164_800, 5), 0, "2024-02-29 00:00:00.000005"),
            (at(0, 0), 0, "1970-01-01 00:00:00.000000"),
            (at(4_107_542_399, 999_999), 0, "2100-02-28 23:59:59.999999"),
        ] {
            let offset = UtcOffset::east(east);
            assert_eq!(offset.write(moment), text);
            assert_eq!(offset.read(text), Some(moment));
        }
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in (0..146_097).step_by(7) {
            let moment = at(day * 86_400 + day, 0);
            assert_eq!(
                UtcOffset::UTC.read(&UtcOffset::UTC.write(moment)),
                Some(moment)
            );
        }
    }

    #[test]
    fn shorter_fractions_are_read_and_none_as_well() {
        for (text, micros) in [
            ("2023-11-14 22:13:20", 0),
            ("2023-11-14 22:13:20.5", 500_000),
            ("2023-11-14 22:13:20.000001", 1),
        ] {
            assert_eq!(UtcOffset::UTC.read(text), Some(at(1_700_000_000, micros)));
        }
        assert_eq!(
            UtcOffset::UTC.read("0001-01-01 00:00:00.000000"),
            Some(UNIX_EPOCH)
        );
    }

    #[test]
    fn what_is_no_such_text_is_refused() {
        for text in [
            "",
            "soon",
            "1700000000",
            "2023-11-14",
            "2023-11-14T22:13:20",
            "2023-02-29 00:00:00",
            "2023-13-01 00:00:00",
            "2023-11-14 24:00:00",
            "2023-11-14 22:13:60",
            "2023-11-14 22:13:20.",
            "2023-11-14 22:13:20.1234567",
            "2023-11-14 22:13:20+00:00",
            "2023-11-14 -1:13:20",
            "0000-01-01 00:00:00",
            "99999-01-01 00:00:00",
            " 2023-11-14 22:13:20",
            "2023-11-14  22:13:20",
            "2023-11-14 22:13",
            "b'2023-11-14 22:13:20'",
        ] {
            assert_eq!(UtcOffset::UTC.read(text), None, "{text:?}");
        }
    }

    #[test]
    fn far_moments_and_offsets_do_not_overflow() {
        let far = UNIX_EPOCH + Duration::from_secs(u64::from(u32::MAX) * 1000);
        assert!(
            UtcOffset::east(i32::MAX)
                .write(far)
                .starts_with("9999-01-01 ")
        );
        assert!(
            UtcOffset::east(i32::MIN)
                .write(UNIX_EPOCH)
                .starts_with("1969-12-31 ")
        );
    }
}
