//! Answers at hand: what was said about a token, for as long as that is fresh.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use keyfob_transport::Clock;

use super::memory::AnswerMemory;
use crate::memory::{Bounds, Fingerprint, Table, Weigh};
use crate::principal::Principal;
use crate::rejection::Rejection;

pub(super) struct Cache {
    policy: AnswerMemory,
    good: Table<Kept<Principal>>,
    /// Apart from the others, since whoever makes tokens up could fill it.
    bad: Table<Kept<Rejection>>,
    edition: AtomicU64,
}

/// Raised by whatever makes one forget: an answer to an older question is not kept then.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Edition(u64);

struct Kept<T> {
    what: T,
    since: Moment,
}

/// A point in time by both clocks.
struct Moment {
    monotonic: Duration,
    wall: SystemTime,
}

/// Tokens that are not good take this part of the memory.
const BAD_PART: usize = 8;

impl Cache {
    pub(super) fn new(policy: AnswerMemory) -> Self {
        // A small memory, too, keeps one of them, if there is room for one of the others beside it.
        let entries = (policy.entries / BAD_PART).max(1).min(policy.entries / 2);
        let each = policy.bytes.checked_div(policy.entries).unwrap_or(0);
        let bad = Bounds {
            entries,
            bytes: each.saturating_mul(entries),
        };
        let good = Bounds {
            entries: policy.entries - bad.entries,
            bytes: policy.bytes - bad.bytes,
        };
        Self {
            policy,
            good: Table::new(good),
            bad: Table::new(bad),
            edition: AtomicU64::new(0),
        }
    }

    pub(super) fn edition(&self) -> Edition {
        Edition(self.edition.load(Ordering::SeqCst))
    }

    /// Returns what was said, if that is fresh. What time alone changes is not judged here.
    pub(super) fn find(
        &self,
        name: &Fingerprint,
        clock: &Clock,
    ) -> Option<Result<Principal, Rejection>> {
        let now = Moment::now(clock);
        let good = self
            .good
            .find(name, |kept| kept.fresh(&now, self.policy.good_for).cloned());
        if let Some(principal) = good {
            return Some(Ok(principal));
        }
        let bad_for = self.policy.bad_for.min(self.policy.good_for);
        let bad = self
            .bad
            .find(name, |kept| kept.fresh(&now, bad_for).cloned());
        bad.map(Err)
    }

    pub(super) fn keep(
        &self,
        name: Fingerprint,
        read: &Result<Principal, Rejection>,
        edition: Edition,
        clock: &Clock,
    ) {
        // An old answer must not be found for even a moment, nor drive a newer one out.
        if self.edition() != edition {
            return;
        }
        let since = Moment::now(clock);
        match read {
            Ok(principal) => {
                let what = principal.clone();
                self.bad.remove(&name);
                self.good.insert(name, Kept { what, since });
            }
            // An answer that cannot be read says nothing about the token.
            Err(Rejection::IntrospectionUnavailable(_)) => {}
            Err(rejection) => {
                let what = rejection.clone();
                self.good.remove(&name);
                self.bad.insert(name, Kept { what, since });
            }
        }
        // Looked at again: who forgets raises the number first, and so one of the two sees the other.
        if self.edition() != edition {
            self.remove(&name);
        }
    }

    pub(super) fn forget(&self, name: &Fingerprint) {
        self.edition.fetch_add(1, Ordering::SeqCst);
        self.remove(name);
    }

    pub(super) fn flush(&self) {
        self.edition.fetch_add(1, Ordering::SeqCst);
        self.good.clear();
        self.bad.clear();
    }

    fn remove(&self, name: &Fingerprint) {
        self.good.remove(name);
        self.bad.remove(name);
    }
}

impl<T> Kept<T> {
    fn fresh(&self, now: &Moment, for_: Duration) -> Option<&T> {
        (now.since(&self.since) < for_).then_some(&self.what)
    }
}

impl Moment {
    fn now(clock: &Clock) -> Self {
        Self {
            monotonic: clock.monotonic(),
            wall: clock.now(),
        }
    }

    /// The monotonic clock stands still while a machine sleeps, and the other one can be set back: the longer time counts.
    fn since(&self, earlier: &Self) -> Duration {
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        wall.max(self.monotonic.saturating_sub(earlier.monotonic))
    }
}

impl Weigh for Kept<Principal> {
    fn heap_bytes(&self) -> usize {
        self.what.heap_bytes()
    }
}

impl Weigh for Kept<Rejection> {
    /// What is kept are reasons without text of their own.
    fn heap_bytes(&self) -> usize {
        0
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.policy, f)
    }
}
