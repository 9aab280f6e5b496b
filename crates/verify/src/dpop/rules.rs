//! What a proof must be to be accepted here and now (RFC 9449 §4.3).

use std::time::Duration;

use keyfob_jose::Algorithm;
use keyfob_protocol::dpop::{Proof, ProofError, TargetUri};
use keyfob_transport::Clock;

use super::nonces::Nonces;
use super::replay::{ProofId, ReplayMemory};
use super::used::Moment;
use crate::rejection::Rejection;

/// The rules of one service for DPoP proofs.
///
/// | rule | default |
/// |---|---|
/// | algorithms | ES256, ES384, ES512, EdDSA, PS256, RS256 |
/// | age of a proof by its `iat` | 60 s, which covers a slow network and a client's clock that is behind |
/// | `iat` ahead of our clock | 30 s, as for tokens |
/// | replay | refused, by a [`ReplayMemory`] of a million proofs in this process |
/// | nonce | not asked for |
#[derive(Clone, Debug)]
#[must_use]
pub struct ProofRules {
    algorithms: Vec<Algorithm>,
    max_age: Duration,
    leeway: Duration,
    replays: Option<ReplayMemory>,
    nonces: Option<Nonces>,
    clock: Clock,
}

impl Default for ProofRules {
    fn default() -> Self {
        use Algorithm::{ES256, ES384, ES512, EdDSA, PS256, RS256};
        Self {
            algorithms: vec![ES256, ES384, ES512, EdDSA, PS256, RS256],
            max_age: Duration::from_mins(1),
            leeway: Duration::from_secs(30),
            replays: Some(ReplayMemory::default()),
            nonces: None,
            clock: Clock::system(),
        }
    }
}

impl ProofRules {
    /// Starts with the defaults above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the algorithms accepted for proofs; symmetric ones never are. Replaces those set before.
    pub fn with_algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let algorithms = algorithms.into_iter();
        Self {
            algorithms: algorithms.filter(|one| !one.is_symmetric()).collect(),
            ..self
        }
    }

    /// Sets how old a proof may be, and how far its `iat` may lie ahead of our clock.
    pub fn with_window(self, max_age: Duration, leeway: Duration) -> Self {
        Self {
            max_age,
            leeway,
            ..self
        }
    }

    /// Sets the memory of proofs used, which may be shared; with `None` a proof that is overheard works again until it is
    /// too old, unless a nonce of short life is asked for.
    pub fn with_replay_memory(self, replays: impl Into<Option<ReplayMemory>>) -> Self {
        Self {
            replays: replays.into(),
            ..self
        }
    }

    /// Asks for a nonce of this service in every proof (RFC 9449 §9).
    pub fn with_nonces(self, nonces: impl Into<Option<Nonces>>) -> Self {
        Self {
            nonces: nonces.into(),
            ..self
        }
    }

    /// Sets the clock; default the system's.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Returns the algorithms accepted, for `algs` in a challenge and `dpop_signing_alg_values_supported`.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// Returns the nonce that clients should use from now on, for the `DPoP-Nonce` header of any answer (RFC 9449 §8.2).
    pub fn nonce(&self) -> Option<String> {
        let nonces = self.nonces.as_ref()?;
        Some(nonces.current(self.clock.now()))
    }

    /// Reads a proof and makes every check that leaves no trace.
    ///
    /// # Errors
    /// The first check that fails: form, key, signature, method, address, token, time, nonce.
    pub(crate) fn read(
        &self,
        text: &str,
        method: &str,
        target: &TargetUri,
        token: &str,
    ) -> Result<Proof, Rejection> {
        let proof = Proof::read(text, &self.algorithms)?;
        proof.check_request(method, target)?;
        proof.check_token(token)?;
        let now = self.clock.now();
        proof.check_time(now, self.max_age, self.leeway)?;
        if let Some(nonces) = &self.nonces {
            nonces.check(proof.nonce(), now)?;
        }
        Ok(proof)
    }

    /// Uses the proof up: of any number of calls with one proof, at once or not, one succeeds.
    ///
    /// # Errors
    /// [`ProofError::Replayed`], or [`Rejection::ReplayUnknown`] if that cannot be told.
    pub(crate) async fn use_up(&self, proof: &Proof) -> Result<(), Rejection> {
        let Some(replays) = &self.replays else {
            return Ok(());
        };
        // No proof accepted now is accepted later than this: its `iat` is `leeway` ahead at most. The last moment counts
        // as young enough, so the memory has to go on beyond it.
        let life = self.max_age.saturating_add(self.leeway);
        let life = life.saturating_add(Duration::from_secs(1));
        let now = Moment::now(&self.clock);
        match replays.remember(ProofId::of(proof), now, life).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Rejection::DpopProof(ProofError::Replayed)),
            Err(error) => Err(Rejection::ReplayUnknown(error)),
        }
    }
}

impl From<ProofError> for Rejection {
    fn from(error: ProofError) -> Self {
        Self::DpopProof(error)
    }
}
