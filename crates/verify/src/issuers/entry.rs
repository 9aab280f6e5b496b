//! One issuer among several: its rules, and whom to ask whether a token was revoked.

use crate::verifier::{Verifier, VerifierBuilder};

use super::error::IssuersError;

/// One issuer of [`Issuers`](super::Issuers): its own audiences, algorithms, token type, leeway, scopes and keys.
///
/// Comes from a [`VerifierBuilder`], or from a [`Verifier`] that exists already.
#[derive(Clone, Debug)]
pub struct IssuerEntry {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Built(Verifier),
    ToBuild(Box<VerifierBuilder>),
}

/// An entry that was checked.
pub(super) struct Known {
    pub(super) verifier: Verifier,
}

impl IssuerEntry {
    pub(super) fn build(self) -> Result<(String, Known), IssuersError> {
        let verifier = match self.source {
            Source::Built(verifier) => verifier,
            Source::ToBuild(builder) => {
                let issuer = builder.issuer_text().to_owned();
                let failed = |error| IssuersError::Issuer { issuer, error };
                builder.events(false).build().map_err(failed)?
            }
        };
        let issuer = verifier.rules().issuer().to_owned();
        Ok((issuer, Known { verifier }))
    }
}

impl From<VerifierBuilder> for IssuerEntry {
    fn from(builder: VerifierBuilder) -> Self {
        let source = Source::ToBuild(Box::new(builder));
        Self { source }
    }
}

impl From<Verifier> for IssuerEntry {
    fn from(verifier: Verifier) -> Self {
        let source = Source::Built(verifier);
        Self { source }
    }
}
