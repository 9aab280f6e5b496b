//! Nonces that a service gives to its clients for their proofs (RFC 9449 §8, §9), made and checked without a store.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use keyfob_jose::{Algorithm, JoseError, Secret, SigningKey, base64url, random};
use subtle::ConstantTimeEq as _;

use crate::rejection::Rejection;

/// Makes and checks nonces; cheap to clone, clones share their keys.
///
/// A nonce is an HMAC-SHA256 over the number of the current window of time, so that nothing has to be remembered and every
/// process with the same key accepts it. It is accepted in its own window and in the next one: for `window` at least, for
/// twice as long at most.
///
/// ```
/// use std::time::Duration;
/// use keyfob_verify::dpop::{Nonces, ProofRules};
///
/// # fn main() -> Result<(), keyfob_jose::JoseError> {
/// let rules = ProofRules::new().with_nonces(Nonces::random(Duration::from_secs(120))?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Nonces(Arc<Inner>);

struct Inner {
    window: Duration,
    /// The newest first; at most [`MAX_KEYS`].
    keys: ArcSwap<Vec<SigningKey>>,
}

/// One key that makes nonces, and one before it whose nonces are still in the hands of clients.
const MAX_KEYS: usize = 2;

impl Nonces {
    /// Starts with a random key, for a service of one process.
    ///
    /// # Errors
    /// `crypto_failed` if the generator has no entropy.
    pub fn random(window: Duration) -> Result<Self, JoseError> {
        Self::with_key(&Secret::new(random::token(32)?), window)
    }

    /// Starts with a key that the processes of one service share: 32 bytes at least, best random.
    ///
    /// A window is 1 s at least.
    ///
    /// # Errors
    /// `weak_key` if it is shorter.
    pub fn with_key(key: &Secret, window: Duration) -> Result<Self, JoseError> {
        let key = SigningKey::hmac(key, Algorithm::HS256)?;
        Ok(Self(Arc::new(Inner {
            window: window.max(Duration::from_secs(1)),
            keys: ArcSwap::from_pointee(vec![key]),
        })))
    }

    /// Makes nonces with a new key from now on; those of the key before it are accepted until their time is over.
    ///
    /// Processes that share keys should all know the new one within one window.
    ///
    /// # Errors
    /// `weak_key` if it is shorter than 32 bytes.
    pub fn rotate(&self, key: &Secret) -> Result<(), JoseError> {
        let key = SigningKey::hmac(key, Algorithm::HS256)?;
        self.0.keys.rcu(|keys| {
            let kept = keys.iter().take(MAX_KEYS - 1).cloned();
            std::iter::once(key.clone()).chain(kept).collect::<Vec<_>>()
        });
        Ok(())
    }

    /// Returns the nonce of this moment.
    pub(super) fn current(&self, now: SystemTime) -> String {
        let keys = self.0.keys.load();
        let made = keys.first().and_then(|key| nonce(key, self.number(now)));
        made.unwrap_or_default()
    }

    /// Checks the nonce of a proof.
    ///
    /// # Errors
    /// [`Rejection::UseDpopNonce`], with the nonce to use instead.
    pub(super) fn check(&self, claimed: Option<&str>, now: SystemTime) -> Result<(), Rejection> {
        let number = self.number(now);
        let known = claimed.is_some_and(|claimed| {
            let keys = self.0.keys.load();
            keys.iter().any(|key| {
                [Some(number), number.checked_sub(1)]
                    .into_iter()
                    .flatten()
                    .filter_map(|number| nonce(key, number))
                    .any(|ours| ours.as_bytes().ct_eq(claimed.as_bytes()).into())
            })
        });
        if known {
            return Ok(());
        }
        Err(Rejection::UseDpopNonce {
            nonce: self.current(now),
        })
    }

    fn number(&self, now: SystemTime) -> u64 {
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        now.as_secs() / self.0.window.as_secs().max(1)
    }
}

/// 128 bits of the HMAC: nobody guesses them within the nonce's life.
const NONCE_BYTES: usize = 16;

fn nonce(key: &SigningKey, number: u64) -> Option<String> {
    let mac = key
        .sign(format!("keyfob dpop nonce {number}").as_bytes())
        .ok()?;
    mac.get(..NONCE_BYTES).map(base64url::encode)
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nonces")
            .field("window", &self.0.window)
            .finish_non_exhaustive()
    }
}
