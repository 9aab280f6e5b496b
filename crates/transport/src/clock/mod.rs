//! Where time comes from: the system, or a test's hand.

mod manual;

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

pub use manual::ManualClock;

/// Tells the time and sleeps; cheap to clone.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use keyfob_transport::{Clock, ManualClock};
///
/// let hand = ManualClock::new(SystemTime::UNIX_EPOCH);
/// let clock = Clock::from(hand.clone());
/// hand.advance(Duration::from_mins(1));
/// assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_mins(1));
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(ManualClock),
}

/// Is returned by [`Clock::timeout`] when the limit passed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time limit passed")]
pub struct Elapsed;

impl Clock {
    /// Returns the machine's clock; sleeping needs a tokio runtime with time enabled.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Returns the time of day, which may jump when the machine's clock is set.
    #[inline]
    pub fn now(&self) -> SystemTime {
        match &self.0 {
            Source::System => SystemTime::now(),
            Source::Manual(hand) => hand.now(),
        }
    }

    /// Returns the time since an arbitrary start; it never goes back.
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System => START.elapsed(),
            Source::Manual(hand) => hand.monotonic(),
        }
    }

    /// Returns when `duration` has passed.
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Source::System => tokio::time::sleep(duration).await,
            Source::Manual(hand) => hand.sleep(duration).await,
        }
    }

    /// Runs `future` for at most `limit`.
    ///
    /// # Errors
    /// [`Elapsed`] when the limit passed first; the future is dropped then.
    pub async fn timeout<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        match &self.0 {
            Source::System => tokio::time::timeout(limit, future)
                .await
                .map_err(|_| Elapsed),
            Source::Manual(hand) => hand.timeout(limit, future).await,
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl From<ManualClock> for Clock {
    fn from(hand: ManualClock) -> Self {
        Self(Source::Manual(hand))
    }
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn system_clock_moves_forward_over_a_sleep() {
        let clock = Clock::system();
        let before = clock.monotonic();
        clock.sleep(Duration::from_millis(5)).await;
        assert!(clock.monotonic() >= before + Duration::from_millis(5));
    }

    #[tokio::test]
    async fn system_timeout_ends_a_future_that_never_does() {
        let limit = Duration::from_millis(5);
        let outcome = Clock::system()
            .timeout(limit, std::future::pending::<()>())
            .await;
        assert_eq!(outcome, Err(Elapsed));
    }
}
