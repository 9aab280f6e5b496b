//! Which answer each reason gets.

use std::time::Duration;

use http::StatusCode;

use super::{Challenge, Scheme};
use crate::rejection::{BindingProblem, Rejection, StepUp};

/// Long enough for a restart of the issuer's server, short enough for a person who waits.
const LATER: Duration = Duration::from_secs(5);

impl Rejection {
    /// Returns the answer to give over HTTP; add a realm and the like with the methods of [`Challenge`].
    ///
    /// | status | error | when |
    /// |---|---|---|
    /// | 401 | none | no token came |
    /// | 400 | `invalid_request` | the token cannot be read from the request |
    /// | 401 | `invalid_token` | the token is not good |
    /// | 403 | `insufficient_scope` | it does not grant what is needed |
    /// | 401 | `insufficient_user_authentication` | its login is too weak or too long ago |
    /// | 401 | `invalid_dpop_proof`, `use_dpop_nonce` | the DPoP proof is not good |
    /// | 503 | no challenge | it cannot be checked now; `Retry-After` says when to come again |
    pub fn challenge(&self) -> Challenge {
        let (unauthorized, invalid) = (StatusCode::UNAUTHORIZED, "invalid_token");
        match self {
            Self::NoToken => Challenge::no_token(),
            Self::Request(_) => told(StatusCode::BAD_REQUEST, "invalid_request", self),
            Self::Scope { needed } => {
                let challenge = told(StatusCode::FORBIDDEN, "insufficient_scope", self);
                challenge.with_scope(needed)
            }
            Self::StepUp(needed) => step_up(needed, self),
            Self::DpopProof(_) => {
                told(unauthorized, "invalid_dpop_proof", self).presented_with(Scheme::Dpop)
            }
            Self::UseDpopNonce { nonce } => Challenge {
                dpop_nonce: Some(nonce.clone()),
                presented: Scheme::Dpop,
                ..told(unauthorized, "use_dpop_nonce", self)
            },
            Self::Binding(BindingProblem::OtherKey | BindingProblem::DpopScheme) => {
                told(unauthorized, invalid, self).presented_with(Scheme::Dpop)
            }
            Self::KeysUnavailable(_)
            | Self::TooManyNewIssuers
            | Self::NoRevocationCheck
            | Self::IntrospectionUnavailable(_)
            | Self::ReplayUnknown(_) => Challenge {
                retry_after: Some(self.retry_after().unwrap_or(LATER)),
                ..Challenge::new(StatusCode::SERVICE_UNAVAILABLE)
            },
            _ => told(unauthorized, invalid, self),
        }
    }
}

fn told(status: StatusCode, error: &'static str, why: &Rejection) -> Challenge {
    Challenge {
        error: Some(error),
        description: Some(description(why)),
        ..Challenge::new(status)
    }
}

/// RFC 9470 §3: `acr_values` and `max_age` as an authorization request would have them.
fn step_up(needed: &StepUp, why: &Rejection) -> Challenge {
    let acr_values = (!needed.acr_values.is_empty()).then(|| needed.acr_values.join(" "));
    Challenge {
        acr_values,
        max_age: needed.max_age,
        ..told(
            StatusCode::UNAUTHORIZED,
            "insufficient_user_authentication",
            why,
        )
    }
}

/// A fixed text per kind: what a token or a configuration holds is not repeated to a stranger.
fn description(why: &Rejection) -> &'static str {
    match why {
        Rejection::Request(_) => "the request does not carry exactly one token as expected",
        Rejection::Malformed(_) => "the token is malformed",
        Rejection::Algorithm(_) => "the token is signed with an algorithm that is not accepted",
        Rejection::Type => "the token is of another type",
        Rejection::IdToken(_) => "an ID token is not an access token",
        Rejection::IdTokenRule(_) => "the ID token is not acceptable",
        Rejection::Signature(_) => "the signature is not that of a known key",
        Rejection::MissingClaim(_) | Rejection::RequiredClaim(_) => {
            "a claim that is needed is missing or different"
        }
        Rejection::UnfitClaims => "the token's claims are not those that this service reads",
        Rejection::Issuer | Rejection::UnknownIssuer | Rejection::IssuerType => {
            "the token is from another issuer"
        }
        Rejection::Audience | Rejection::UntrustedAudience => "the token is for another audience",
        Rejection::AuthorizedParty => "the token was issued to another party",
        Rejection::Expired { .. } => "the token expired",
        Rejection::NotYetValid | Rejection::IssuedInFuture => "the token is not valid yet",
        Rejection::TooOld { .. } => "the token was issued too long ago",
        Rejection::Scope { .. } => "the token does not grant the scopes that are needed",
        Rejection::StepUp(_) => "a stronger or more recent login is needed",
        Rejection::BindingRequired => "the token is bound to a key that was not proved",
        Rejection::Binding(_) => "the token is bound otherwise than it was presented",
        Rejection::DpopProof(_) => "the DPoP proof is not acceptable",
        Rejection::UseDpopNonce { .. } => "the DPoP proof needs the nonce that is given",
        Rejection::Inactive | Rejection::IntrospectionMismatch(_) => "the token is not active",
        Rejection::NoToken
        | Rejection::KeysUnavailable(_)
        | Rejection::TooManyNewIssuers
        | Rejection::NoRevocationCheck
        | Rejection::IntrospectionUnavailable(_)
        | Rejection::ReplayUnknown(_) => "the token was not checked",
    }
}
