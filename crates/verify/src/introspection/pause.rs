//! Leaving an issuer alone that fails: pure rules, given the time.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use keyfob_protocol::{Advice, ProtocolError};
use keyfob_transport::TransportError;

use super::error::IntrospectionError;
use crate::memory::Fingerprint;

/// The first pause; each further failure doubles it. One question is asked after a pause, and only its success ends it, so
/// a fleet of a hundred asks a dead issuer a hundred times in half a minute.
const FIRST: Duration = Duration::from_secs(1);
/// A token is uncheckable for this long at most after its issuer is back.
const LONGEST: Duration = Duration::from_secs(30);
/// The longest `Retry-After` that is obeyed.
const LONGEST_ASKED: Duration = Duration::from_mins(5);
/// Failures that a single token may have caused count when this many tokens met one without a success between them: else
/// whoever finds a token that an issuer stumbles over could silence it for all others.
const STUMBLES: usize = 5;

#[derive(Debug, Default)]
pub(super) struct Pause {
    /// Failures that were surely not a token's doing.
    failures: u32,
    /// The last tokens that met a failure which may have been their doing, each once.
    stumbles: Vec<Fingerprint>,
    /// When the pause began, and when it ends, by the monotonic clock.
    since: Duration,
    resume: Duration,
    last: Option<Arc<IntrospectionError>>,
}

impl Pause {
    /// Tells whether a question may be asked; while the issuer fails, only one for each pause.
    ///
    /// Returns whether the issuer is well, so that a failed attempt is worth repeating.
    pub(super) fn begin(
        &mut self,
        now: Duration,
        limit: Duration,
    ) -> Result<bool, IntrospectionError> {
        let Some(after) = &self.last else {
            return Ok(true);
        };
        if now < self.resume {
            return Err(IntrospectionError::Paused {
                remaining: self.resume.saturating_sub(now),
                after: Arc::clone(after),
            });
        }
        // Everybody else waits for how this one ends.
        self.resume = now.saturating_add(limit);
        Ok(false)
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The one question after a pause was broken off by those who asked it, which says nothing about the issuer. The next
    /// follows soon, and not at once: whoever comes and goes must not make a storm.
    pub(super) fn abandoned(&mut self, now: Duration) {
        self.resume = self.resume.min(now.saturating_add(FIRST));
    }

    /// Counts the failure of a question about `name` that was begun at `began`.
    pub(super) fn failed(
        &mut self,
        error: &IntrospectionError,
        name: &Fingerprint,
        began: Duration,
        now: Duration,
    ) {
        // Of all the questions that were under way when the issuer failed, one tells as much as a thousand.
        if self.last.is_some() && began <= self.since {
            return;
        }
        match cause(error) {
            Cause::Issuer => self.failures = self.failures.saturating_add(1),
            Cause::Unclear => {
                if !self.stumbled(name) {
                    return self.abandoned(now);
                }
                if self.stumbles.len() < STUMBLES && self.last.is_none() {
                    return;
                }
                self.failures = self.failures.saturating_add(1);
            }
            // Nothing was learnt: the next question follows soon.
            Cause::Token | Cause::Here => return self.abandoned(now),
        }
        let doubled = FIRST.saturating_mul(2_u32.saturating_pow(self.failures.saturating_sub(1)));
        let asked = match error.advice() {
            Advice::RetryAfter(asked) => asked.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        let pause = doubled.min(LONGEST).max(asked.min(LONGEST_ASKED));
        (self.since, self.resume) = (now, now.saturating_add(pause));
        self.last = Some(Arc::new(error.clone()));
    }

    /// Notes a token, and tells whether it is another than those of late.
    fn stumbled(&mut self, name: &Fingerprint) -> bool {
        if self.stumbles.contains(name) {
            return false;
        }
        if self.stumbles.len() == STUMBLES {
            self.stumbles.remove(0);
        }
        self.stumbles.push(*name);
        true
    }
}

enum Cause {
    Issuer,
    /// The issuer, or something about this one token.
    Unclear,
    /// This one token, which a server or what stands before it did not like.
    Token,
    /// Nothing that was sent.
    Here,
}

fn cause(error: &IntrospectionError) -> Cause {
    match error {
        IntrospectionError::Transport(TransportError::BodyTooLarge { .. }) => Cause::Unclear,
        IntrospectionError::Transport(_)
        | IntrospectionError::Metadata(_)
        | IntrospectionError::Slow(_) => Cause::Issuer,
        IntrospectionError::Protocol(
            ProtocolError::OAuth { status, .. } | ProtocolError::Http { status, .. },
        ) if is_about_us(*status) => Cause::Issuer,
        IntrospectionError::Protocol(ProtocolError::Http { status, .. })
            if is_about_the_token(*status) =>
        {
            Cause::Token
        }
        IntrospectionError::Protocol(_) | IntrospectionError::Keys(_) => Cause::Unclear,
        _ => Cause::Here,
    }
}

/// Statuses that say something about the endpoint or the one who asks, whatever the question. 403 and 404 are what a
/// firewall, or a server that knows no such token, may say about one.
fn is_about_us(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 429 | 502 | 503 | 504)
}

/// Statuses that say something about the form or the size of the question, if no OAuth error says more.
fn is_about_the_token(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 413 | 414 | 422 | 431)
}

#[cfg(test)]
mod tests {
    use keyfob_protocol::Endpoint;
    use keyfob_transport::testing::lost;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LIMIT: Duration = Duration::from_secs(5);
    const NAME: &Fingerprint = &[0; 16];

    fn status(status: u16, retry_after: Option<u64>) -> IntrospectionError {
        IntrospectionError::Protocol(ProtocolError::Http {
            endpoint: Endpoint::Introspection,
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: retry_after.map(Duration::from_secs),
        })
    }

    /// How long nobody asks after this failure.
    fn pause_after(error: &IntrospectionError) -> Duration {
        let mut pause = Pause::default();
        pause.failed(error, NAME, Duration::ZERO, Duration::ZERO);
        match pause.begin(Duration::ZERO, LIMIT) {
            Ok(_) => Duration::ZERO,
            Err(error) => match error.advice() {
                Advice::RetryAfter(Some(remaining)) => remaining,
                advice => panic!("{advice:?}"),
            },
        }
    }

    #[test]
    fn pauses_double_up_to_half_a_minute() {
        let mut pause = Pause::default();
        let mut now = Duration::ZERO;
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            assert!(pause.begin(now, LIMIT).is_ok());
            pause.failed(&lost().into(), NAME, now, now);
            now += (expected - 1) * SECOND + Duration::from_millis(999);
            assert!(pause.begin(now, LIMIT).is_err(), "{expected}");
            now += Duration::from_millis(1);
        }
        assert_eq!(pause.begin(now, LIMIT).ok(), Some(false));
        pause.succeeded();
        assert_eq!(pause.begin(now, LIMIT).ok(), Some(true));
    }

    #[test]
    fn questions_that_fail_together_count_once() {
        let mut pause = Pause::default();
        for _ in 0..1000 {
            pause.failed(&lost().into(), NAME, Duration::ZERO, SECOND);
        }
        assert_eq!(pause.begin(2 * SECOND, LIMIT).ok(), Some(false));
    }

    #[test]
    fn after_a_pause_one_question_is_asked_and_the_others_wait_for_its_end() {
        let mut pause = Pause::default();
        pause.failed(&lost().into(), NAME, Duration::ZERO, Duration::ZERO);
        assert_eq!(pause.begin(SECOND, LIMIT).ok(), Some(false));
        assert!(pause.begin(SECOND, LIMIT).is_err());
        pause.abandoned(SECOND);
        assert!(pause.begin(SECOND, LIMIT).is_err());
        assert_eq!(pause.begin(2 * SECOND, LIMIT).ok(), Some(false));
    }

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_asks_within_reason() {
        assert_eq!(pause_after(&status(503, Some(20))), 20 * SECOND);
        assert_eq!(pause_after(&status(429, Some(u64::MAX))), 300 * SECOND);
        assert_eq!(pause_after(&status(401, None)), SECOND);
        assert_eq!(
            pause_after(&IntrospectionError::Interrupted),
            Duration::ZERO
        );
    }

    #[test]
    fn what_one_token_may_have_caused_silences_nobody_until_it_is_the_rule() {
        for code in [403, 404, 500] {
            let mut pause = Pause::default();
            for _ in 0..100 {
                pause.failed(&status(code, None), NAME, Duration::ZERO, Duration::ZERO);
                assert_eq!(pause.begin(Duration::ZERO, LIMIT).ok(), Some(true));
            }
            pause.succeeded();
            for token in 1..=5 {
                assert_eq!(pause.begin(Duration::ZERO, LIMIT).ok(), Some(true));
                let error = status(code, None);
                pause.failed(&error, &[token; 16], Duration::ZERO, Duration::ZERO);
            }
            assert!(pause.begin(Duration::ZERO, LIMIT).is_err(), "{code}");
        }
    }

    #[test]
    fn what_is_said_about_the_form_of_a_question_never_counts() {
        let mut pause = Pause::default();
        for code in [400, 413, 414, 422, 431] {
            for token in 0..100 {
                let error = status(code, None);
                pause.failed(&error, &[token; 16], Duration::ZERO, Duration::ZERO);
                assert_eq!(pause.begin(Duration::ZERO, LIMIT).ok(), Some(true));
            }
        }
    }

    #[test]
    fn a_question_after_a_pause_that_taught_nothing_is_soon_followed_by_another() {
        for error in [status(413, None), IntrospectionError::Interrupted] {
            let mut pause = Pause::default();
            pause.failed(&lost().into(), NAME, Duration::ZERO, Duration::ZERO);
            assert_eq!(pause.begin(SECOND, LIMIT).ok(), Some(false));
            pause.failed(&error, NAME, SECOND, SECOND);
            assert!(pause.begin(SECOND, LIMIT).is_err());
            assert_eq!(pause.begin(2 * SECOND, LIMIT).ok(), Some(false));
        }
    }
}
