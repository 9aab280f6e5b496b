//! JWTs checked here, opaque tokens by asking their issuer.

use std::time::{Duration, SystemTime};

use super::{Introspector, looks_like_a_jwt};
use crate::check::{CheckToken, Checker};
use crate::principal::Principal;
use crate::rejection::Rejection;

/// Checks tokens of both kinds: a JWT by its signature, any other token by introspection; cheap to clone.
///
/// What [looks like a JWT](looks_like_a_jwt) is never shown to the issuer in place of a check: a JWT that is refused here
/// stays refused.
///
/// ```
/// use keyfob_verify::protocol::{Client, ClientAuthentication};
/// use keyfob_verify::{Algorithm, Introspector, JwtOrOpaque, Profile, Verifier};
///
/// let issuer = "https://login.example.com";
/// let asking = ClientAuthentication::SecretBasic("s3cret".into());
/// let introspector = Introspector::builder(issuer)
///     .client(Client::new("my-api", asking))
///     .audience("https://api.example.com")
///     .build()?;
/// let verifier = Verifier::builder(issuer)
///     .audience("https://api.example.com")
///     .algorithms([Algorithm::RS256])
///     .profile(Profile::Rfc9068)
///     .build()?;
/// let checker = JwtOrOpaque::new(verifier, introspector);
/// # drop(checker);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct JwtOrOpaque {
    jwt: Checker,
    opaque: Introspector,
    confirms: bool,
}

impl JwtOrOpaque {
    /// Checks JWTs with `jwt`, which may be a verifier or several, and asks `opaque` about all other tokens.
    pub fn new(jwt: impl CheckToken, opaque: Introspector) -> Self {
        Self {
            jwt: Checker::new(jwt),
            opaque,
            confirms: false,
        }
    }

    /// Asks about JWTs, too, after they were found good: the answer must be that they are active, and must not
    /// contradict them. It may be one that is remembered.
    ///
    /// A JWT of another issuer than the introspector's is refused by [`Rejection::NoRevocationCheck`], and shown to nobody.
    pub fn confirming(self) -> Self {
        Self {
            confirms: true,
            ..self
        }
    }
}

impl CheckToken for JwtOrOpaque {
    async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        if !looks_like_a_jwt(token) {
            return self.opaque.check(token).await;
        }
        let principal = self.jwt.check(token).await?;
        if self.confirms {
            // The verifier has told that the token is good; only what contradicts that is told as well.
            if let Err(rejection) = self.confirm(token, &principal).await {
                return self.opaque.told(token, Err(rejection));
            }
        }
        Ok(principal)
    }
}

impl JwtOrOpaque {
    async fn confirm(&self, token: &str, principal: &Principal) -> Result<(), Rejection> {
        // Whoever sees a live token can use it: it is shown to nobody but its issuer.
        if principal.issuer() != self.opaque.issuer() {
            return Err(Rejection::NoRevocationCheck);
        }
        agree(principal, &self.opaque.judge(token).await?)
    }
}

/// Holds an answer against the token that it is about, both of one issuer; what it does not name is not held against it.
fn agree(token: &Principal, answer: &Principal) -> Result<(), Rejection> {
    let differs = Rejection::IntrospectionMismatch;
    if !answer.subject().is_empty() && token.subject() != answer.subject() {
        return Err(differs("sub"));
    }
    let clients = (token.client_id(), answer.client_id());
    if matches!(clients, (Some(token), Some(answer)) if token != answer) {
        return Err(differs("client_id"));
    }
    match (token.expires_at(), answer.expires_at()) {
        (Some(token), Some(answer)) if apart(token, answer) > Duration::from_secs(1) => {
            Err(differs("exp"))
        }
        _ => Ok(()),
    }
}

/// Servers round a date that has a fraction in either direction.
fn apart(one: SystemTime, other: SystemTime) -> Duration {
    let ahead = one.duration_since(other);
    ahead.unwrap_or_else(|behind| behind.duration())
}
