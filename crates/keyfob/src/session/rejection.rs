//! The memory of 401s: one answer per token is believed, a second one in a row is explained instead.

use std::time::Duration;

use crate::session::access_token::AccessToken;

/// What became of the report that a resource server refused a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invalidation {
    /// The token will not be handed out again; ask for another one and repeat the request once.
    Invalidated,
    /// The session has moved on from that token already; ask for the current one and repeat the request once.
    AlreadyReplaced,
    /// The token is itself a fresh replacement for a refused one, so another would not help:
    /// do not repeat. Wrong audience, missing permission, revoked client, or a clock that is off.
    RejectedAgain,
}

/// Which token was refused, and what replaced it.
#[derive(Debug, Default)]
pub(crate) struct Rejections {
    rejected: Option<AccessToken>,
    replacement: Option<(AccessToken, Duration)>,
}

impl Rejections {
    /// Believes or disbelieves a 401 on the token that is handed out at present.
    pub(crate) fn report(
        &mut self,
        token: &AccessToken,
        now: Duration,
        pause: Duration,
    ) -> Invalidation {
        if self.is_rejected(token) {
            return Invalidation::Invalidated;
        }
        if let Some((replacement, since)) = &self.replacement
            && replacement.is_same(token)
            && now.saturating_sub(*since) < pause
        {
            return Invalidation::RejectedAgain;
        }
        self.rejected = Some(token.clone());
        Invalidation::Invalidated
    }

    /// Whether the token was refused and nothing has replaced it yet.
    pub(crate) fn is_rejected(&self, token: &AccessToken) -> bool {
        self.rejected
            .as_ref()
            .is_some_and(|rejected| rejected.is_same(token))
    }

    /// Remembers what was published after a refusal, be it the same token again.
    pub(crate) fn replaced(&mut self, by: &AccessToken, now: Duration) {
        if self.rejected.take().is_some() {
            self.replacement = Some((by.clone(), now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyfob_jose::Secret;
    use std::time::SystemTime;

    const PAUSE: Duration = Duration::from_mins(1);

    fn token(text: &str) -> AccessToken {
        AccessToken::new(Secret::new(text), SystemTime::UNIX_EPOCH).unwrap()
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(1000 + seconds)
    }

    #[test]
    fn many_reports_of_one_token_count_as_one() {
        let mut memory = Rejections::default();
        for _ in 0..3 {
            assert_eq!(
                memory.report(&token("a"), at(0), PAUSE),
                Invalidation::Invalidated
            );
        }
        assert!(memory.is_rejected(&token("a")) && !memory.is_rejected(&token("b")));
    }

    #[test]
    fn a_replacement_that_is_refused_too_breaks_the_loop() {
        for replacement in ["a", "b"] {
            let mut memory = Rejections::default();
            memory.report(&token("a"), at(0), PAUSE);
            memory.replaced(&token(replacement), at(1));
            assert_eq!(
                memory.report(&token(replacement), at(2), PAUSE),
                Invalidation::RejectedAgain
            );
            assert!(!memory.is_rejected(&token(replacement)));
        }
    }

    #[test]
    fn after_the_pause_a_401_is_believed_again() {
        let mut memory = Rejections::default();
        memory.report(&token("a"), at(0), PAUSE);
        memory.replaced(&token("b"), at(1));
        assert_eq!(
            memory.report(&token("b"), at(61), PAUSE),
            Invalidation::Invalidated
        );
    }
}
