//! What stands for a token in a memory: a keyed hash, since the token itself is a secret.

use keyfob_jose::jws::MAX_TOKEN_BYTES;
use keyfob_jose::random;
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use std::hash::Hasher as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// A token's name in one memory, under one policy.
pub(crate) type Fingerprint = [u8; 16];

/// Names tokens, with a key that nobody else knows.
///
/// Whoever presents tokens chooses them, and two tokens of one name would be one: the hash has to be a secret function
/// of the whole token, with 128 bits. SipHash-2-4 with 128 bits of output is made for that, and the cheapest such
/// function on a token of 968 bytes (RS256 verification of the same: 19 us): SipHash-2-4-128 0.49 us, AES-CMAC 0.83 us,
/// HMAC-SHA256 with SHA instructions 0.88 us, BLAKE3 1.23 us. POLYVAL (0.18 us) is linear, so that whatever leaks of one
/// name leaks of the key; HighwayHash (0.17 us) has been looked at by fewer people.
pub(crate) struct Fingerprinter(Option<[u64; 2]>);

/// One set of rules: a verifier, or an introspector. What was accepted under one says nothing about another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PolicyId(u64);

impl Fingerprinter {
    /// Draws a key.
    pub(crate) fn new() -> Self {
        let halves = random::bytes().and_then(|one| Ok([one, random::bytes()?]));
        Self(halves.ok().map(|halves| halves.map(u64::from_le_bytes)))
    }

    /// Names a token; `None` if there was no randomness for a key, and then nothing is remembered. One that is too long to be
    /// accepted has no name: whoever sends it pays for the bytes, and nobody here for a hash of them.
    pub(crate) fn of(&self, policy: PolicyId, token: &str) -> Option<Fingerprint> {
        let [first, second] = self.0.filter(|_| token.len() <= MAX_TOKEN_BYTES)?;
        let mut hasher = SipHasher24::new_with_keys(first, second);
        // Of fixed length and in front, so that no two pairs of policy and token run together.
        hasher.write(&policy.0.to_le_bytes());
        hasher.write(token.as_bytes());
        Some(hasher.finish128().as_bytes())
    }
}

impl PolicyId {
    /// Returns an id that nobody else in this process has.
    pub(crate) fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The key would let tokens be made that share a name.
impl std::fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprinter(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_depend_on_every_bit_the_policy_and_the_key() {
        let (names, others) = (Fingerprinter::new(), Fingerprinter::new());
        let (policy, other) = (PolicyId::unique(), PolicyId::unique());
        let token = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln";
        let name = names.of(policy, token).unwrap();
        assert_eq!(names.of(policy, token), Some(name));
        assert_ne!(names.of(other, token), Some(name));
        assert_ne!(others.of(policy, token), Some(name));
        for at in 0..token.len() {
            let mut changed = token.as_bytes().to_vec();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert_ne!(names.of(policy, &changed), Some(name), "{at}");
        }
    }

    #[test]
    fn a_token_that_is_too_long_to_be_accepted_is_not_hashed() {
        let (names, policy) = (Fingerprinter::new(), PolicyId::unique());
        let name = |length| names.of(policy, &"a".repeat(length));
        assert!(name(MAX_TOKEN_BYTES).is_some());
        assert_eq!(name(MAX_TOKEN_BYTES + 1), None);
    }

    #[test]
    fn without_randomness_nothing_has_a_name() {
        assert_eq!(Fingerprinter(None).of(PolicyId::unique(), "token"), None);
    }
}
