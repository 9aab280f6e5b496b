//! Several issuers: which of them a token claims to be from, and by whose rules it is checked.

mod builder;
mod chosen;
mod claimed;
mod entry;
mod error;
mod revocation;
mod status;
mod template;
mod tenants;
mod warm_up;

use std::collections::HashMap;
use std::sync::Arc;

use keyfob_jose::HeaderMemo;

use crate::check::CheckToken;
use crate::event;
use crate::principal::Principal;
use crate::rejection::Rejection;
use crate::verifier::{Verifier, unbound};

pub use builder::IssuersBuilder;
pub use entry::IssuerEntry;
pub use error::IssuersError;
pub use revocation::{AskIssuer, Confirmed};
pub use status::{IssuerStatus, IssuersStatus, TemplateStatus};
pub use template::Template;
pub use warm_up::WarmedUp;

use chosen::Chosen;
use entry::Known;
use template::Live;

/// Verifies the access tokens of several issuers; cheap to clone, safe to share.
///
/// A token is checked by the rules of the one issuer that it names in `iss`, compared as text, and with that issuer's
/// keys. Nothing is fetched for a token of anyone else.
///
/// ```no_run
/// # async fn example(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use keyfob_verify::{Algorithm, Issuers, Profile, Verifier};
///
/// let staff = Verifier::builder("https://login.example.com").audience("https://api.example.com");
/// let partners = Verifier::builder("https://id.partner.example").audience("urn:example:api");
/// let partners = partners.profile(Profile::Plain);
/// let issuers = Issuers::builder()
///     .issuer(staff.algorithms([Algorithm::RS256]).profile(Profile::Rfc9068))
///     .issuer(partners.algorithms([Algorithm::ES256, Algorithm::EdDSA]))
///     .build()?;
/// let principal = issuers.verify(token).await?;
/// println!("{} of {}", principal.subject(), principal.issuer());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Issuers(Arc<Inner>);

struct Inner {
    known: HashMap<Box<str>, Known>,
    templates: Vec<Live>,
    /// One for all: which issuer a token names shows only after its header was read.
    headers: HeaderMemo,
    tells: bool,
}

impl Issuers {
    /// Starts with no issuer.
    pub fn builder() -> IssuersBuilder {
        IssuersBuilder::default()
    }

    /// Verifies a token as it came, without `Bearer`, and tells the outcome as one [`crate::event`].
    ///
    /// # Errors
    /// [`Rejection::UnknownIssuer`] for a token of anyone else, and what [`Verifier::verify`] fails with.
    pub async fn verify(&self, token: &str) -> Result<Principal, Rejection> {
        let outcome = self.judge(token).await;
        self.told(token, outcome.and_then(|(principal, _)| unbound(principal)))
    }

    /// Verifies a token, and if it is good asks its issuer whether it still is (RFC 7662). One [`crate::event`] tells both.
    ///
    /// The answer must say `active: true`, and must not contradict the token in `iss`, `sub`, `client_id`, `aud` or `exp`.
    /// It is always a fresh one: this costs a round trip to the issuer.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`Rejection::Inactive`], [`Rejection::IntrospectionMismatch`];
    /// [`Rejection::IntrospectionUnavailable`] if there is no answer or none that can be understood, and
    /// [`Rejection::NoRevocationCheck`] if nobody was named to ask: a token that cannot be checked is not accepted.
    pub async fn verify_with_revocation(&self, token: &str) -> Result<Confirmed, Rejection> {
        let outcome = match self.judge(token).await {
            Ok((principal, chosen)) => match unbound(principal) {
                Ok(principal) => chosen.known().confirm(principal, token).await,
                Err(rejection) => Err(rejection),
            },
            Err(rejection) => Err(rejection),
        };
        let told = outcome.as_ref().map(|good| good.principal.clone());
        drop(self.told(token, told.map_err(Clone::clone)));
        outcome
    }

    /// Returns what checks each token with its issuer as well, for where a [`CheckToken`] is wanted.
    ///
    /// The issuer is asked before a binding is checked: whoever holds a token with `cnf`, but not its key, can have the issuer
    /// asked about it, and is refused afterwards.
    pub fn checking_revocation(&self) -> CheckingRevocation {
        CheckingRevocation(self.clone())
    }

    async fn judge(&self, token: &str) -> Result<(Principal, Chosen<'_>), Rejection> {
        let incoming = claimed::parse(token, &self.0.headers)?;
        let chosen = self.choose(claimed::issuer(&incoming)?)?;
        let verifier = &chosen.known().verifier;
        let principal = verifier.judge_incoming(token, &incoming).await?;
        let principal = principal.into_principal();
        Ok((principal, chosen.was_right()))
    }

    fn choose(&self, issuer: &str) -> Result<Chosen<'_>, Rejection> {
        if let Some(known) = self.0.known.get(issuer) {
            return Ok(Chosen::Named(known));
        }
        let mut templates = self.0.templates.iter();
        let found = templates.find_map(|one| Some((one, one.tenant(issuer)?)));
        let (template, tenant) = found.ok_or(Rejection::UnknownIssuer)?;
        template.choose(tenant)
    }

    fn told(
        &self,
        token: &str,
        outcome: Result<Principal, Rejection>,
    ) -> Result<Principal, Rejection> {
        if self.0.tells {
            event::tell(token, &outcome);
        }
        outcome
    }

    /// Forgets one token, in whichever memory it is; see [`Verifier::forget`].
    pub fn forget(&self, token: &str) {
        for known in self.0.known.values() {
            known.verifier.forget(token);
        }
        for template in &self.0.templates {
            template.forget(token);
        }
    }

    /// Returns the issuers that were named one by one, in no particular order.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.0.known.keys().map(AsRef::as_ref)
    }

    /// Returns the verifier of one issuer that was named.
    pub fn verifier(&self, issuer: &str) -> Option<&Verifier> {
        Some(&self.0.known.get(issuer)?.verifier)
    }
}

impl CheckToken for Issuers {
    async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        let outcome = self.judge(token).await;
        self.told(token, outcome.map(|(principal, _)| principal))
    }
}

/// Checks tokens with their issuers as well; see [`Issuers::verify_with_revocation`].
#[derive(Clone, Debug)]
pub struct CheckingRevocation(Issuers);

impl CheckToken for CheckingRevocation {
    async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        let outcome = match self.0.judge(token).await {
            Ok((principal, chosen)) => chosen.known().confirm(principal, token).await,
            Err(rejection) => Err(rejection),
        };
        self.0.told(token, outcome.map(|good| good.principal))
    }
}

impl std::fmt::Debug for Issuers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let templates: Vec<_> = self.0.templates.iter().map(Live::pattern).collect();
        f.debug_struct("Issuers")
            .field("issuers", &self.0.known.keys())
            .field("templates", &templates)
            .finish()
    }
}
