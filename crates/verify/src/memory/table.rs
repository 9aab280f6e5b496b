//! A bounded table for many readers: what was once found out about a token, by its fingerprint.

use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use super::fingerprint::Fingerprint;
use super::shard::{Bounds, Shard, Weigh};

/// Holds at most so many entries and so many bytes. Readers only share locks, and there is no background thread: who
/// inserts into a full table lets one entry go.
pub(crate) struct Table<V> {
    shards: Box<[Padded<V>]>,
    /// Of one shard.
    bounds: Bounds,
}

/// On cache lines of its own, so that readers of neighbours do not wait for each other.
#[repr(align(128))]
struct Padded<V>(RwLock<Shard<V>>);

/// Fewer entries than this are not divided: a part of a small table would be full while others are empty.
const MIN_SHARD: usize = 512;
const MAX_SHARDS: usize = 64;

impl<V: Weigh> Table<V> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let count = (bounds.entries / MIN_SHARD)
            .next_power_of_two()
            .clamp(1, MAX_SHARDS);
        let shards = (0..count).map(|_| Padded(RwLock::new(Shard::new())));
        Self {
            shards: shards.collect(),
            bounds: Bounds {
                entries: bounds.entries / count,
                bytes: bounds.bytes / count,
            },
        }
    }

    /// Returns what `look` makes of the entry.
    pub(crate) fn find<T>(
        &self,
        fingerprint: &Fingerprint,
        look: impl FnOnce(&V) -> Option<T>,
    ) -> Option<T> {
        // After a panic in there nobody knows what holds; the next writer empties it.
        let shard = self.shard(fingerprint)?.read().ok()?;
        look(shard.find(fingerprint)?)
    }

    pub(crate) fn insert(&self, fingerprint: Fingerprint, value: V) {
        if let Some(shard) = self.shard(&fingerprint) {
            write(shard).insert(fingerprint, value, self.bounds);
        }
    }

    pub(crate) fn remove(&self, fingerprint: &Fingerprint) {
        if let Some(shard) = self.shard(fingerprint) {
            write(shard).remove(fingerprint);
        }
    }

    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            *write(&shard.0) = Shard::new();
        }
    }

    /// Returns how many entries there are, and what they cost in bytes.
    pub(crate) fn usage(&self) -> Bounds {
        let mut usage = Bounds {
            entries: 0,
            bytes: 0,
        };
        for shard in &self.shards {
            let shard = shard.0.read().unwrap_or_else(PoisonError::into_inner);
            usage.entries += shard.len();
            usage.bytes += shard.bytes();
        }
        usage
    }

    /// Chosen by other bits than those that the index within uses.
    fn shard(&self, fingerprint: &Fingerprint) -> Option<&RwLock<Shard<V>>> {
        let last = usize::from(*fingerprint.last()?);
        let shard = self.shards.get(last % self.shards.len())?;
        Some(&shard.0)
    }
}

fn write<V: Weigh>(shard: &RwLock<Shard<V>>) -> RwLockWriteGuard<'_, Shard<V>> {
    shard.write().unwrap_or_else(|poisoned| {
        let mut guard = poisoned.into_inner();
        *guard = Shard::new();
        shard.clear_poison();
        guard
    })
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Weighs what it says.
    struct Weight(usize);

    impl Weigh for Weight {
        fn heap_bytes(&self) -> usize {
            self.0
        }
    }

    const ENTRY: usize = Shard::<Weight>::ENTRY_BYTES;

    fn table(entries: usize, bytes: usize) -> Table<Weight> {
        Table::new(Bounds { entries, bytes })
    }

    /// Spread like a real one.
    fn name(n: u64) -> Fingerprint {
        let mut name = [0; 16];
        let mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        name[..8].copy_from_slice(&mixed.to_le_bytes());
        name[8..].copy_from_slice(&mixed.rotate_left(29).to_le_bytes());
        name
    }

    fn holds(table: &Table<Weight>, n: u64) -> bool {
        table.find(&name(n), |_| Some(())).is_some()
    }

    #[test]
    fn ten_times_as_many_entries_stay_within_the_bounds() {
        let table = table(10_000, 10_000 * (ENTRY + 100));
        for n in 0..100_000 {
            table.insert(name(n), Weight(usize::try_from(n % 200).unwrap()));
        }
        let usage = table.usage();
        assert!((9_500..=10_000).contains(&usage.entries), "{usage:?}");
        assert!(usage.bytes <= 10_000 * (ENTRY + 100), "{usage:?}");
        let held = (0..100_000).filter(|n| holds(&table, *n)).count();
        assert_eq!(held, usage.entries);
    }

    #[test]
    fn bytes_bound_it_too() {
        let table = table(100, 10 * (ENTRY + 1000));
        for n in 0..50 {
            table.insert(name(n), Weight(1000));
        }
        assert_eq!(table.usage().entries, 10);
        table.insert(name(50), Weight(5 * (ENTRY + 1000)));
        assert!(holds(&table, 50) && table.usage().entries <= 6);
    }

    #[test]
    fn what_does_not_fit_at_all_is_not_held_and_drives_nothing_out() {
        let table = table(100, 10 * ENTRY);
        table.insert(name(1), Weight(0));
        table.insert(name(2), Weight(10 * ENTRY));
        table.insert(name(3), Weight(usize::MAX));
        assert!(holds(&table, 1) && !holds(&table, 2) && !holds(&table, 3));
        let none = self::table(0, usize::MAX);
        none.insert(name(1), Weight(0));
        assert!(!holds(&none, 1));
    }

    #[test]
    fn what_is_in_use_survives_a_flood() {
        let table = table(100, usize::MAX);
        for n in 0..10 {
            table.insert(name(n), Weight(0));
        }
        for n in 1000..9000 {
            assert!((0..10).all(|n| holds(&table, n)), "{n}");
            table.insert(name(n), Weight(0));
        }
        assert_eq!(table.usage().entries, 100);
    }

    #[test]
    fn an_entry_is_replaced_and_removed_and_all_are_cleared() {
        let table = table(10, usize::MAX);
        for weight in [5, 7] {
            table.insert(name(1), Weight(weight));
        }
        assert_eq!(table.find(&name(1), |value| Some(value.0)), Some(7));
        assert_eq!(
            table.usage(),
            Bounds {
                entries: 1,
                bytes: ENTRY + 7
            }
        );
        table.insert(name(2), Weight(0));
        table.insert(name(3), Weight(0));
        table.remove(&name(1));
        table.remove(&name(1));
        assert!(!holds(&table, 1) && holds(&table, 2) && holds(&table, 3));
        table.clear();
        assert_eq!(
            table.usage(),
            Bounds {
                entries: 0,
                bytes: 0
            }
        );
    }

    #[test]
    fn a_poisoned_part_is_empty_to_readers_and_emptied_by_the_next_writer() {
        let table = table(10, usize::MAX);
        table.insert(name(1), Weight(3));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = table.shards[0].0.write().unwrap();
            panic!("while the lock is held");
        }));
        assert!(panicked.is_err() && !holds(&table, 1));
        table.insert(name(2), Weight(0));
        assert!(!holds(&table, 1) && holds(&table, 2));
        assert_eq!(table.usage().entries, 1);
    }
}
