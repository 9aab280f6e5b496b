//! Makes the JWTs of the provider, correctly or with a fault in the signature.

use keyfob_jose::{Algorithm, JoseError, Secret, SigningKey, base64url};
use serde_json::{Map, Value, json};

use crate::{
    fault::{FaultKind, token::spoil_claims},
    keys::foreign_signer,
    provider::Provider,
};

/// A JWT to be signed.
pub(crate) struct Draft<'a> {
    pub(crate) typ: Option<&'a str>,
    pub(crate) alg: &'a str,
    /// The client's secret, for HS algorithms.
    pub(crate) secret: Option<&'a str>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) faults: &'a [FaultKind],
}

impl Draft<'_> {
    /// Returns the algorithm that will sign: the fault's if there is one.
    pub(crate) fn algorithm(&self) -> Result<Algorithm, JoseError> {
        chosen_algorithm(self.alg, self.faults)
    }

    /// Applies the faults and signs.
    pub(crate) fn sign(mut self, provider: &Provider) -> Result<String, JoseError> {
        spoil_claims(&mut self.claims, self.faults, provider.now());
        if self.has(&FaultKind::RotatedKey) {
            provider.keys.rotate(true)?;
        }
        let mut header = Map::new();
        if let Some(typ) = self.typ {
            header.insert("typ".to_owned(), json!(typ));
        }
        if self.has(&FaultKind::UnknownCrit) {
            header.insert("crit".to_owned(), json!(["sandbox-unheard-of"]));
            header.insert("sandbox-unheard-of".to_owned(), json!(true));
        }
        if self.has(&FaultKind::AlgNone) {
            header.insert("alg".to_owned(), json!("none"));
            return Ok(format!("{}.", unsigned(&header, &self.claims)));
        }
        let key = self.key(provider)?;
        header.insert("alg".to_owned(), json!(key.algorithm().as_str()));
        if let Some(kid) = key.kid().filter(|_| !self.has(&FaultKind::KidAbsent)) {
            header.insert("kid".to_owned(), json!(kid));
        }
        let message = unsigned(&header, &self.claims);
        let mut signature = key.sign(message.as_bytes())?;
        if self.has(&FaultKind::BadSignature)
            && let Some(byte) = signature.first_mut()
        {
            *byte ^= 1;
        }
        Ok(format!("{message}.{}", base64url::encode(signature)))
    }

    fn key(&self, provider: &Provider) -> Result<SigningKey, JoseError> {
        if self.has(&FaultKind::HmacWithPublicKey) {
            let published = provider
                .keys
                .public()?
                .into_iter()
                .next()
                .unwrap_or_default();
            let kid = published
                .get("kid")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let key = SigningKey::hmac(&Secret::new(published.to_string()), Algorithm::HS256)?;
            return Ok(key.with_kid(kid));
        }
        let algorithm = self.algorithm()?;
        if algorithm.is_symmetric() {
            let secret = Secret::new(self.secret.unwrap_or_default());
            return SigningKey::hmac(&secret, algorithm);
        }
        if self.has(&FaultKind::UnknownKey) {
            return foreign_signer(algorithm);
        }
        let own = provider.keys.signer(algorithm)?;
        if self.has(&FaultKind::ForeignKey) {
            let kid = own.kid().unwrap_or_default().to_owned();
            return Ok(foreign_signer(algorithm)?.with_kid(kid));
        }
        Ok(own)
    }

    fn has(&self, fault: &FaultKind) -> bool {
        self.faults.contains(fault)
    }
}

/// Returns the algorithm by name, unless a fault names another.
pub(crate) fn chosen_algorithm(
    registered: &str,
    faults: &[FaultKind],
) -> Result<Algorithm, JoseError> {
    let other = faults.iter().find_map(|fault| match fault {
        FaultKind::Algorithm { alg } => Some(alg.as_str()),
        _ => None,
    });
    other.unwrap_or(registered).parse()
}

/// Returns the left half of the hash, as `at_hash` has it (OpenID Connect Core 1.0 §3.1.3.6).
pub(crate) fn half_hash(algorithm: Algorithm, text: &str) -> String {
    let hash = algorithm.hash(text.as_bytes());
    base64url::encode(hash.get(..hash.len() / 2).unwrap_or_default())
}

fn unsigned(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let part =
        |object: &Map<String, Value>| base64url::encode(Value::Object(object.clone()).to_string());
    format!("{}.{}", part(header), part(claims))
}
