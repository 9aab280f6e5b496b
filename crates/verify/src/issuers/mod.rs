//! Several issuers: which of them a token claims to be from, and by whose rules it is checked.

mod builder;
mod claimed;
mod entry;
mod error;
mod template;
mod tenants;

use std::collections::HashMap;
use std::sync::Arc;

use crate::event;
use crate::principal::Principal;
use crate::rejection::Rejection;
use crate::verifier::Verifier;

pub use builder::IssuersBuilder;
pub use entry::IssuerEntry;
pub use error::IssuersError;
pub use template::Template;

use entry::Known;

/// Verifies the access tokens of several issuers; cheap to clone, safe to share.
///
/// A token is checked by the rules of the one issuer that it names in `iss`, compared as text, and with that issuer's
/// keys. Nothing is fetched for a token of anyone else.
///
/// ```no_run
/// # async fn example(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use keyfob_verify::{Algorithm, Issuers, Verifier};
///
/// let staff = Verifier::builder("https://login.example.com").audience("https://api.example.com");
/// let partners = Verifier::builder("https://id.partner.example").audience("urn:example:api");
/// let issuers = Issuers::builder()
///     .issuer(staff.algorithms([Algorithm::RS256]))
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
    templates: Vec<template::Live>,
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
        if self.0.tells {
            event::tell(token, &outcome);
        }
        outcome
    }

    async fn judge(&self, token: &str) -> Result<Principal, Rejection> {
        let issuer = claimed::issuer(token)?;
        if let Some(known) = self.0.known.get(issuer.as_str()) {
            return known.verifier.verify(token).await;
        }
        for template in &self.0.templates {
            if let Some(tenant) = template.tenant(&issuer) {
                return template.verify(tenant, token).await;
            }
        }
        Err(Rejection::UnknownIssuer)
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

impl std::fmt::Debug for Issuers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let templates: Vec<_> = self
            .0
            .templates
            .iter()
            .map(template::Live::pattern)
            .collect();
        f.debug_struct("Issuers")
            .field("issuers", &self.0.known.keys())
            .field("templates", &templates)
            .finish()
    }
}
