//! NumericDate (RFC 7519 §2): seconds since 1970, with or without a fraction.

use std::time::{Duration, SystemTime};

use serde_json::Value;

/// A moment between 1970 and the end of year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumericDate(Duration);

impl NumericDate {
    /// The last second of year 9999; anything later is refused.
    pub const MAX_SECONDS: u64 = 253_402_300_799;

    /// Makes a date from whole seconds since 1970, capped at [`NumericDate::MAX_SECONDS`].
    pub fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds.min(Self::MAX_SECONDS)))
    }

    /// Makes a date from a time, cut to whole seconds; times before 1970 become 0.
    pub fn from_system_time(time: SystemTime) -> Self {
        Self::from_secs(
            time.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs(),
        )
    }

    /// Returns the whole seconds since 1970.
    pub fn as_secs(self) -> u64 {
        self.0.as_secs()
    }

    /// Returns the time since 1970, fraction included.
    pub fn since_epoch(self) -> Duration {
        self.0
    }

    /// Returns the date as a time, fraction included.
    pub fn to_system_time(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.0
    }

    /// Reads a JSON number as it stands, without making a value of it where it is whole.
    pub(super) fn from_json(number: &str) -> Option<Self> {
        let is_whole = number.bytes().all(|byte| byte.is_ascii_digit());
        match number.parse() {
            Ok(seconds) if is_whole => {
                (seconds <= Self::MAX_SECONDS).then(|| Self::from_secs(seconds))
            }
            _ => Self::read(&serde_json::from_str(number).ok()?).ok(),
        }
    }

    /// Reads a JSON value; the error is the rule that it broke.
    pub(super) fn read(value: &Value) -> Result<Self, &'static str> {
        const LATE: &str = "is later than the year 9999";
        let Value::Number(number) = value else {
            return Err("is not a number");
        };
        if let Some(seconds) = number.as_u64() {
            return if seconds > Self::MAX_SECONDS {
                Err(LATE)
            } else {
                Ok(Self::from_secs(seconds))
            };
        }
        let seconds = number.as_f64().ok_or("is not a number")?;
        if seconds < 0.0 {
            return Err("is negative");
        }
        let since_epoch = Duration::try_from_secs_f64(seconds).map_err(|_| LATE)?;
        if since_epoch.as_secs() > Self::MAX_SECONDS {
            Err(LATE)
        } else {
            Ok(Self(since_epoch))
        }
    }
}

impl From<NumericDate> for Value {
    fn from(date: NumericDate) -> Self {
        if date.0.subsec_nanos() == 0 {
            date.0.as_secs().into()
        } else {
            date.0.as_secs_f64().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<NumericDate, &'static str> {
        NumericDate::read(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn reads_whole_and_fractional_seconds() {
        assert_eq!(read("1300819380").unwrap().as_secs(), 1_300_819_380);
        assert_eq!(read("1.3e9").unwrap().as_secs(), 1_300_000_000);
        assert_eq!(
            read("10.5").unwrap().since_epoch(),
            Duration::from_millis(10_500)
        );
        assert!(read("10.5").unwrap() > read("10").unwrap());
        assert_eq!(read("0").unwrap().to_system_time(), SystemTime::UNIX_EPOCH);
        assert_eq!(
            read("253402300799").unwrap().as_secs(),
            NumericDate::MAX_SECONDS
        );
    }

    #[test]
    fn refuses_negative_late_and_textual_dates() {
        for json in ["-1", "-0.5", "-1e300"] {
            assert_eq!(read(json), Err("is negative"), "{json}");
        }
        for json in [
            "253402300800",
            "18446744073709551615",
            "1e30",
            "1e300",
            "99999999999999999999",
        ] {
            assert_eq!(read(json), Err("is later than the year 9999"), "{json}");
        }
        for json in ["\"1300819380\"", "null", "true", "[1]", "{}"] {
            assert_eq!(read(json), Err("is not a number"), "{json}");
        }
    }
}
