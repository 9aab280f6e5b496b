//! Durations as people type and read them: `90`, `90s`, `5m`, `2h`, `1d`, `250ms`.
use std::time::Duration;

/// Reads a duration; a bare number means seconds.
///
/// # Errors
///
/// Says in words what is accepted.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let number: u64 = digits.parse().map_err(|_| refusal())?;
    let millis = match unit {
        "ms" => Some(number),
        "" | "s" => number.checked_mul(1_000),
        "m" | "min" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        "d" => number.checked_mul(86_400_000),
        _ => return Err(refusal()),
    };
    millis
        .filter(|ms| *ms <= 366 * 86_400_000)
        .map(Duration::from_millis)
        .ok_or_else(|| "longer than a year".to_owned())
}

fn refusal() -> String {
    "expected a number and a unit, such as 30s, 5m or 2h".to_owned()
}

/// Says a duration with its one or two largest units: `4 s`, `59 min`, `1 h 5 min`, `3 d`.
pub(crate) fn say(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => match (seconds / 3_600, seconds % 3_600 / 60) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        },
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_with_and_without_unit() {
        assert_eq!(parse("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(parse("1d"), Ok(Duration::from_hours(24)));
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for odd in [
            "",
            "-1",
            "1.5s",
            "5 m",
            "5y",
            "99999999999999999999",
            "9999999d",
        ] {
            assert!(parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn says_the_largest_units_only() {
        assert_eq!(say(Duration::from_secs(4)), "4 s");
        assert_eq!(say(Duration::from_secs(3_599)), "59 min");
        assert_eq!(say(Duration::from_mins(125)), "2 h 5 min");
        assert_eq!(say(Duration::from_hours(72)), "3 d");
    }
}
