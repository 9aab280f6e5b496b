//! NumericDate (RFC 7519 §2): seconds since 1970, with or without a fraction.

use std::time::{Duration, SystemTime};

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
}
