//! `Retry-After` as a duration (RFC 9110 §10.2.3).

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Reads how long a server asks to be left alone.
///
/// A date is measured against the answer's own `Date`, so a wrong local clock does not matter;
/// without `Date` a date says nothing and gives `None`.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let sent = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(until.duration_since(sent).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(http::HeaderName, &str)]) -> Option<Duration> {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        retry_after(&headers.collect())
    }

    #[test]
    fn reads_seconds_and_dates_and_ignores_the_rest() {
        let date = (DATE, "Wed, 21 Oct 2015 07:28:00 GMT");
        let later = (RETRY_AFTER, "Wed, 21 Oct 2015 07:28:30 GMT");
        let earlier = (RETRY_AFTER, "Wed, 21 Oct 2015 07:27:00 GMT");
        let seconds = Duration::from_secs;
        assert_eq!(read(&[(RETRY_AFTER, "120")]), Some(seconds(120)));
        assert_eq!(read(&[(RETRY_AFTER, " 0 ")]), Some(seconds(0)));
        assert_eq!(
            read(&[(RETRY_AFTER, "99999999999999999999999")]),
            Some(seconds(u64::MAX))
        );
        assert_eq!(read(&[later.clone(), date.clone()]), Some(seconds(30)));
        assert_eq!(read(&[earlier, date]), Some(seconds(0)));
        assert_eq!(
            read(&[later]),
            None,
            "a date without `Date` cannot be measured"
        );
        assert_eq!(read(&[(RETRY_AFTER, "soon")]), None);
        assert_eq!(read(&[(RETRY_AFTER, "-5")]), None);
        assert_eq!(read(&[]), None);
    }
}
