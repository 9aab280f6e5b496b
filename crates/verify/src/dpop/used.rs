//! The proofs used in this process, bounded in number; forgotten a slice of time at once, not one by one.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::replay::{ProofId, ReplayError};

pub(super) struct UsedProofs {
    capacity: usize,
    slices: Mutex<VecDeque<Slice>>,
}

/// Proofs that were used at about the same time. The table hashes with a key of its own, so that nobody can aim at it.
struct Slice {
    proofs: HashSet<u128>,
    /// No proof is added from this time on.
    closes: SystemTime,
    /// All of them may be forgotten at this time.
    ends: SystemTime,
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

    /// Remembers a proof until `now + life` at least; false if it is there already. A clock that is set back only makes it
    /// remember longer.
    pub(super) fn remember(
        &self,
        proof: ProofId,
        now: SystemTime,
        life: Duration,
    ) -> Result<bool, ReplayError> {
        let proof = proof.short();
        let ends = now.checked_add(life).ok_or_else(|| self.full())?;
        let mut slices = self.lock();
        slices.retain(|slice| slice.ends > now);
        if slices.iter().any(|slice| slice.proofs.contains(&proof)) {
            return Ok(false);
        }
        let held: usize = slices.iter().map(|slice| slice.proofs.len()).sum();
        if held >= self.capacity {
            return Err(self.full());
        }
        let full = slices.len() >= MAX_SLICES;
        match slices.back_mut() {
            Some(slice) if now < slice.closes || full => {
                slice.ends = slice.ends.max(ends);
                slice.proofs.insert(proof);
            }
            _ => slices.push_back(Slice {
                proofs: HashSet::from([proof]),
                closes: now.checked_add(life / SLICES).unwrap_or(ends),
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

impl std::fmt::Debug for UsedProofs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.len(), self.capacity)
    }
}
