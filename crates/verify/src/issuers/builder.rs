//! Putting several issuers together; no network.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use keyfob_jose::{Algorithm, HeaderMemo};

use super::entry::{IssuerEntry, Known};
use super::error::IssuersError;
use super::template::{Live, Template};
use super::{Inner, Issuers};
use crate::rules::Profile;
use crate::verifier::Verifier;

/// Configures [`Issuers`].
#[derive(Debug)]
#[must_use]
pub struct IssuersBuilder {
    entries: Vec<IssuerEntry>,
    templates: Vec<Template>,
    tells: bool,
}

impl Default for IssuersBuilder {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            templates: Vec::new(),
            tells: true,
        }
    }
}

impl IssuersBuilder {
    /// Trusts one more issuer, by rules of its own.
    pub fn issuer(mut self, entry: impl Into<IssuerEntry>) -> Self {
        self.entries.push(entry.into());
        self
    }

    /// Trusts the tenants of a provider whose issuers differ in one path segment only.
    ///
    /// An issuer that was also given by itself goes by its own rules.
    pub fn template(mut self, template: Template) -> Self {
        self.templates.push(template);
        self
    }

    /// Sets whether each token is told as a [`crate::event`]; default true. The issuers' own setting does not count.
    pub fn events(self, tells: bool) -> Self {
        Self { tells, ..self }
    }

    /// Builds; touches no network.
    ///
    /// # Errors
    /// [`IssuersError`], which names the issuer.
    pub fn build(self) -> Result<Issuers, IssuersError> {
        if self.entries.is_empty() && self.templates.is_empty() {
            return Err(IssuersError::NoIssuer);
        }
        let mut known: HashMap<Box<str>, Known> = HashMap::new();
        for entry in self.entries {
            let (issuer, entry) = entry.build()?;
            match known.entry(issuer.into_boxed_str()) {
                Entry::Vacant(place) => drop(place.insert(entry)),
                Entry::Occupied(place) => {
                    let issuer = place.key().to_string();
                    return Err(IssuersError::Duplicate { issuer });
                }
            }
        }
        let mut templates: Vec<Live> = Vec::new();
        for template in self.templates {
            let template = template.build()?;
            if templates.iter().any(|other| other.covers_as(&template)) {
                let issuer = template.pattern().to_owned();
                return Err(IssuersError::Duplicate { issuer });
            }
            templates.push(template);
        }
        Ok(Issuers(Arc::new(Inner {
            known,
            templates,
            headers: HeaderMemo::default(),
            tells: self.tells,
        })))
    }
}

impl Issuers {
    /// Trusts the issuers at these addresses, all by the same rules; empty addresses are skipped.
    ///
    /// # Errors
    /// As [`IssuersBuilder::build`].
    pub fn from_urls<U: AsRef<str>>(
        urls: impl IntoIterator<Item = U>,
        audience: &str,
        algorithms: &[Algorithm],
        profile: Profile,
    ) -> Result<Self, IssuersError> {
        let mut builder = Self::builder();
        for url in urls {
            if !url.as_ref().is_empty() {
                let one = Verifier::builder(url.as_ref()).audience(audience);
                let one = one.algorithms(algorithms.iter().copied());
                builder = builder.issuer(one.profile(profile));
            }
        }
        builder.build()
    }
}
