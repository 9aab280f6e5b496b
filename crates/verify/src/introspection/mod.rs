//! Asking the issuer what a token is (RFC 7662), for tokens that cannot be checked here.

mod answer;
mod ask;
mod builder;
mod cache;
mod combined;
mod error;
mod flight;
mod form;
mod memory;
mod pause;
mod rules;
mod signed;

use std::sync::Arc;

use keyfob_jose::JoseError;
use keyfob_jose::jws::MAX_TOKEN_BYTES;
use keyfob_protocol::Introspection;

pub use builder::{IntrospectorBuilder, IntrospectorError};
pub use combined::JwtOrOpaque;
pub use error::IntrospectionError;
pub use form::looks_like_a_jwt;
pub use memory::AnswerMemory;

use crate::check::CheckToken;
use crate::event;
use crate::principal::Principal;
use crate::rejection::Rejection;
use crate::verifier::unbound;

/// Asks one issuer about tokens, and checks its answers like tokens; cheap to clone, safe to share.
///
/// However many requests bring a token at once, its issuer is asked one question, and none while the last answer is fresh
/// ([`AnswerMemory`]). An issuer that fails is left alone for a while, and its tokens are called uncheckable
/// meanwhile, not bad.
///
/// ```no_run
/// # async fn example(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use keyfob_verify::Introspector;
/// use keyfob_verify::protocol::{Client, ClientAuthentication};
///
/// let asking = ClientAuthentication::SecretBasic("s3cret".into());
/// let introspector = Introspector::builder("https://login.example.com")
///     .client(Client::new("my-api", asking))
///     .audience("https://api.example.com")
///     .build()?;
/// let principal = introspector.verify(token).await?;
/// println!("hello {}", principal.subject());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Introspector(Arc<Inner>);

struct Inner {
    flights: Arc<flight::Flights>,
    tells: bool,
}

impl Introspector {
    /// Starts an introspector for the tokens of `issuer`, which is compared as given.
    pub fn builder(issuer: impl Into<String>) -> IntrospectorBuilder {
        IntrospectorBuilder::new(issuer.into())
    }

    /// Tells what `token` is, by its issuer's word, and tells the outcome as a [`crate::event`].
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Rejection::BindingRequired`] for a token with `cnf`, as a token alone proves nothing
    /// about who holds its key.
    pub async fn verify(&self, token: &str) -> Result<Principal, Rejection> {
        let outcome = self.judge(token).await;
        self.told(token, outcome.and_then(unbound))
    }

    /// Does the same, leaving the proof of possession to the caller.
    ///
    /// # Errors
    /// [`Rejection::Inactive`] when the issuer says so; the first rule that the answer breaks;
    /// [`Rejection::IntrospectionUnavailable`] when there is no answer, and nothing is known about the token.
    pub async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        let outcome = self.judge(token).await;
        self.told(token, outcome)
    }

    /// Forgets what the issuer said about one token, as when its end is told by other means.
    pub fn forget(&self, token: &str) {
        self.0.flights.forget(token);
    }

    /// Forgets all answers.
    pub fn flush(&self) {
        self.0.flights.flush();
    }

    /// Returns whose tokens are asked about.
    pub(crate) fn issuer(&self) -> &str {
        &self.0.flights.rules.issuer
    }

    pub(crate) async fn judge(&self, token: &str) -> Result<Principal, Rejection> {
        check_form(token)?;
        self.0.flights.judge(token).await
    }

    /// Asks afresh, and leaves it to the caller to judge the answer. A question that is under way is waited for.
    pub(crate) async fn answer(&self, token: &str) -> Result<Introspection, Rejection> {
        check_form(token)?;
        let answer = self.0.flights.ask(token).await;
        let answer = answer.map_err(Rejection::IntrospectionUnavailable)?;
        Ok(answer.introspection.clone())
    }

    pub(crate) fn told(
        &self,
        token: &str,
        outcome: Result<Principal, Rejection>,
    ) -> Result<Principal, Rejection> {
        if self.0.tells {
            event::tell(token, &outcome);
        }
        outcome
    }
}

impl CheckToken for Introspector {
    async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        Self::check(self, token).await
    }
}

impl std::fmt::Debug for Introspector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Introspector")
            .field(&self.0.flights)
            .finish()
    }
}

/// No issuer is bothered with what cannot be a token (RFC 6749 appendix A.12).
fn check_form(token: &str) -> Result<(), Rejection> {
    let broken = |why| Err(Rejection::Malformed(JoseError::MalformedToken(why)));
    if token.len() > MAX_TOKEN_BYTES {
        let limit = MAX_TOKEN_BYTES;
        let what = "the token";
        return Err(Rejection::Malformed(JoseError::TooLarge { what, limit }));
    }
    if token.is_empty() {
        return broken("it is empty");
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return broken("it holds a character that tokens may not have");
    }
    Ok(())
}
