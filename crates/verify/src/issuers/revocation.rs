//! Asking a token's issuer whether it is still good (RFC 7662), and holding the answer against the token.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use keyfob_protocol::Introspection;
use keyfob_transport::Clock;
use serde_json::Value;

use crate::introspection::{IntrospectionError, Introspector};
use crate::principal::Principal;
use crate::rejection::Rejection;
use crate::rules::Rules;

/// Asks an issuer about a token of its own, afresh for each question.
///
/// An [`Introspector`] does; its memory of answers is left out.
pub trait AskIssuer: Send + Sync + 'static {
    /// Asks about `token`.
    ///
    /// # Errors
    /// [`Rejection::IntrospectionUnavailable`] if there is no answer; one that says `active: false` is an answer.
    fn ask(&self, token: &str) -> impl Future<Output = Result<Introspection, Rejection>> + Send;
}

/// A token that was good by itself and by the word of its issuer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Confirmed {
    /// What the token says.
    pub principal: Principal,
    /// What the issuer says about it; nothing in it contradicts the token.
    pub answer: Introspection,
}

/// Whoever asks should give up earlier by itself.
const LIMIT: Duration = Duration::from_secs(30);

/// A handle to anything that asks.
#[derive(Clone)]
pub(super) struct Asks(Arc<dyn AskIssuerObject>);

impl Asks {
    pub(super) fn new(asks: impl AskIssuer) -> Self {
        Self(Arc::new(asks))
    }

    /// Asks about a token that is good by itself.
    pub(super) async fn confirm(
        &self,
        principal: Principal,
        rules: &Rules,
        token: &str,
        clock: &Clock,
    ) -> Result<Confirmed, Rejection> {
        let answer = clock
            .timeout(LIMIT, self.0.ask_boxed(token))
            .await
            .unwrap_or(Err(Rejection::IntrospectionUnavailable(
                IntrospectionError::Slow(LIMIT),
            )))?;
        if !answer.active {
            return Err(Rejection::Inactive);
        }
        agree(&principal, rules, &answer).map_err(Rejection::IntrospectionMismatch)?;
        Ok(Confirmed { principal, answer })
    }
}

impl fmt::Debug for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asks")
    }
}

impl AskIssuer for Introspector {
    async fn ask(&self, token: &str) -> Result<Introspection, Rejection> {
        self.answer(token).await
    }
}

/// Holds the members that an answer names against the token; the error names the first that differs.
fn agree(token: &Principal, rules: &Rules, answer: &Introspection) -> Result<(), &'static str> {
    let texts = [
        ("iss", Some(token.issuer())),
        ("sub", Some(token.subject())),
        ("client_id", token.client_id()),
    ];
    for (name, claimed) in texts {
        match answer.raw.get(name) {
            None | Some(Value::Null) => {}
            // A token without the claim says nothing that could be contradicted, except by what is no text.
            Some(Value::String(named)) if claimed.is_none_or(|claimed| claimed == named) => {}
            Some(_) => return Err(name),
        }
    }
    if let Some(named) = &answer.aud {
        let mut claimed = token.audiences().peekable();
        let agrees = |one| rules.is_for_us(one) && named.contains(one);
        if claimed.peek().is_some() && !claimed.any(agrees) {
            return Err("aud");
        }
    }
    let (named, claimed) = (answer.exp, token.expires_at());
    // Servers round a date that has a fraction in either direction.
    let apart = |named: std::time::SystemTime, claimed: std::time::SystemTime| {
        let ahead = named.duration_since(claimed);
        ahead.unwrap_or_else(|behind| behind.duration())
    };
    match (named.map(keyfob_jose::NumericDate::to_system_time), claimed) {
        (Some(named), Some(claimed)) if apart(named, claimed) > Duration::from_secs(1) => {
            Err("exp")
        }
        _ => Ok(()),
    }
}

/// The object-safe twin of [`AskIssuer`].
trait AskIssuerObject: Send + Sync {
    fn ask_boxed<'a>(&'a self, token: &'a str) -> Asking<'a>;
}

type Asking<'a> = Pin<Box<dyn Future<Output = Result<Introspection, Rejection>> + Send + 'a>>;

impl<T: AskIssuer> AskIssuerObject for T {
    fn ask_boxed<'a>(&'a self, token: &'a str) -> Asking<'a> {
        Box::pin(self.ask(token))
    }
}
