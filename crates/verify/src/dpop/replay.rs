//! The memory of proofs used (RFC 9449 §11.1): a handle over the one in this process, or over a store that several share.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use keyfob_jose::Algorithm;
use keyfob_protocol::Blame;
use keyfob_protocol::dpop::Proof;

use super::used::{Moment, UsedProofs};

/// Remembers which proofs were used, for as long as they could be used again; cheap to clone, clones share one memory.
///
/// The one in this process holds a fixed number of proofs at most, see [`new`](Self::new), in 40 bytes each at most (25
/// measured). It **fails closed**: when it is full, proofs are refused as [`ReplayError::Full`] until old ones have
/// run out. Evicting would let whoever has any valid token wash a proof that he overheard out of the memory and use it
/// again, unseen; a full memory is seen, and helped by a larger number.
#[derive(Clone)]
pub struct ReplayMemory(Kind);

#[derive(Clone)]
enum Kind {
    Local(Arc<UsedProofs>),
    Shared(Arc<dyn Store>),
}

/// A store of proofs used that several processes share, such as `SET key 1 NX PX life` of Redis.
///
/// ```
/// use std::time::Duration;
/// use keyfob_verify::dpop::{ProofId, ReplayError, ReplayMemory, ReplayStore};
///
/// struct Shared;
///
/// impl ReplayStore for Shared {
///     async fn remember(&self, proof: ProofId, life: Duration) -> Result<bool, ReplayError> {
///         // Ask the store to set `proof` for `life` if it is not there, and say whether it was set.
///         Ok(true)
///     }
/// }
///
/// let memory = ReplayMemory::shared(Shared);
/// ```
pub trait ReplayStore: Send + Sync + 'static {
    /// Remembers a proof for `life` in one atomic step; false if it is there already.
    ///
    /// Give it a time limit of its own: the request waits for it.
    fn remember(
        &self,
        proof: ProofId,
        life: Duration,
    ) -> impl Future<Output = Result<bool, ReplayError>> + Send;
}

/// Names a proof without telling what is in it: SHA-256 of its key's thumbprint, its address and its `jti`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProofId([u8; 32]);

/// Says why nobody can tell whether a proof was used before; it is not accepted then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The memory in this process holds as many proofs as it may.
    #[error("the memory of used dpop proofs is full ({capacity})")]
    Full {
        /// How many it may hold.
        capacity: usize,
    },
    /// The shared store did not answer.
    #[error("the store of used dpop proofs is not to be had")]
    Unavailable,
}

impl ReplayMemory {
    /// Makes a memory in this process that holds this many proofs at most.
    ///
    /// By the default rules each is held for 90 s to 2 minutes, so that a million is enough for some 8,000 requests a second.
    pub fn new(capacity: usize) -> Self {
        Self(Kind::Local(Arc::new(UsedProofs::new(capacity))))
    }

    /// Makes a handle to a store that several processes share.
    pub fn shared(store: impl ReplayStore) -> Self {
        Self(Kind::Shared(Arc::new(store)))
    }

    /// Remembers a proof for `life` from now; false if it is there already.
    pub(super) async fn remember(
        &self,
        proof: ProofId,
        now: Moment,
        life: Duration,
    ) -> Result<bool, ReplayError> {
        match &self.0 {
            Kind::Local(used) => used.remember(proof, now, life),
            Kind::Shared(store) => store.remember_boxed(proof, life).await,
        }
    }

    /// Returns how many proofs are held in this process; `None` for a shared store.
    pub fn len(&self) -> Option<usize> {
        match &self.0 {
            Kind::Local(used) => Some(used.len()),
            Kind::Shared(_) => None,
        }
    }

    /// Tells whether none are held in this process; `None` for a shared store.
    pub fn is_empty(&self) -> Option<bool> {
        self.len().map(|held| held == 0)
    }
}

impl Default for ReplayMemory {
    /// Holds a million proofs.
    fn default() -> Self {
        Self::new(1_000_000)
    }
}

impl ProofId {
    pub(crate) fn of(proof: &Proof) -> Self {
        Self::named(&[proof.thumbprint(), proof.target().as_str(), proof.id()])
    }

    pub(super) fn named(parts: &[&str]) -> Self {
        let mut named = Vec::with_capacity(256);
        for part in parts {
            named.extend_from_slice(part.as_bytes());
            // Neither a thumbprint nor a normal address has a line feed in it, so no two triples look the same.
            named.push(b'\n');
        }
        let mut id = [0; 32];
        for (to, from) in id.iter_mut().zip(Algorithm::ES256.hash(&named)) {
            *to = from;
        }
        Self(id)
    }

    /// Returns the bytes, to use as a key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns half of the bytes, which are enough where only this process looks.
    pub(super) fn short(self) -> u128 {
        let (half, _) = self.0.split_first_chunk().unwrap_or((&[0; 16], &[]));
        u128::from_be_bytes(*half)
    }
}

impl ReplayError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "replay_memory_full",
            Self::Unavailable => "replay_store_unavailable",
        }
    }

    /// Returns who has to act: not the one who presented the proof.
    pub fn blame(&self) -> Blame {
        Blame::Network
    }
}

/// The object-safe twin of [`ReplayStore`].
trait Store: Send + Sync {
    fn remember_boxed(
        &self,
        proof: ProofId,
        life: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<bool, ReplayError>> + Send + '_>>;
}

impl<S: ReplayStore> Store for S {
    fn remember_boxed(
        &self,
        proof: ProofId,
        life: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<bool, ReplayError>> + Send + '_>> {
        Box::pin(self.remember(proof, life))
    }
}

impl std::fmt::Debug for ReplayMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kind::Local(used) => f.debug_tuple("ReplayMemory").field(used).finish(),
            Kind::Shared(_) => f.write_str("ReplayMemory(shared)"),
        }
    }
}

impl std::fmt::Debug for ProofId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProofId({:032x})", self.short())
    }
}
