//! When a request may be sent again, and after what wait: a pure function of what happened.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use http::StatusCode;
use keyfob_protocol::Repeat;

use crate::error::{TransportError, UnsentStage};

/// Says how often and how patiently a request is repeated; what may be repeated at all is the request's own
/// [`Repeat`]: a code or a refresh token is not sent again by any policy unless it was surely not processed.
///
/// ```
/// use std::time::Duration;
/// use http::StatusCode;
/// use keyfob_transport::RetryPolicy;
///
/// // Five repetitions after a 500, with waits of up to 0.3 s, 0.6 s, 1.2 s …
/// let patient = RetryPolicy::default()
///     .with_attempts(6)
///     .with_statuses([StatusCode::INTERNAL_SERVER_ERROR])
///     .with_waits(Duration::from_millis(300), Duration::from_secs(120))
///     .checked()?;
/// assert_eq!(patient.attempts, 6);
/// # Ok::<(), keyfob_transport::RetryPolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a request is sent at most, the first time included. Default 3.
    pub attempts: u32,
    /// The longest wait before the first repetition; doubles each time. Default 300 ms.
    pub base: Duration,
    /// The longest wait before any repetition that the server did not ask for. Default 5 s.
    pub cap: Duration,
    /// How waits are spread. Default [`Jitter::Full`].
    pub jitter: Jitter,
    /// The longest `Retry-After` that is waited for. A longer one ends the attempts and the answer is handed out:
    /// asking earlier would be rude, waiting would look like hanging. Default 15 s.
    pub retry_after_cap: Duration,
    /// The statuses that stand for a fault that may pass. Default 429, 500, 502, 503 and 504.
    pub statuses: Vec<StatusCode>,
    /// No attempt begins after this much time since the first one began. Default 60 s.
    pub budget: Duration,
}

/// Spreads the waits of many clients that failed at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// Anything between nothing and the computed wait.
    Full,
    /// Exactly the computed wait, for tests.
    Off,
}

/// What one attempt came to, as far as repeating is concerned.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// An answer with this status and this `Retry-After`.
    Answer(StatusCode, Option<Duration>),
    /// No usable answer.
    Failure(&'a TransportError),
}

impl RetryPolicy {
    /// Returns the policy that sends everything once.
    pub fn never() -> Self {
        Self::default().with_attempts(1)
    }

    /// Sets how often a request is sent at most.
    pub fn with_attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    /// Sets the longest first wait and the longest wait.
    pub fn with_waits(self, base: Duration, cap: Duration) -> Self {
        Self { base, cap, ..self }
    }

    /// Sets the statuses that stand for a fault that may pass.
    pub fn with_statuses(self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        Self {
            statuses: statuses.into_iter().collect(),
            ..self
        }
    }

    /// Sets how waits are spread.
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// Sets the longest `Retry-After` that is waited for.
    pub fn with_retry_after_cap(self, retry_after_cap: Duration) -> Self {
        Self {
            retry_after_cap,
            ..self
        }
    }

    /// Sets the time after which no attempt begins.
    pub fn with_budget(self, budget: Duration) -> Self {
        Self { budget, ..self }
    }

    /// Returns how long to wait before sending again after attempt number `attempt` (1 is the first), or `None` to
    /// stop. `spread` in 0..1 is the luck of the draw.
    pub fn wait(
        &self,
        repeat: Repeat,
        attempt: u32,
        outcome: Outcome<'_>,
        spread: f64,
    ) -> Option<Duration> {
        if attempt >= self.attempts || !self.may_repeat(repeat, outcome) {
            return None;
        }
        let exponential = self
            .base
            .saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)))
            .min(self.cap);
        let own = match self.jitter {
            Jitter::Full => exponential.mul_f64(spread.clamp(0.0, 1.0)),
            Jitter::Off => exponential,
        };
        match outcome {
            // Nobody comes earlier than asked, and not all at the same moment.
            Outcome::Answer(_, Some(asked)) if asked <= self.retry_after_cap => {
                Some(match self.jitter {
                    Jitter::Full => asked.saturating_add(own),
                    Jitter::Off => asked,
                })
            }
            Outcome::Answer(_, Some(_)) => None,
            Outcome::Answer(_, None) | Outcome::Failure(_) => Some(own),
        }
    }

    fn may_repeat(&self, repeat: Repeat, outcome: Outcome<'_>) -> bool {
        match outcome {
            Outcome::Answer(status, _) if !self.statuses.contains(&status) => false,
            Outcome::Answer(..) => repeat == Repeat::Always || surely_unprocessed(outcome),
            // A time limit that has run out is not started again, so an answer that timed out is not among these.
            Outcome::Failure(TransportError::MaybeReceived { .. }) => repeat == Repeat::Always,
            Outcome::Failure(_) => surely_unprocessed(outcome),
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(300),
            cap: Duration::from_secs(5),
            jitter: Jitter::Full,
            retry_after_cap: Duration::from_secs(15),
            statuses: TRANSIENT.to_vec(),
            budget: Duration::from_mins(1),
        }
    }
}

/// A server that answers one of the two statuses with `Retry-After` turned the request away before it looked at it.
fn surely_unprocessed(outcome: Outcome<'_>) -> bool {
    match outcome {
        Outcome::Failure(TransportError::Unsent { stage, .. }) => *stage != UnsentStage::Tls,
        Outcome::Failure(error) => matches!(error, TransportError::Timeout { sent: false, .. }),
        Outcome::Answer(status, asked) => {
            asked.is_some()
                && matches!(
                    status,
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
                )
        }
    }
}

const TRANSIENT: [StatusCode; 5] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

/// Draws a number in 0..1. Jitter needs spread, not secrecy, so the hasher's random keys are good enough.
pub(crate) fn spread() -> f64 {
    let bits = RandomState::new().hash_one(0_u8);
    f64::from(u32::try_from(bits >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn policy() -> RetryPolicy {
        RetryPolicy::default().with_attempts(10)
    }

    fn answer(status: u16, seconds: Option<u64>) -> Outcome<'static> {
        Outcome::Answer(
            StatusCode::from_u16(status).unwrap(),
            seconds.map(Duration::from_secs),
        )
    }

    fn repeats(repeat: Repeat, outcome: Outcome<'_>) -> bool {
        policy().wait(repeat, 1, outcome, 0.5).is_some()
    }

    fn unsent(stage: UnsentStage) -> TransportError {
        TransportError::Unsent {
            host: "op.example".into(),
            stage,
            reason: "no".into(),
        }
    }

    fn lost() -> TransportError {
        TransportError::MaybeReceived {
            host: "op.example".into(),
            reason: "reset".into(),
        }
    }

    fn timeout(sent: bool) -> TransportError {
        TransportError::Timeout {
            host: "op.example".into(),
            sent,
            limit: 5000 * MS,
        }
    }

    #[test]
    fn never_repeats_a_redemption_that_may_have_been_received() {
        for outcome in [
            Outcome::Failure(&lost()),
            Outcome::Failure(&timeout(true)),
            answer(500, None),
            answer(500, Some(1)),
        ] {
            assert!(!repeats(Repeat::OnlyIfUnsent, outcome), "{outcome:?}");
        }
        for status in [429, 502, 503, 504] {
            assert!(
                !repeats(Repeat::OnlyIfUnsent, answer(status, None)),
                "{status}"
            );
        }
    }

    #[test]
    fn repeats_a_redemption_that_was_surely_not_processed() {
        assert!(repeats(
            Repeat::OnlyIfUnsent,
            Outcome::Failure(&unsent(UnsentStage::Connect))
        ));
        assert!(repeats(
            Repeat::OnlyIfUnsent,
            Outcome::Failure(&timeout(false))
        ));
        assert!(repeats(Repeat::OnlyIfUnsent, answer(429, Some(1))));
        assert!(repeats(Repeat::OnlyIfUnsent, answer(503, Some(1))));
    }

    #[test]
    fn repeats_harmless_requests_after_transient_answers_only() {
        for status in [429, 500, 502, 503, 504] {
            assert!(repeats(Repeat::Always, answer(status, None)), "{status}");
        }
        for status in [200, 302, 400, 401, 403, 404, 501, 505] {
            assert!(!repeats(Repeat::Always, answer(status, None)), "{status}");
        }
        assert!(repeats(Repeat::Always, Outcome::Failure(&lost())));
    }

    #[test]
    fn does_not_repeat_what_repeating_cannot_mend() {
        for error in [
            unsent(UnsentStage::Tls),
            timeout(true),
            TransportError::BodyTooLarge { limit: 1 },
            TransportError::Redirect {
                status: 302,
                to: None,
            },
            TransportError::Setup {
                reason: "ca".into(),
            },
        ] {
            assert!(
                !repeats(Repeat::Always, Outcome::Failure(&error)),
                "{error}"
            );
        }
    }

    #[test]
    fn waits_double_up_to_the_cap_and_jitter_takes_from_nothing_to_all() {
        let wait = |attempt, spread| {
            policy()
                .wait(Repeat::Always, attempt, answer(500, None), spread)
                .unwrap()
        };
        assert_eq!(
            [1, 2, 3, 5, 9].map(|attempt| wait(attempt, 1.0)),
            [300 * MS, 600 * MS, 1200 * MS, 4800 * MS, 5000 * MS]
        );
        assert_eq!(wait(9, 0.0), Duration::ZERO);
        assert_eq!(wait(3, 0.5), 600 * MS);
    }

    #[test]
    fn waits_at_least_as_long_as_asked_and_gives_up_when_asked_for_too_long() {
        let wait = |seconds| policy().wait(Repeat::Always, 1, answer(503, Some(seconds)), 1.0);
        assert_eq!(wait(7), Some(7300 * MS));
        assert_eq!(wait(15), Some(15_300 * MS));
        assert_eq!(wait(16), None);
        assert_eq!(wait(u64::MAX), None);
    }

    #[test]
    fn a_server_that_asks_for_eternity_does_not_overflow_a_policy_without_bounds() {
        let policy = policy().with_retry_after_cap(Duration::MAX);
        let asked = Outcome::Answer(StatusCode::SERVICE_UNAVAILABLE, Some(Duration::MAX));
        let wait = policy.wait(Repeat::Always, 1, asked, 1.0);
        assert_eq!(wait, Some(Duration::MAX));
    }

    #[test]
    fn stops_after_the_last_attempt() {
        let policy = RetryPolicy::default();
        assert!(
            policy
                .wait(Repeat::Always, 2, answer(500, None), 0.5)
                .is_some()
        );
        assert_eq!(policy.wait(Repeat::Always, 3, answer(500, None), 0.5), None);
        assert_eq!(
            RetryPolicy::never().wait(Repeat::Always, 1, answer(500, None), 0.5),
            None
        );
    }

    #[test]
    fn only_the_statuses_of_the_policy_are_repeated() {
        let policy = policy().with_statuses([StatusCode::INTERNAL_SERVER_ERROR]);
        let wait = |status, asked| policy.wait(Repeat::Always, 1, answer(status, asked), 0.5);
        assert!(wait(500, None).is_some());
        assert_eq!((wait(503, None), wait(429, Some(1))), (None, None));
        let code = policy.wait(Repeat::OnlyIfUnsent, 1, answer(500, None), 0.5);
        assert_eq!(
            code, None,
            "a code is not sent twice, whatever the policy says"
        );
    }

    #[test]
    fn spread_is_spread() {
        let draws: Vec<f64> = (0..1000).map(|_| spread()).collect();
        assert!(draws.iter().all(|draw| (0.0..=1.0).contains(draw)));
        assert!(draws.iter().any(|draw| *draw < 0.1) && draws.iter().any(|draw| *draw > 0.9));
    }
}
