//! The issuer's keys: one per algorithm to sign with, and all that are published.

use keyfob_jose::{Algorithm, JoseError, JwkSet, SigningKey};

use super::sure;

pub(super) struct Keys {
    algorithms: Vec<Algorithm>,
    /// One per algorithm, in their order.
    current: Vec<SigningKey>,
    /// Those before, still published.
    former: Vec<SigningKey>,
    generation: usize,
}

impl Keys {
    pub(super) fn new(algorithms: Vec<Algorithm>) -> Self {
        let mut keys = Self {
            algorithms,
            current: Vec::new(),
            former: Vec::new(),
            generation: 0,
        };
        sure(
            keys.algorithms
                .first()
                .ok_or("it needs at least one algorithm"),
        );
        keys.rotate();
        keys
    }

    pub(super) fn rotate(&mut self) {
        self.generation += 1;
        let generation = self.generation;
        let fresh = self.algorithms.iter().map(|algorithm| {
            let key = sure(SigningKey::generate(*algorithm));
            key.with_kid(format!("{algorithm}-{generation}"))
        });
        let before = std::mem::replace(&mut self.current, fresh.collect());
        self.former.extend(before);
    }

    pub(super) fn retire(&mut self) {
        self.former.clear();
    }

    pub(super) fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// The newest keys come first: a token without a `kid` is tried with at most a few.
    pub(super) fn published(&self) -> JwkSet {
        let keys = self.current.iter().chain(&self.former);
        JwkSet::from_keys(keys.map(|key| sure(key.public_jwk())))
    }

    pub(super) fn signing(&self, algorithm: Option<Algorithm>) -> Result<SigningKey, JoseError> {
        self.current
            .iter()
            .find(|key| algorithm.is_none_or(|wanted| wanted == key.algorithm()))
            .cloned()
            .ok_or(JoseError::UnknownKey)
    }
}
