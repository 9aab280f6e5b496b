//! What was verified once need not be verified again: a bounded memory from exact tokens to principals.

mod fingerprint;
mod shard;
mod table;

use std::sync::Arc;

use keyfob_jose::KeyMark;

pub(crate) use fingerprint::{Fingerprint, Fingerprinter, PolicyId};
pub(crate) use shard::{Bounds, Weigh};
pub(crate) use table::Table;

use crate::principal::Principal;

/// Remembers verified tokens, so that the next request with the same token costs no signature check; cheap to clone,
/// and clones share one memory.
///
/// Kept are a keyed hash of the token (never the token itself), its claims, and which key signed it. Whether it has
/// expired is judged anew each time, by the verifier's clock; a token whose key is no longer published is forgotten, as is
/// every token once the keys are too old to be trusted. One memory may serve several verifiers: none of them finds
/// what another accepted. Tokens that were refused are not kept.
///
/// ```
/// use keyfob_verify::{Algorithm, TokenMemory, Profile, Verifier};
///
/// let memory = TokenMemory::new(10_000);
/// let verifier = Verifier::builder("https://login.example.com")
///     .audience("https://api.example.com")
///     .algorithms([Algorithm::RS256])
///     .profile(Profile::Rfc9068)
///     .memory(memory.clone())
///     .build()?;
/// memory.flush();
/// # drop(verifier);
/// # Ok::<(), keyfob_verify::BuildError>(())
/// ```
#[derive(Clone)]
pub struct TokenMemory(Arc<Inner>);

struct Inner {
    names: Fingerprinter,
    table: Table<Remembered>,
    bounds: Bounds,
}

/// What is kept of a token that was accepted.
struct Remembered {
    principal: Principal,
    key: KeyMark,
}

impl Weigh for Remembered {
    fn heap_bytes(&self) -> usize {
        self.principal.heap_bytes()
    }
}

impl TokenMemory {
    /// Makes a memory for at most `entries` tokens, and 2 KiB for each of them.
    ///
    /// A token of 950 bytes costs about as much here; what is not used is not allocated.
    pub fn new(entries: usize) -> Self {
        Self::with_bytes(entries, entries.saturating_mul(2048))
    }

    /// Makes a memory for at most `entries` tokens in at most `bytes` bytes, all that it costs included.
    pub fn with_bytes(entries: usize, bytes: usize) -> Self {
        let bounds = Bounds { entries, bytes };
        Self(Arc::new(Inner {
            names: Fingerprinter::new(),
            table: Table::new(bounds),
            bounds,
        }))
    }

    /// Forgets every token, of every verifier that uses this memory.
    pub fn flush(&self) {
        self.0.table.clear();
    }

    /// Returns how many tokens are remembered.
    pub fn len(&self) -> usize {
        self.0.table.usage().entries
    }

    /// Tells whether no token is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what the remembered tokens cost, in bytes; never more than the bound.
    pub fn bytes(&self) -> usize {
        self.0.table.usage().bytes
    }
}

impl std::fmt::Debug for TokenMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenMemory")
            .field("entries", &self.0.bounds.entries)
            .field("bytes", &self.0.bounds.bytes)
            .finish_non_exhaustive()
    }
}

/// One verifier's part of a memory.
#[derive(Clone, Debug)]
pub(crate) struct Recall {
    memory: TokenMemory,
    policy: PolicyId,
}

impl Recall {
    pub(crate) fn new(memory: TokenMemory) -> Self {
        Self {
            memory,
            policy: PolicyId::unique(),
        }
    }

    /// Returns whose token it is, if it was accepted before and `good` says that it still is.
    pub(crate) fn find(
        &self,
        token: &str,
        good: impl FnOnce(KeyMark, &Principal) -> bool,
    ) -> Option<Principal> {
        let Inner { names, table, .. } = &*self.memory.0;
        table.find(&names.of(self.policy, token)?, |known| {
            good(known.key, &known.principal).then(|| known.principal.clone())
        })
    }

    /// Keeps a token that was accepted.
    pub(crate) fn keep(&self, token: &str, key: KeyMark, principal: Principal) {
        let Inner { names, table, .. } = &*self.memory.0;
        if let Some(name) = names.of(self.policy, token) {
            table.insert(name, Remembered { principal, key });
        }
    }

    /// Forgets one token.
    pub(crate) fn forget(&self, token: &str) {
        let Inner { names, table, .. } = &*self.memory.0;
        if let Some(name) = names.of(self.policy, token) {
            table.remove(&name);
        }
    }
}

/// The examples of the page are compiled, too.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/remembering.md")]
struct Page;
