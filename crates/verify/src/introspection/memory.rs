//! How long an answer is fresh, and how many are kept; one reason per default.

use std::time::Duration;

/// Rules for the answers that an introspector keeps; a value.
///
/// An answer is used until the token's `exp`, and never longer than this allows. That is the price of fewer questions: a
/// token that is revoked stays good here until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct AnswerMemory {
    /// How many answers are kept at most.
    pub entries: usize,
    /// What they may cost in bytes, all included.
    pub bytes: usize,
    /// How long an answer is fresh that a token is good.
    pub good_for: Duration,
    /// How long an answer is fresh that it is not.
    pub bad_for: Duration,
}

impl AnswerMemory {
    /// Returns the defaults, for at most `entries` answers of 2 KiB each.
    pub fn new(entries: usize) -> Self {
        Self {
            entries,
            bytes: entries.saturating_mul(2048),
            // A client sends its token many times a minute, and people who revoke one expect it to be dead in about that time.
            good_for: Duration::from_mins(1),
            // A token that is not known yet (its issuer's servers copy it to each other) will be in a moment; one that
            // is asked about in a loop costs one question in this time.
            bad_for: Duration::from_secs(5),
        }
    }

    /// Sets what all answers together may cost in bytes.
    pub fn with_bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// Sets how long an answer is fresh that a token is good: how late a revocation may be noticed.
    pub fn with_good_for(self, good_for: Duration) -> Self {
        Self { good_for, ..self }
    }

    /// Sets how long an answer is fresh that a token is not good; never longer than for one that is.
    pub fn with_bad_for(self, bad_for: Duration) -> Self {
        Self { bad_for, ..self }
    }
}

impl Default for AnswerMemory {
    /// Keeps up to 10,000 answers.
    fn default() -> Self {
        Self::new(10_000)
    }
}
