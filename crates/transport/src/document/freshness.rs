//! How long a fetched document is good (RFC 9111 §4.2, and never on the server's word alone).

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};

use super::policy::DocumentPolicy;
use crate::clock::Clock;

/// When a document was fetched, and the ages at which that begins to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Freshness {
    fetched: Moment,
    /// From this age on it is fetched again in the background.
    ahead: Duration,
    /// From this age on it is an error to use it.
    end: Duration,
}

/// A point in time by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    monotonic: Duration,
    wall: SystemTime,
}

impl Freshness {
    /// `spread` in 0..1 keeps a fleet that started together from fetching together.
    pub(super) fn new(
        policy: &DocumentPolicy,
        hint: Option<Duration>,
        fetched: Moment,
        spread: f64,
    ) -> Self {
        let age = hint
            .unwrap_or(policy.default_age)
            .min(policy.max_age)
            .max(policy.min_age);
        let ahead = age.mul_f64(0.85 - 0.1 * spread.clamp(0.0, 1.0));
        Self {
            fetched,
            ahead,
            end: age.saturating_add(policy.max_stale),
        }
    }

    /// The same for a document that was this old already when it came in.
    pub(super) fn at_age(self, age: Duration) -> Self {
        Self {
            ahead: self.ahead.saturating_sub(age),
            end: self.end.saturating_sub(age),
            ..self
        }
    }

    pub(super) fn is_due(&self, now: Moment) -> bool {
        now.since(self.fetched) >= self.ahead
    }

    pub(super) fn is_over(&self, now: Moment) -> bool {
        now.since(self.fetched) >= self.end
    }
}

impl Moment {
    pub(super) fn now(clock: &Clock) -> Self {
        Self {
            monotonic: clock.monotonic(),
            wall: clock.now(),
        }
    }

    /// The monotonic clock stands still while a machine sleeps, and the other one can be set back: the longer time
    /// counts, since a document fetched too early does no harm.
    fn since(self, earlier: Self) -> Duration {
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        wall.max(self.monotonic.saturating_sub(earlier.monotonic))
    }
}

/// Returns how much longer the server calls its answer fresh; `None` if it does not say.
pub(super) fn hint(headers: &HeaderMap) -> Option<Duration> {
    let mut max_age = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or_default().split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => return Some(Duration::ZERO),
                "max-age" => max_age = seconds(argument.trim().trim_matches('"')).or(max_age),
                _ => {}
            }
        }
    }
    let age = headers
        .get(AGE)
        .and_then(|age| seconds(age.to_str().ok()?.trim()))
        .unwrap_or_default();
    Some(max_age?.saturating_sub(age))
}

fn seconds(digits: &str) -> Option<Duration> {
    digits.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn hinted(cache_control: &[&str], age: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for value in cache_control {
            headers.append(CACHE_CONTROL, value.parse().unwrap());
        }
        if let Some(age) = age {
            headers.insert(AGE, age.parse().unwrap());
        }
        hint(&headers)
    }

    #[test]
    fn reads_max_age_less_the_time_spent_in_caches() {
        assert_eq!(hinted(&["public, max-age=300"], None), Some(300 * SECOND));
        assert_eq!(
            hinted(&["public", "Max-Age=\"300\""], Some("100")),
            Some(200 * SECOND)
        );
        assert_eq!(hinted(&["max-age=300"], Some("301")), Some(Duration::ZERO));
        assert_eq!(
            hinted(&["max-age=300, no-cache"], None),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn takes_silence_and_nonsense_for_no_hint() {
        assert_eq!(hinted(&[], None), None);
        assert_eq!(hinted(&["public"], Some("5")), None);
        assert_eq!(hinted(&["max-age=soon"], None), None);
    }

    const FETCHED: Moment = Moment {
        monotonic: Duration::from_secs(1000),
        wall: SystemTime::UNIX_EPOCH,
    };

    fn after(seconds: u64) -> Moment {
        let passed = Duration::from_secs(seconds);
        Moment {
            monotonic: FETCHED.monotonic + passed,
            wall: FETCHED.wall + passed,
        }
    }

    #[test]
    fn a_policy_without_bounds_does_not_overflow() {
        let policy = DocumentPolicy::keys()
            .with_age(Duration::ZERO, SECOND, Duration::MAX)
            .with_max_stale(Duration::MAX);
        let life = Freshness::new(&policy, Some(Duration::MAX), FETCHED, 0.5);
        assert!(!life.is_over(after(1 << 40)));
    }

    #[test]
    fn bounds_the_servers_word_on_both_sides() {
        let policy = DocumentPolicy::keys();
        let end = |hint: Option<u64>| {
            let life = Freshness::new(&policy, hint.map(Duration::from_secs), FETCHED, 0.5);
            life.end.saturating_sub(policy.max_stale)
        };
        assert_eq!(end(Some(0)), policy.min_age);
        assert_eq!(end(Some(1200)), 1200 * SECOND);
        assert_eq!(end(Some(u64::MAX)), policy.max_age);
        assert_eq!(end(None), policy.default_age);
    }

    #[test]
    fn is_due_in_the_last_quarter_and_over_after_staleness() {
        let policy = DocumentPolicy::keys().with_max_stale(100 * SECOND);
        for (spread, due) in [(0.0, 510), (1.0, 450)] {
            let life = Freshness::new(&policy, None, FETCHED, spread);
            assert!(!life.is_due(after(due - 1)) && life.is_due(after(due)));
            assert!(!life.is_over(after(699)) && life.is_over(after(700)));
        }
    }

    #[test]
    fn time_slept_through_counts_and_a_clock_set_back_does_not() {
        let life = Freshness::new(&DocumentPolicy::keys(), None, FETCHED, 0.5);
        let woken = Moment {
            wall: after(86_400).wall,
            ..FETCHED
        };
        assert!(life.is_over(woken));
        let set_back = Moment {
            wall: SystemTime::UNIX_EPOCH - 86_400 * SECOND,
            ..after(600)
        };
        assert!(life.is_due(set_back) && !life.is_over(set_back));
    }
}
