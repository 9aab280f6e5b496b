//! The proofs used in this process, bounded in number; forgotten a slice of time at once, not one by one.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use keyfob_transport::Clock;

use super::replay::{ProofId, ReplayError};

/// A point in time by both clocks.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    monotonic: Duration,
    wall: SystemTime,
}

pub(super) struct UsedProofs {
    capacity: usize,
    slices: Mutex<VecDeque<Slice>>,
}

/// Proofs that were used at about the same time. The table hashes with a key of its own, so that nobody can aim at it.
struct Slice {
    proofs: HashSet<u128>,
    /// No proof is added from this time on, by the monotonic clock.
    closes: Duration,
    /// All of them may be forgotten when both clocks are there.
    ends: Moment,
}

/// A lookup asks each slice, so there are few; more of them would only free memory a little earlier.
const SLICES: u32 = 4;
/// With rules of different windows on one memory there may be more, up to this.
const MAX_SLICES: usize = 16;

impl UsedProofs {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            slices: Mutex::default(),
        }
    }

    /// Remembers a proof until `now + life` at least, by both clocks; false if it is there already. A clock that is set back
    /// only makes it remember longer, and one that is set forward makes it forget nothing.
    pub(super) fn remember(
        &self,
        proof: ProofId,
        now: Moment,
        life: Duration,
    ) -> Result<bool, ReplayError> {
        let proof = proof.short();
        let ends = now.after(life).ok_or_else(|| self.full())?;
        let mut slices = self.lock();
        slices.retain(|slice| !slice.ends.is_over(now));
        if slices.iter().any(|slice| slice.proofs.contains(&proof)) {
            return Ok(false);
        }
        let held: usize = slices.iter().map(|slice| slice.proofs.len()).sum();
        if held >= self.capacity {
            return Err(self.full());
        }
        let full = slices.len() >= MAX_SLICES;
        match slices.back_mut() {
            Some(slice) if now.monotonic < slice.closes || full => {
                slice.ends = slice.ends.later(ends);
                slice.proofs.insert(proof);
            }
            _ => slices.push_back(Slice {
                proofs: HashSet::from([proof]),
                closes: now.monotonic.saturating_add(life / SLICES),
                ends,
            }),
        }
        Ok(true)
    }

    pub(super) fn len(&self) -> usize {
        self.lock().iter().map(|slice| slice.proofs.len()).sum()
    }

    fn full(&self) -> ReplayError {
        ReplayError::Full {
            capacity: self.capacity,
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Slice>> {
        self.slices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Moment {
    pub(super) fn now(clock: &Clock) -> Self {
        Self {
            monotonic: clock.monotonic(),
            wall: clock.now(),
        }
    }

    fn after(self, life: Duration) -> Option<Self> {
        Some(Self {
            monotonic: self.monotonic.checked_add(life)?,
            wall: self.wall.checked_add(life)?,
        })
    }

    fn is_over(self, now: Self) -> bool {
        self.monotonic <= now.monotonic && self.wall <= now.wall
    }

    fn later(self, other: Self) -> Self {
        Self {
            monotonic: self.monotonic.max(other.monotonic),
            wall: self.wall.max(other.wall),
        }
    }
}

impl std::fmt::Debug for UsedProofs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.len(), self.capacity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Duration = Duration::from_secs(90);

    /// So long after the start, by both clocks.
    fn at(time: Duration) -> Moment {
        Moment {
            monotonic: time,
            wall: SystemTime::UNIX_EPOCH + time,
        }
    }

    fn id(number: u64) -> ProofId {
        ProofId::named(&[&number.to_string()])
    }

    /// The bytes of the tables: a bucket of 16 bytes and one of control, an eighth of them empty.
    fn table_bytes(used: &UsedProofs) -> usize {
        let slices = used.lock();
        let capacity: usize = slices.iter().map(|slice| slice.proofs.capacity()).sum();
        capacity * 8 / 7 * 17
    }

    #[test]
    fn a_hundred_thousand_proofs_stay_within_their_number_and_their_bytes() {
        let used = UsedProofs::new(100_000);
        let (mut accepted, mut refused, mut largest) = (0_u64, 0_u64, 0);
        // Five minutes of 2,000 proofs a second: 180,000 in any 90 s, nearly twice what fits.
        for second in 0..300_u64 {
            let now = at(Duration::from_secs(second));
            for number in 0..2000 {
                match used.remember(id(second * 2000 + number), now, LIFE) {
                    Ok(true) => accepted += 1,
                    Ok(false) => panic!("a proof was taken for another"),
                    Err(_) => refused += 1,
                }
            }
            assert!(used.len() <= 100_000);
            largest = largest.max(table_bytes(&used));
        }
        println!(
            "replay memory of 100,000: {accepted} accepted, {refused} refused, {largest} bytes at most, {} per proof",
            largest / 100_000
        );
        assert!(refused > 0 && largest <= 100_000 * 40);
    }

    #[test]
    fn a_clock_set_back_makes_it_forget_nothing() {
        let used = UsedProofs::new(100);
        // The time of day is an hour behind at the second proof, and the time since the start goes on.
        let now = |since: Duration, back: Duration| Moment {
            monotonic: since,
            wall: SystemTime::UNIX_EPOCH + Duration::from_hours(10) + since - back,
        };
        let hour = Duration::from_hours(1);
        let start = now(Duration::ZERO, Duration::ZERO);
        assert_eq!(used.remember(id(1), start, LIFE), Ok(true));
        let earlier = now(LIFE, hour);
        assert_eq!(used.remember(id(2), earlier, LIFE), Ok(true));
        let later = now(LIFE + LIFE / 2, hour);
        assert_eq!(used.remember(id(2), later, LIFE), Ok(false));
        assert_eq!(used.remember(id(1), now(LIFE * 2, hour), LIFE), Ok(false));
    }

    #[test]
    fn a_clock_set_forward_and_back_makes_it_forget_nothing() {
        let used = UsedProofs::new(100);
        let start = at(Duration::from_secs(1));
        assert_eq!(used.remember(id(1), start, LIFE), Ok(true));
        let ahead = Moment {
            wall: start.wall + Duration::from_hours(1),
            ..start
        };
        assert_eq!(used.remember(id(2), ahead, LIFE), Ok(true));
        assert_eq!(used.remember(id(1), start, LIFE), Ok(false));
        let end = at(Duration::from_hours(1) + LIFE * 2);
        assert_eq!(used.remember(id(1), end, LIFE), Ok(true));
    }

    #[test]
    fn a_memory_of_nothing_accepts_nothing() {
        let used = UsedProofs::new(0);
        let outcome = used.remember(id(1), at(Duration::ZERO), LIFE);
        assert_eq!(outcome, Err(ReplayError::Full { capacity: 0 }));
    }

    #[test]
    fn windows_of_any_length_share_it() {
        let used = UsedProofs::new(10_000);
        let mut time = Duration::ZERO;
        for round in 0..500_u64 {
            let now = at(time);
            let life = if round % 50 == 0 { LIFE * 40 } else { LIFE };
            assert_eq!(used.remember(id(round), now, life), Ok(true));
            assert_eq!(used.remember(id(round - round % 50), now, LIFE), Ok(false));
            assert!(used.lock().len() <= MAX_SLICES + 1);
            time += Duration::from_secs(30);
        }
    }
}
