//! The verifier to keep: rules, and the issuer's keys at hand.

mod builder;

use std::sync::Arc;

use keyfob_jose::{HeaderMemo, KeyMark};
use keyfob_transport::{Clock, DocumentStatus};

pub use builder::{BuildError, VerifierBuilder};

use crate::event;
use crate::incoming::Incoming;
use crate::keys::Keys;
use crate::memory::Recall;
use crate::principal::{Principal, PrincipalRef};
use crate::rejection::Rejection;
use crate::rules::Rules;

/// Verifies the access tokens of one issuer; cheap to clone, safe to share.
///
/// Tokens signed with a known key are verified without waiting for anything, whatever the issuer's server does.
#[derive(Clone, Debug)]
pub struct Verifier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    rules: Rules,
    keys: Keys,
    clock: Clock,
    headers: HeaderMemo,
    memory: Option<Recall>,
    tells: bool,
}

/// A token that was accepted, now or before.
pub(crate) enum Judged<'a> {
    Now(PrincipalRef<'a>),
    Before(Principal),
}

impl Verifier {
    /// Starts a verifier for the tokens of `issuer`, which is compared as given.
    pub fn builder(issuer: impl Into<String>) -> VerifierBuilder {
        VerifierBuilder::new(issuer.into())
    }

    /// Verifies a token as it came, without `Bearer`, and tells the outcome as a [`crate::event`].
    ///
    /// # Errors
    /// The first rule broken; [`Rejection::BindingRequired`] for a token with `cnf`, as a token alone proves nothing about
    /// who holds its key; [`Rejection::KeysUnavailable`] if it cannot be checked now.
    pub async fn verify(&self, token: &str) -> Result<Principal, Rejection> {
        let keep = |judged: Judged<'_>| judged.unbound().map(Judged::into_principal);
        let outcome = self.judge_with(token, keep).await;
        self.told(token, outcome)
    }

    /// Does the same without making a [`Principal`]: `read` takes what it needs from the verifier's buffers, and nothing is
    /// allocated while the keys are at hand.
    ///
    /// ```no_run
    /// # async fn example(verifier: keyfob_verify::Verifier, token: &str) -> Result<(), keyfob_verify::Rejection> {
    /// let may_read = verifier.verify_borrowed(token, |principal| principal.has_scope("reports:read")).await?;
    /// # drop(may_read);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub async fn verify_borrowed<T>(
        &self,
        token: &str,
        read: impl FnOnce(PrincipalRef<'_>) -> T,
    ) -> Result<T, Rejection> {
        let read = |judged: Judged<'_>| judged.unbound().map(|judged| read(judged.borrowed()));
        let outcome = self.judge_with(token, read).await;
        self.told(token, outcome)
    }

    /// Verifies a token, leaving the proof of possession to the caller.
    pub(crate) async fn check_token(&self, token: &str) -> Result<Principal, Rejection> {
        let outcome = self.judge(token).await;
        self.told(token, outcome)
    }

    fn told<T>(&self, token: &str, outcome: Result<T, Rejection>) -> Result<T, Rejection> {
        if self.0.tells {
            event::tell(token, &outcome);
        }
        outcome
    }

    /// Verifies a token without telling anybody, leaving the proof of possession to the caller.
    pub(crate) async fn judge(&self, token: &str) -> Result<Principal, Rejection> {
        let keep = |judged: Judged<'_>| Ok(judged.into_principal());
        self.judge_with(token, keep).await
    }

    async fn judge_with<T>(
        &self,
        token: &str,
        read: impl FnOnce(Judged<'_>) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        if let Some(principal) = self.recall(token) {
            return read(Judged::Before(principal));
        }
        let incoming = Incoming::parse(token, &self.0.headers)?;
        read(self.verify_incoming(token, &incoming).await?)
    }

    /// Verifies a token that was taken apart already, leaving the proof of possession to the caller.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), except for the form of the token.
    pub(crate) async fn judge_incoming<'i>(
        &self,
        token: &str,
        incoming: &'i Incoming<'_>,
    ) -> Result<Judged<'i>, Rejection> {
        match self.recall(token) {
            Some(principal) => Ok(Judged::Before(principal)),
            None => self.verify_incoming(token, incoming).await,
        }
    }

    async fn verify_incoming<'i>(
        &self,
        token: &str,
        incoming: &'i Incoming<'_>,
    ) -> Result<Judged<'i>, Rejection> {
        let Inner {
            rules, keys, clock, ..
        } = &*self.0;
        rules.check_unverified(incoming)?;
        let key = keys.verify(incoming.jws()).await?;
        incoming.remember_header();
        rules.accept(incoming.claims(), clock.now())?;
        let principal = PrincipalRef::new(incoming.claims());
        let Some(memory) = &self.0.memory else {
            return Ok(Judged::Now(principal));
        };
        let principal = principal.to_principal();
        memory.keep(token, key, principal.clone());
        Ok(Judged::Before(principal))
    }

    /// Returns whose token it is, if it was accepted before and nothing has changed about that.
    fn recall(&self, token: &str) -> Option<Principal> {
        let Inner {
            rules, keys, clock, ..
        } = &*self.0;
        let good = |key: KeyMark, principal: &Principal| {
            keys.holds(key) && rules.still_good(principal.borrowed(), clock.now())
        };
        self.0.memory.as_ref()?.find(token, good)
    }

    /// Forgets one token, so that it is checked anew: for those who learn of something that is not in it.
    pub fn forget(&self, token: &str) {
        if let Some(memory) = &self.0.memory {
            memory.forget(token);
        }
    }

    /// Fetches the keys now, so that the first token does not wait for them.
    ///
    /// # Errors
    /// [`Rejection::KeysUnavailable`].
    pub async fn warm_up(&self) -> Result<(), Rejection> {
        self.0.keys.warm_up().await
    }

    /// Tells how old the keys at hand are, and why newer ones could not be had; none if they were given. Fetches nothing.
    pub fn key_status(&self) -> Option<DocumentStatus> {
        self.0.keys.status()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns the rules, for use with keys of one's own.
    pub fn rules(&self) -> &Rules {
        &self.0.rules
    }
}

impl Judged<'_> {
    pub(crate) fn borrowed(&self) -> PrincipalRef<'_> {
        match self {
            Self::Now(principal) => *principal,
            Self::Before(principal) => principal.borrowed(),
        }
    }

    pub(crate) fn into_principal(self) -> Principal {
        match self {
            Self::Now(principal) => principal.to_principal(),
            Self::Before(principal) => principal,
        }
    }

    /// Refuses a token that is good only together with a proof.
    pub(crate) fn unbound(self) -> Result<Self, Rejection> {
        if self.borrowed().is_bound() {
            return Err(Rejection::BindingRequired);
        }
        Ok(self)
    }
}

/// Refuses a token that is good only together with a proof.
pub(crate) fn unbound(principal: Principal) -> Result<Principal, Rejection> {
    Judged::Before(principal)
        .unbound()
        .map(Judged::into_principal)
}
