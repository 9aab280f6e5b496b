//! How often a device login asks, and for how long (RFC 8628 §3.5).

use std::time::Duration;

/// What `slow_down` adds to the interval, for good.
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// The longest pause after a fault, and the longest interval that a provider may demand.
const LONGEST: Duration = Duration::from_mins(1);

/// The time before the code dies in which an answer can still arrive.
const LAST_WORD: Duration = Duration::from_secs(1);

/// The pace of polling: pure, in monotonic time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pace {
    interval: Duration,
    /// The pause before the next question; longer than the interval after faults.
    pause: Duration,
    deadline: Duration,
}

impl Pace {
    /// Starts at monotonic time `now`; a zero interval becomes one second.
    pub(crate) fn new(now: Duration, interval: Duration, expires_in: Duration) -> Self {
        let interval = interval.clamp(Duration::from_secs(1), LONGEST);
        Self {
            interval,
            pause: interval,
            deadline: now.saturating_add(expires_in),
        }
    }

    /// How long to wait before the next question; `None` once the code would be dead by then.
    ///
    /// A pause longer than what is left is cut, so that the last moments get one more question.
    pub(crate) fn next(&self, now: Duration) -> Option<Duration> {
        let latest = self.left(now).checked_sub(LAST_WORD)?;
        (latest >= self.interval).then(|| self.pause.min(latest))
    }

    /// What is left of the code's life.
    pub(crate) fn left(&self, now: Duration) -> Duration {
        self.deadline.saturating_sub(now)
    }

    /// The provider answered: nobody has typed the code in yet.
    pub(crate) fn pending(&mut self) {
        self.pause = self.interval;
    }

    /// The provider asked for patience.
    pub(crate) fn slow_down(&mut self) -> Duration {
        self.interval = self.interval.saturating_add(SLOW_DOWN);
        self.pause = self.interval;
        self.interval
    }

    /// No usable answer: the pause doubles until there is one, or is what the provider asked for.
    pub(crate) fn trouble(&mut self, retry_after: Option<Duration>) -> Duration {
        let doubled = self.pause.saturating_mul(2).min(LONGEST.max(self.interval));
        self.pause = retry_after.map_or(doubled, |asked| asked.max(self.interval));
        self.pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn slow_down_adds_five_seconds_for_good() {
        let mut pace = Pace::new(s(100), s(5), s(600));
        assert_eq!(pace.next(s(100)), Some(s(5)));
        assert_eq!(pace.slow_down(), s(10));
        pace.pending();
        assert_eq!(pace.next(s(110)), Some(s(10)));
        assert_eq!(pace.slow_down(), s(15));
    }

    #[test]
    fn faults_double_the_pause_until_an_answer_comes() {
        let mut pace = Pace::new(s(0), s(5), s(600));
        assert_eq!(
            [10, 20, 40, 60, 60].map(s),
            [(); 5].map(|()| pace.trouble(None))
        );
        pace.pending();
        assert_eq!(pace.next(s(0)), Some(s(5)));
        assert_eq!(pace.trouble(Some(s(90))), s(90));
        assert_eq!(
            pace.trouble(Some(s(1))),
            s(5),
            "never faster than the interval"
        );
    }

    #[test]
    fn ends_when_the_code_would_be_dead() {
        let mut pace = Pace::new(s(100), s(5), s(20));
        assert_eq!(pace.next(s(114)), Some(s(5)));
        assert_eq!(pace.next(s(115)), None);
        assert_eq!(pace.left(s(115)), s(5));
        pace.trouble(Some(s(600)));
        assert_eq!(pace.next(s(105)), Some(s(14)), "cut to the last moment");
        assert_eq!(pace.left(s(900)), s(0));
    }

    #[test]
    fn never_asks_without_a_pause() {
        let pace = Pace::new(s(0), s(0), Duration::MAX);
        assert_eq!(pace.next(s(0)), Some(s(1)));
    }
}
