//! Why a set of issuers cannot be put together.

use crate::verifier::BuildError;

/// Says why several issuers cannot be built as they were given.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuersError {
    /// No issuer and no template was given: every token would be refused.
    #[error("several issuers need at least one issuer or template")]
    NoIssuer,
    /// An issuer or a template was given twice; which rules are meant cannot be known.
    #[error("the issuer {issuer} was given more than once")]
    Duplicate {
        /// The issuer.
        issuer: String,
    },
    /// The rules of one issuer are not complete.
    #[error("the issuer {issuer} is not usable: {error}")]
    Issuer {
        /// The issuer, as given.
        issuer: String,
        /// What is missing or wrong.
        error: BuildError,
    },
    /// A template is not an issuer with one path segment in braces.
    #[error("the template {template} is not usable: {why}")]
    Template {
        /// The template, as given.
        template: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nobody said which tenants of a template are trusted.
    #[error("the template {template} does not say which tenants are trusted")]
    NoTenants {
        /// The template, as given.
        template: String,
    },
}

impl IssuersError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoIssuer => "no_issuer",
            Self::Duplicate { .. } => "duplicate_issuer",
            Self::Issuer { error, .. } => error.code(),
            Self::Template { .. } => "bad_template",
            Self::NoTenants { .. } => "no_tenants",
        }
    }
}
