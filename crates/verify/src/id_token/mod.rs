//! ID tokens that others present (OpenID Connect Core §3.1.3.7): as the proof of a login that happened elsewhere.

mod builder;
mod expected;

use std::sync::Arc;

use keyfob_jose::{CompactJws, JoseError, JwkSet};
use keyfob_protocol::{IdToken, IdTokenError, IdTokenRules};
use keyfob_transport::{Clock, KeySetDocument, KeySetError};

pub use builder::IdTokenVerifierBuilder;
pub use expected::ExpectedLogin;

use crate::check::CheckToken;
use crate::event;
use crate::keys::Keys;
use crate::principal::Principal;
use crate::rejection::Rejection;

/// Verifies the ID tokens that one issuer makes for one client; cheap to clone, safe to share.
///
/// For the server of an app that sends the ID token of its login, and behind proxies that pass one on. An ID token says
/// who logged in and grants nothing: what asks for scopes wants access tokens and a [`Verifier`](crate::Verifier).
///
/// ```no_run
/// # async fn example(token: &str, nonce: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use keyfob_verify::{Algorithm, ExpectedLogin, IdTokenVerifier};
///
/// let verifier = IdTokenVerifier::builder("https://login.example.com")
///     .client_id("shop")
///     .algorithms([Algorithm::RS256])
///     .build()?;
/// let login = ExpectedLogin::new().nonce(nonce).max_age(Duration::from_hours(1));
/// let person = verifier.verify(token, &login).await?;
/// println!("hello {}", person.subject());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct IdTokenVerifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rules: IdTokenRules,
    keys: Keys,
    clock: Clock,
    tells: bool,
}

impl IdTokenVerifier {
    /// Starts a verifier for the ID tokens of `issuer`, which is compared as given.
    pub fn builder(issuer: impl Into<String>) -> IdTokenVerifierBuilder {
        IdTokenVerifierBuilder::new(issuer.into())
    }

    /// Verifies an ID token, and that it tells of the login that is expected; tells the outcome as a [`crate::event`].
    ///
    /// # Errors
    /// [`Rejection::IdTokenRule`] with the first rule broken; [`Rejection::KeysUnavailable`] if it cannot be checked now.
    pub async fn verify(
        &self,
        token: &str,
        expected: &ExpectedLogin,
    ) -> Result<Principal, Rejection> {
        let outcome = self.judge(token, expected).await;
        if self.0.tells {
            event::tell(token, &outcome);
        }
        outcome
    }

    /// Fetches the keys now, so that the first token does not wait for them.
    ///
    /// # Errors
    /// [`Rejection::KeysUnavailable`].
    pub async fn warm_up(&self) -> Result<(), Rejection> {
        self.0.keys.warm_up().await
    }

    async fn judge(&self, token: &str, expected: &ExpectedLogin) -> Result<Principal, Rejection> {
        let rules = expected.added_to(&self.0.rules);
        let verified = match &self.0.keys {
            Keys::Given(keys) => self.verify_with(&rules, keys, token)?,
            Keys::Fetched(keys) => self.verify_fetched(&rules, keys, token).await?,
        };
        let claims = verified.claims().to_value();
        Principal::from_claims(claims.as_object().cloned().unwrap_or_default())
    }

    async fn verify_fetched(
        &self,
        rules: &IdTokenRules,
        keys: &KeySetDocument,
        token: &str,
    ) -> Result<IdToken, Rejection> {
        // A token that no key could make good costs no fetch: every rule before the signature is tried without keys.
        let at_hand = match keys.current() {
            Some(_) => keys.load().await.map_err(Rejection::KeysUnavailable)?,
            None => Arc::new(JwkSet::from_keys([])),
        };
        match self.verify_with(rules, &at_hand, token) {
            Err(Rejection::IdTokenRule(IdTokenError::Jose(
                JoseError::UnknownKey | JoseError::BadSignature,
            ))) => {}
            outcome => return outcome,
        }
        let jws = CompactJws::parse(token).map_err(broken)?;
        if let Err(error) = keys.verify(&jws).await {
            return Err(match error {
                KeySetError::Refused(error) => broken(error),
                other => other.into(),
            });
        }
        let fresh = keys.load().await.map_err(Rejection::KeysUnavailable)?;
        self.verify_with(rules, &fresh, token)
    }

    fn verify_with(
        &self,
        rules: &IdTokenRules,
        keys: &JwkSet,
        token: &str,
    ) -> Result<IdToken, Rejection> {
        rules
            .verify(token, keys, None, self.0.clock.now())
            .map_err(Rejection::IdTokenRule)
    }
}

fn broken(error: JoseError) -> Rejection {
    Rejection::IdTokenRule(IdTokenError::Jose(error))
}

/// Checks ID tokens of any login; use [`IdTokenVerifier::verify`] where a certain one is expected.
impl CheckToken for IdTokenVerifier {
    async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        self.verify(token, &ExpectedLogin::new()).await
    }
}
