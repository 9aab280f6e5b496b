//! How long a token lives on this machine's clock, whatever the provider's clock shows.
//!
//! The life begins when the request was sent, which is never later than the token's birth. Its length is
//! the smallest of what the provider said: `expires_in`, the token's own `exp - iat`, and `exp` less the time the
//! answer's `Date` shows. Comparing the provider's `exp` with our clock would refresh in a loop on a
//! machine whose clock is ahead, and serve dead tokens on one whose clock is behind.

use std::time::{Duration, SystemTime};

/// What the provider said about a token's life.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    /// `expires_in`; zero means dead on arrival.
    pub(crate) expires_in: Option<Duration>,
    /// The `iat` claim of a JWT.
    pub(crate) issued: Option<SystemTime>,
    /// The `exp` claim of a JWT.
    pub(crate) expires: Option<SystemTime>,
    /// The `Date` of the answer.
    pub(crate) date: Option<SystemTime>,
}

/// Returns the length of the life, or `None` if the provider said nothing that could tell.
pub(crate) fn length(said: &Said, sent: SystemTime) -> Option<Duration> {
    let since = |start: SystemTime| {
        said.expires
            .map(|end| end.duration_since(start).unwrap_or_default())
    };
    let by_claims = said.issued.and_then(since);
    let by_date = said.date.and_then(since);
    let told = [said.expires_in, by_claims, by_date]
        .into_iter()
        .flatten()
        .min();
    told.or_else(|| since(sent))
}

/// How far the provider's clock is ahead of ours, in seconds; a difference that the exchange itself explains is none.
pub(crate) fn clock_offset(
    date: Option<SystemTime>,
    sent: SystemTime,
    received: SystemTime,
) -> i64 {
    const NOISE: Duration = Duration::from_secs(2);
    let Some(date) = date else { return 0 };
    if let Ok(ahead) = date.duration_since(received)
        && ahead > NOISE
    {
        return i64::try_from(ahead.as_secs()).unwrap_or(0);
    }
    if let Ok(behind) = sent.duration_since(date)
        && behind > NOISE
    {
        return i64::try_from(behind.as_secs()).map_or(0, |seconds| -seconds);
    }
    0
}

/// Moves a point in time by a clock offset.
pub(crate) fn shifted(at: SystemTime, offset: i64) -> SystemTime {
    let by = Duration::from_secs(offset.unsigned_abs());
    if offset < 0 {
        at.checked_sub(by)
    } else {
        at.checked_add(by)
    }
    .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
    }

    const HOUR: Duration = Duration::from_hours(1);

    // covers: C-29
    #[test]
    fn expires_in_is_measured_by_our_clock() {
        let said = Said {
            expires_in: Some(HOUR),
            ..Said::default()
        };
        assert_eq!(length(&said, at(0)), Some(HOUR));
    }

    #[test]
    fn a_provider_ten_minutes_off_changes_nothing_in_the_length() {
        for offset in [0, 1200] {
            let said = Said {
                issued: Some(at(offset)),
                expires: Some(at(offset + 3600)),
                date: Some(at(offset)),
                ..Said::default()
            };
            assert_eq!(length(&said, at(600)), Some(HOUR));
        }
    }

    #[test]
    fn the_smallest_of_what_was_said_wins() {
        let said = Said {
            expires_in: Some(HOUR),
            issued: Some(at(0)),
            expires: Some(at(60)),
            date: None,
        };
        assert_eq!(length(&said, at(0)), Some(Duration::from_mins(1)));
    }

    #[test]
    fn a_token_handed_out_a_second_time_lives_only_for_what_is_left() {
        let said = Said {
            issued: Some(at(0)),
            expires: Some(at(3600)),
            date: Some(at(3000)),
            ..Said::default()
        };
        assert_eq!(length(&said, at(3000)), Some(Duration::from_mins(10)));
    }

    #[test]
    fn an_expiry_alone_is_compared_with_our_clock_and_silence_tells_nothing() {
        let said = Said {
            expires: Some(at(100)),
            ..Said::default()
        };
        assert_eq!(length(&said, at(40)), Some(Duration::from_mins(1)));
        assert_eq!(length(&said, at(101)), Some(Duration::ZERO));
        assert_eq!(length(&Said::default(), at(0)), None);
    }

    #[test]
    fn the_offset_ignores_what_the_exchange_took() {
        assert_eq!(clock_offset(Some(at(5)), at(0), at(10)), 0);
        assert_eq!(clock_offset(Some(at(611)), at(0), at(10)), 601);
        assert_eq!(clock_offset(Some(at(0)), at(600), at(610)), -600);
        assert_eq!(clock_offset(None, at(0), at(10)), 0);
        assert_eq!(shifted(at(600), -600), at(0));
    }
}
