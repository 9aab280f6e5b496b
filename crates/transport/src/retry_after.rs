//! When the server wants to be asked again (RFC 9110 §10.2.3).

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// Returns how long the `Retry-After` header asks to wait: seconds, or an HTTP date.
///
/// A date is measured from the answer's own `Date`, so that a wrong local clock does no harm, and from `now` only
/// where there is none. A date in the past is no wait at all. Anything unreadable counts as absent.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    keyfob_protocol::exchange::retry_after(headers).or_else(|| {
        let until =
            httpdate::parse_http_date(headers.get(RETRY_AFTER)?.to_str().ok()?.trim()).ok()?;
        Some(until.duration_since(now).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::DATE;

    const NOON: Duration = Duration::from_secs(784_111_777);

    fn wait(pairs: &[(http::HeaderName, &str)]) -> Option<Duration> {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        retry_after(&headers, SystemTime::UNIX_EPOCH + NOON)
    }

    #[test]
    fn reads_seconds() {
        assert_eq!(wait(&[(RETRY_AFTER, "120")]), Some(Duration::from_mins(2)));
    }

    #[test]
    fn measures_a_date_by_the_servers_clock_and_else_by_ours() {
        let later = (RETRY_AFTER, "Sun, 06 Nov 1994 08:50:37 GMT");
        let date = (DATE, "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(wait(&[later.clone(), date]), Some(Duration::from_secs(30)));
        assert_eq!(wait(&[later]), Some(Duration::from_mins(1)));
        assert_eq!(
            wait(&[(RETRY_AFTER, "Sun, 06 Nov 1994 08:00:00 GMT")]),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn takes_nonsense_for_absent() {
        for value in ["", "-1", "1.5", "soon", "+3"] {
            assert_eq!(wait(&[(RETRY_AFTER, value)]), None, "{value}");
        }
    }
}
