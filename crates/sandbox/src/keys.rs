//! The provider's signing keys and their rotation.

use std::sync::{Mutex, OnceLock};

use keyfob_jose::{Algorithm, JoseError, SigningKey, random};
use serde_json::{Value, json};

use crate::lock;

/// The signing keys; they are made when first needed, since an RSA key takes a while.
///
/// All sandboxes of a process begin with the same RSA key, each under a name of its own: a test
/// suite that starts hundreds would otherwise do little else. After a rotation it is a new one.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    own: OnceLock<Result<Mutex<Published>, JoseError>>,
}

static FIRST_RSA: OnceLock<Result<SigningKey, JoseError>> = OnceLock::new();
static FOREIGN: OnceLock<Result<Ring, JoseError>> = OnceLock::new();

#[derive(Debug)]
struct Published {
    current: Ring,
    old: Vec<Value>,
}

/// One key of each kind. RSA serves RS and PS with all hash lengths.
#[derive(Clone, Debug)]
struct Ring {
    rsa: SigningKey,
    others: Vec<SigningKey>,
}

impl Keys {
    /// Makes the keys now, so that nobody waits for them later.
    pub(crate) fn prepare(&self) {
        let _ready = self.own();
    }

    /// Returns the current key for an asymmetric algorithm, with its `kid`.
    pub(crate) fn signer(&self, algorithm: Algorithm) -> Result<SigningKey, JoseError> {
        let published = lock(self.own()?);
        published.current.signer(algorithm)
    }

    /// Returns the public keys, the current ones first.
    pub(crate) fn public(&self) -> Result<Vec<Value>, JoseError> {
        let published = lock(self.own()?);
        let mut keys = published.current.public()?;
        keys.extend(published.old.iter().cloned());
        Ok(keys)
    }

    /// Makes new keys; the old ones stay published if `keep_old`.
    pub(crate) fn rotate(&self, keep_old: bool) -> Result<(), JoseError> {
        // Made before the lock is taken: others keep signing meanwhile.
        let fresh = Ring::generate()?;
        let mut published = lock(self.own()?);
        let before = std::mem::replace(&mut published.current, fresh);
        if keep_old {
            let mut old = before.public()?;
            old.append(&mut published.old);
            published.old = old;
        } else {
            published.old.clear();
        }
        Ok(())
    }

    fn own(&self) -> Result<&Mutex<Published>, JoseError> {
        let made = self.own.get_or_init(|| {
            Ok(Mutex::new(Published {
                current: Ring::first()?,
                old: Vec::new(),
            }))
        });
        made.as_ref().map_err(Clone::clone)
    }
}

/// Returns a key that is in no key set.
pub(crate) fn foreign_signer(algorithm: Algorithm) -> Result<SigningKey, JoseError> {
    foreign()?.signer(algorithm)
}

/// Returns the public half of the keys that sign nothing.
pub(crate) fn foreign_public() -> Result<Vec<Value>, JoseError> {
    foreign()?.public()
}

fn foreign() -> Result<&'static Ring, JoseError> {
    FOREIGN
        .get_or_init(Ring::generate)
        .as_ref()
        .map_err(Clone::clone)
}

impl Ring {
    fn first() -> Result<Self, JoseError> {
        let rsa = FIRST_RSA.get_or_init(|| SigningKey::generate(Algorithm::RS256));
        Self::around(rsa.clone()?)
    }

    fn generate() -> Result<Self, JoseError> {
        Self::around(SigningKey::generate(Algorithm::RS256)?)
    }

    fn around(rsa: SigningKey) -> Result<Self, JoseError> {
        let generation = random::token(6)?;
        let make = |algorithm: Algorithm, name: &str| {
            let key = SigningKey::generate(algorithm)?;
            Ok(key.with_kid(format!("{name}-{generation}")))
        };
        Ok(Self {
            rsa: rsa.with_kid(format!("rsa-{generation}")),
            others: vec![
                make(Algorithm::ES256, "p256")?,
                make(Algorithm::ES384, "p384")?,
                make(Algorithm::ES512, "p521")?,
                make(Algorithm::EdDSA, "ed25519")?,
            ],
        })
    }

    fn signer(&self, algorithm: Algorithm) -> Result<SigningKey, JoseError> {
        if algorithm == self.rsa.algorithm() {
            return Ok(self.rsa.clone());
        }
        if let Some(key) = self.others.iter().find(|key| key.algorithm() == algorithm) {
            return Ok(key.clone());
        }
        let pem = self.rsa.to_pkcs8_pem()?;
        let key = SigningKey::from_pem(pem.expose().as_bytes(), None, Some(algorithm))?;
        Ok(key.with_kid(self.rsa.kid().unwrap_or_default().to_owned()))
    }

    fn public(&self) -> Result<Vec<Value>, JoseError> {
        let mut keys = Vec::new();
        for key in std::iter::once(&self.rsa).chain(&self.others) {
            let mut jwk = key.public_jwk()?.to_value();
            if let Some(jwk) = jwk.as_object_mut() {
                jwk.insert("use".to_owned(), json!("sig"));
                jwk.insert("kid".to_owned(), json!(key.kid()));
                // The RSA key signs with several algorithms.
                if key.algorithm() == Algorithm::RS256 {
                    jwk.remove("alg");
                }
            }
            keys.push(jwk);
        }
        Ok(keys)
    }
}
