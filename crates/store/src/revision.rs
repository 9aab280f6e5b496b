//! How a change is noticed: by content ([`Revision`]) or cheaply by the file's outside ([`Stamp`]).

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::SystemTime;

/// Identifies one content of a credential, for compare-and-set. Only meaningful within the running process.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Revision {
    length: usize,
    digest: [u64; 2],
}

impl Revision {
    /// Makes the revision of some content, or of a version number that a store keeps.
    ///
    /// A fingerprint, not a cryptographic hash: whoever can choose the content can already write the file.
    pub fn of(content: &[u8]) -> Self {
        let digest = [0_u8, 1].map(|half| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(half);
            hasher.write(content);
            hasher.finish()
        });
        Self {
            length: content.len(),
            digest,
        }
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A fingerprint of a guessable secret would give it away.
        f.write_str("Revision(..)")
    }
}

/// A cheap mark that differs after every write: time of change, length and identity of the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    identity: u64,
}

impl Stamp {
    /// Makes a mark from what a store can cheaply tell: when, how long, and a number that changes with each replacement.
    pub fn new(modified: Option<SystemTime>, length: u64, identity: u64) -> Self {
        Self {
            modified,
            length,
            identity,
        }
    }

    /// Makes a mark from the content, for a store that cannot tell more cheaply.
    pub fn of(content: &[u8]) -> Self {
        let Revision { length, digest } = Revision::of(content);
        Self::new(None, length as u64, digest[0])
    }

    /// Makes the mark of a credential that lies in two places: it differs when either of theirs does.
    pub fn joined(&self, other: &Self) -> Self {
        let mut hasher = DefaultHasher::new();
        (self, other).hash(&mut hasher);
        Self {
            modified: self.modified.max(other.modified),
            length: self.length.saturating_add(other.length),
            identity: hasher.finish(),
        }
    }

    /// Returns when the credential was last written, by the file system's clock.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_follow_the_content() {
        assert_eq!(Revision::of(b"{}"), Revision::of(b"{}"));
        assert_ne!(Revision::of(b"{}"), Revision::of(b"{} "));
        assert_ne!(Revision::of(b"a"), Revision::of(b"b"));
        assert_eq!(format!("{:?}", Revision::of(b"a")), "Revision(..)");
    }
}
