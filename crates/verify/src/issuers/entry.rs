//! One issuer among several: its rules, and whom to ask whether a token was revoked.

use super::error::IssuersError;
use super::revocation::{AskIssuer, Asks, Confirmed};
use crate::principal::Principal;
use crate::rejection::Rejection;
use crate::verifier::{Verifier, VerifierBuilder};

/// One issuer of [`Issuers`](super::Issuers): its own audiences, algorithms, token type, leeway, scopes and keys.
///
/// Comes from a [`VerifierBuilder`], or from a [`Verifier`] that exists already.
///
/// ```
/// use keyfob_verify::issuers::IssuerEntry;
/// use keyfob_verify::protocol::{Client, ClientAuthentication};
/// use keyfob_verify::{Algorithm, Introspector, Issuers, Profile, Verifier};
///
/// let (issuer, audience) = ("https://login.example.com", "https://api.example.com");
/// let rules = Verifier::builder(issuer).audience(audience).algorithms([Algorithm::RS256]);
/// let rules = rules.profile(Profile::Rfc9068);
/// let asking = Client::new("my-api", ClientAuthentication::SecretBasic("s3cret".into()));
/// let introspector = Introspector::builder(issuer).audience(audience).client(asking).build()?;
/// let issuers = Issuers::builder()
///     .issuer(IssuerEntry::from(rules).revocation(introspector))
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct IssuerEntry {
    source: Source,
    asks: Option<Asks>,
}

#[derive(Clone, Debug)]
enum Source {
    Built(Verifier),
    ToBuild(Box<VerifierBuilder>),
}

/// An issuer at work.
pub(super) struct Known {
    pub(super) verifier: Verifier,
    pub(super) asks: Option<Asks>,
}

impl IssuerEntry {
    /// Sets who asks this issuer whether a token was revoked; see
    /// [`verify_with_revocation`](super::Issuers::verify_with_revocation).
    pub fn revocation(self, asks: impl AskIssuer) -> Self {
        Self {
            asks: Some(Asks::new(asks)),
            ..self
        }
    }

    pub(super) fn build(self) -> Result<(String, Known), IssuersError> {
        let verifier = match self.source {
            Source::Built(verifier) => verifier,
            Source::ToBuild(builder) => {
                let issuer = builder.issuer_text().to_owned();
                let failed = |error| IssuersError::Issuer { issuer, error };
                builder.build().map_err(failed)?
            }
        };
        let issuer = verifier.rules().issuer().to_owned();
        let asks = self.asks;
        Ok((issuer, Known { verifier, asks }))
    }
}

impl Known {
    /// Asks the issuer about a token that is good by itself.
    pub(super) async fn confirm(
        &self,
        principal: Principal,
        token: &str,
    ) -> Result<Confirmed, Rejection> {
        let asks = self.asks.as_ref().ok_or(Rejection::NoRevocationCheck)?;
        let (rules, clock) = (self.verifier.rules(), self.verifier.clock());
        asks.confirm(principal, rules, token, clock).await
    }
}

impl From<VerifierBuilder> for IssuerEntry {
    fn from(builder: VerifierBuilder) -> Self {
        let source = Source::ToBuild(Box::new(builder));
        Self { source, asks: None }
    }
}

impl From<Verifier> for IssuerEntry {
    fn from(verifier: Verifier) -> Self {
        let source = Source::Built(verifier);
        Self { source, asks: None }
    }
}
