//! How the issuers are doing, for health checks and for whoever watches; looking fetches nothing.

use keyfob_transport::DocumentStatus;

use super::Issuers;

/// What is at hand of all issuers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuersStatus {
    /// Those that were named one by one, by name.
    pub issuers: Vec<IssuerStatus>,
    /// The templates, as they were given.
    pub templates: Vec<TemplateStatus>,
}

/// What is at hand of one issuer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuerStatus {
    /// Its name.
    pub issuer: String,
    /// Its keys; none if they were given and are never fetched.
    pub keys: Option<DocumentStatus>,
}

/// What is at hand of a template's tenants.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TemplateStatus {
    /// The template.
    pub template: String,
    /// How many tenants are kept of which a token was good.
    pub tenants: usize,
    /// How many are kept that have not come to that.
    pub newcomers: usize,
}

impl IssuerStatus {
    /// Tells whether a good token would be accepted without waiting.
    pub fn is_ready(&self) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.usable)
    }
}

impl Issuers {
    /// Tells what is at hand of each issuer and template.
    pub fn status(&self) -> IssuersStatus {
        let known = self.0.known.iter().map(|(issuer, known)| IssuerStatus {
            issuer: issuer.to_string(),
            keys: known.verifier.key_status(),
        });
        let mut issuers: Vec<_> = known.collect();
        issuers.sort_by(|one, other| one.issuer.cmp(&other.issuer));
        let templates = self.0.templates.iter();
        IssuersStatus {
            issuers,
            templates: templates.map(super::template::Live::status).collect(),
        }
    }
}
