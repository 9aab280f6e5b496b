//! How long a fetched document is good, and how often its server may be asked. One reason per default.

use std::time::Duration;

/// Rules for one cached document; a value.
///
/// A document is *fresh* for as long as its server said (`Cache-Control: max-age`), between `min_age` and `max_age`, or
/// for `default_age` if it said nothing. In the last quarter of that time it is fetched again in the background. After
/// it, the old one is still handed out at once while fetching goes on, until `max_stale` has passed as well; from then
/// on it is an error. Between any two fetches, failed ones included, lies at least `floor`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentPolicy {
    /// The shortest time a document is fresh, whatever its server said.
    pub min_age: Duration,
    /// How long a document is fresh when its server said nothing.
    pub default_age: Duration,
    /// The longest time a document is fresh, whatever its server said.
    pub max_age: Duration,
    /// How long after that an old document is better than none.
    pub max_stale: Duration,
    /// The shortest time between the beginnings of two fetches, failed ones included.
    pub floor: Duration,
    /// The longest time one fetch may take, its repetitions included.
    pub limit: Duration,
    /// The cap on the document in bytes.
    pub max_body: usize,
}

impl DocumentPolicy {
    /// Returns the defaults for key sets.
    pub fn keys() -> Self {
        Self {
            // A server that says `no-store` is still asked no more than once a minute.
            min_age: Duration::from_mins(1),
            // A withdrawn key should not live long; ten minutes is what verifiers commonly keep.
            default_age: Duration::from_mins(10),
            // Some providers say a day; a withdrawn key would live as long.
            max_age: Duration::from_hours(1),
            // Tokens of an hour stay verifiable through an outage of several.
            max_stale: Duration::from_hours(6),
            // A key that was rotated in is usable soon, and made-up key ids cost the provider six requests a minute.
            floor: Duration::from_secs(10),
            // Whoever waits for an unknown key waits this long at most.
            limit: Duration::from_secs(20),
            // A hundred RSA-4096 keys with certificates fit.
            max_body: 1024 * 1024,
        }
    }

    /// Returns the defaults for server metadata.
    pub fn metadata() -> Self {
        Self {
            min_age: Duration::from_mins(5),
            // Endpoints move rarely, and with notice.
            default_age: Duration::from_hours(1),
            max_age: Duration::from_hours(24),
            // Nothing in it is a secret or a right that could be withdrawn.
            max_stale: Duration::from_hours(7 * 24),
            // A first fetch that failed is tried again soon: without metadata nothing works.
            floor: Duration::from_secs(5),
            // Two attempts against a server that hangs once.
            limit: Duration::from_secs(45),
            max_body: 256 * 1024,
        }
    }

    /// Sets the bounds of freshness: at least, when the server is silent, at most.
    pub fn with_age(self, min_age: Duration, default_age: Duration, max_age: Duration) -> Self {
        Self {
            min_age,
            default_age,
            max_age,
            ..self
        }
    }

    /// Sets how long an old document is better than none.
    pub fn with_max_stale(self, max_stale: Duration) -> Self {
        Self { max_stale, ..self }
    }

    /// Sets the shortest time between two fetches.
    pub fn with_floor(self, floor: Duration) -> Self {
        Self { floor, ..self }
    }

    /// Sets the longest time one fetch may take.
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Sets the cap on the document in bytes.
    pub fn with_max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }
}
