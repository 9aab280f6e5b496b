//! What a failed refresh leaves behind: how long nobody tries again, so that callers do not hammer a sick provider.

use std::time::Duration;

use crate::Error;

/// How long to wait between attempts that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PausePolicy {
    /// The wait after the first failure; it doubles with each further one. Default 1 s.
    pub base: Duration,
    /// The longest wait that keyfob chooses by itself. Default 1 min.
    pub cap: Duration,
    /// The longest `Retry-After` of a provider that is honoured. Default 10 min.
    pub retry_after_cap: Duration,
}

impl Default for PausePolicy {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_mins(1),
            retry_after_cap: Duration::from_mins(10),
        }
    }
}

/// The memory of failures; times are those of the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    failures: u32,
    until: Duration,
    last: Option<Error>,
}

/// A pause that is in force.
#[derive(Clone, Debug)]
pub(crate) struct Paused {
    pub(crate) left: Duration,
    pub(crate) error: Error,
}

impl Pause {
    /// Remembers a failure. `roll` (0 to 255) takes up to half of the wait away, so that many sessions spread out.
    pub(crate) fn failed(
        &mut self,
        now: Duration,
        error: &Error,
        retry_after: Option<Duration>,
        policy: &PausePolicy,
        roll: u8,
    ) {
        let doubled = policy
            .base
            .saturating_mul(1_u32.checked_shl(self.failures.min(20)).unwrap_or(u32::MAX));
        let own = doubled.min(policy.cap);
        let own = own.saturating_sub(own / 2 / 256 * u32::from(roll));
        let asked = retry_after.map_or(Duration::ZERO, |wait| wait.min(policy.retry_after_cap));
        self.failures = self.failures.saturating_add(1);
        self.until = now.saturating_add(own.max(asked));
        self.last = Some(error.clone());
    }

    /// Forgets all failures.
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Tells whether the last attempt of this process failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Returns the pause in force, if one is.
    pub(crate) fn at(&self, now: Duration) -> Option<Paused> {
        let left = self.until.checked_sub(now).filter(|left| !left.is_zero())?;
        self.last.clone().map(|error| Paused { left, error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error() -> Error {
        Error::Cancelled
    }

    fn waits(retry_after: Option<Duration>, roll: u8, failures: usize) -> Vec<u128> {
        let (mut pause, policy, now) = (
            Pause::default(),
            PausePolicy::default(),
            Duration::from_secs(100),
        );
        (0..failures)
            .map(|_| {
                pause.failed(now, &error(), retry_after, &policy, roll);
                pause.at(now).unwrap().left.as_millis()
            })
            .collect()
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        assert_eq!(
            waits(None, 0, 8),
            [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]
        );
    }

    #[test]
    fn jitter_takes_at_most_half_away() {
        let waits = waits(None, 255, 3);
        assert!(
            waits
                .iter()
                .zip([1000, 2000, 4000])
                .all(|(wait, full)| *wait >= full / 2 && *wait < full),
            "{waits:?}"
        );
    }

    #[test]
    fn retry_after_is_honoured_up_to_its_cap() {
        assert_eq!(waits(Some(Duration::from_secs(7)), 0, 1), [7000]);
        assert_eq!(waits(Some(Duration::from_hours(24)), 0, 1), [600_000]);
    }

    #[test]
    fn a_pause_ends_by_itself_and_by_success() {
        let (mut pause, policy) = (Pause::default(), PausePolicy::default());
        pause.failed(Duration::ZERO, &error(), None, &policy, 0);
        assert!(pause.at(Duration::from_millis(999)).is_some());
        assert!(pause.at(Duration::from_secs(1)).is_none());
        pause.succeeded();
        assert!(pause.at(Duration::ZERO).is_none());
    }
}
