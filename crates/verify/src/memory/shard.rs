//! One part of a table: slots in a ring, an index over them, and who has to go when it is full (second chance).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};

use super::fingerprint::Fingerprint;

/// How many bytes a value holds on the heap, as asked of the allocator.
pub(crate) trait Weigh {
    /// Counts them.
    fn heap_bytes(&self) -> usize;
}

/// How much a table, or a part of it, may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

pub(super) struct Shard<V> {
    index: HashMap<Fingerprint, u32, BuildHasherDefault<Prefix>>,
    slots: Vec<Slot<V>>,
    hand: usize,
    bytes: usize,
}

struct Slot<V> {
    fingerprint: Fingerprint,
    /// Whether it was found since the hand last passed.
    used: AtomicBool,
    bytes: usize,
    value: V,
}

impl<V: Weigh> Shard<V> {
    pub(super) fn new() -> Self {
        Self {
            index: HashMap::default(),
            slots: Vec::new(),
            hand: 0,
            bytes: 0,
        }
    }

    /// What an entry costs beside its value: slots double as they grow, and the index has up to 4.6 places for each
    /// entry, of 21 bytes.
    pub(super) const ENTRY_BYTES: usize = 2 * size_of::<Slot<V>>() + 96;

    pub(super) fn find(&self, fingerprint: &Fingerprint) -> Option<&V> {
        let slot = self.slots.get(self.place(fingerprint)?)?;
        // A store that changes nothing would take the cache line away from other readers.
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        Some(&slot.value)
    }

    pub(super) fn insert(&mut self, fingerprint: Fingerprint, value: V, bounds: Bounds) {
        self.remove(&fingerprint);
        let bytes = Self::ENTRY_BYTES.saturating_add(value.heap_bytes());
        let Some(room) = bounds.bytes.checked_sub(bytes) else {
            return;
        };
        while self.slots.len() >= bounds.entries || self.bytes > room {
            if !self.evict() {
                return;
            }
        }
        let Ok(place) = u32::try_from(self.slots.len()) else {
            return;
        };
        self.grow(bounds.entries);
        self.slots.push(Slot {
            fingerprint,
            used: AtomicBool::new(false),
            bytes,
            value,
        });
        self.index.insert(fingerprint, place);
        self.bytes += bytes;
    }

    pub(super) fn remove(&mut self, fingerprint: &Fingerprint) {
        if let Some(place) = self.place(fingerprint) {
            self.remove_at(place);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn place(&self, fingerprint: &Fingerprint) -> Option<usize> {
        let place = self.index.get(fingerprint)?;
        usize::try_from(*place).ok()
    }

    /// Doubles the room for slots, but never beyond what may be needed.
    fn grow(&mut self, entries: usize) {
        let len = self.slots.len();
        if len == self.slots.capacity() {
            let more = len.max(8).min(entries.saturating_sub(len));
            self.slots.reserve_exact(more);
        }
    }

    /// Lets one entry go: the first that was not found since the hand last passed, among the next few.
    fn evict(&mut self) -> bool {
        for _ in 0..CHANCES {
            if self.hand >= self.slots.len() {
                self.hand = 0;
            }
            let Some(slot) = self.slots.get_mut(self.hand) else {
                return false;
            };
            if !std::mem::take(slot.used.get_mut()) {
                break;
            }
            self.hand += 1;
        }
        if self.hand >= self.slots.len() {
            self.hand = 0;
        }
        self.remove_at(self.hand);
        true
    }

    /// The last slot takes the place of the removed one.
    fn remove_at(&mut self, place: usize) {
        if place >= self.slots.len() {
            return;
        }
        let gone = self.slots.swap_remove(place);
        self.bytes = self.bytes.saturating_sub(gone.bytes);
        let at = self.index.remove(&gone.fingerprint);
        if let (Some(moved), Some(at)) = (self.slots.get(place), at) {
            self.index.insert(moved.fingerprint, at);
        }
    }
}

/// How many entries in use are passed over at most, so that no insertion takes long.
const CHANCES: usize = 16;

/// Fingerprints are evenly spread already, in a way that nobody outside can foresee.
#[derive(Default)]
struct Prefix(u64);

impl Hasher for Prefix {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(prefix) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*prefix);
        }
    }

    /// The length of an array is hashed too; it says nothing.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
