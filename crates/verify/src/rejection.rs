//! Why a token was not accepted: every distinct failure with its own code (RFC 6750 §3.1 knows only three).

mod proof;
mod sort;
mod step_up;
#[cfg(test)]
mod table;

use std::time::Duration;

use keyfob_jose::{Algorithm, JoseError};
use keyfob_protocol::dpop::ProofError;
use keyfob_protocol::{Advice, Blame, IdTokenError};
use keyfob_transport::DocumentError;

pub use proof::{BindingProblem, RequestProblem};
pub(crate) use sort::signature;
pub use step_up::{StepUp, StepUpReason};

use crate::dpop::ReplayError;
use crate::introspection::IntrospectionError;
use crate::required::ClaimMismatch;

/// Says why a token was not accepted. Nothing of the token is in it but names of claims and algorithms.
///
/// [`code`](Self::code) names the reason, [`blame`](Self::blame) who has to act, and
/// [`challenge`](Self::challenge) is what to answer over HTTP. `docs/verification.md` lists them all.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The request carries no token.
    #[error("no token was presented")]
    NoToken,
    /// The request does not carry its token as RFC 6750 §2 has it.
    #[error(transparent)]
    Request(RequestProblem),
    /// It is no token, or one that breaks the rules of JWS and JWT.
    #[error(transparent)]
    Malformed(JoseError),
    /// It is signed with an algorithm that this verifier does not accept.
    #[error("tokens signed with {0} are not accepted")]
    Algorithm(Algorithm),
    /// Its `typ` is not that of the kind of token that is accepted (RFC 9068 §4, RFC 8725 §3.11).
    #[error("the token's type is not that of an access token")]
    Type,
    /// It carries the claim named, which belongs to ID tokens.
    #[error("an id token is not an access token (it carries `{0}`)")]
    IdToken(&'static str),
    /// As an ID token, it broke a rule of OpenID Connect Core §3.1.3.7.
    #[error(transparent)]
    IdTokenRule(IdTokenError),
    /// No key of the issuer signed it: `unknown_key` or `bad_signature`.
    #[error(transparent)]
    Signature(JoseError),
    /// A required claim is missing or empty.
    #[error("the token has no `{0}`")]
    MissingClaim(&'static str),
    /// It does not carry a claim that is required.
    #[error(transparent)]
    RequiredClaim(ClaimMismatch),
    /// Its claims do not fit the type that the service reads them into.
    #[error("the token's claims do not fit the type that this service reads them into")]
    UnfitClaims,
    /// It was issued by someone else.
    #[error("the token was issued by someone else")]
    Issuer,
    /// It names an issuer that nobody here trusts.
    #[error("the token names an issuer that is not trusted")]
    UnknownIssuer,
    /// Its `iss` is no text, so that it names nobody (RFC 7519 §4.1.1).
    #[error("the token's `iss` is not a text")]
    IssuerType,
    /// It names a tenant that was not seen before, and too many such came just now; it may be good.
    #[error("the token cannot be checked now: too many new issuers at once")]
    TooManyNewIssuers,
    /// It was issued for someone else.
    #[error("the token was issued for someone else")]
    Audience,
    /// It was issued for others, too, who are not trusted with it.
    #[error("the token is also for an audience that is not trusted")]
    UntrustedAudience,
    /// Its `azp` is not the party that it may have been issued to.
    #[error("the token was issued to another party")]
    AuthorizedParty,
    /// It expired this long ago.
    #[error("the token expired {} s ago", ago.as_secs())]
    Expired {
        /// Time since `exp`.
        ago: Duration,
    },
    /// Its `nbf` lies ahead.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Its `iat` lies ahead: one of the two clocks is wrong.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// It is bound to a key or a certificate (`cnf`), and nobody has proved to hold it.
    #[error("the token is bound to a key or a certificate, and possession of that was not proved")]
    BindingRequired,
    /// Its `iat` is further back than is accepted.
    #[error("the token was issued {} s ago, which is too long", ago.as_secs())]
    TooOld {
        /// Time since `iat`.
        ago: Duration,
    },
    /// It does not grant the scopes that are needed.
    #[error("the token does not grant the scopes that are needed")]
    Scope {
        /// What a token would need, as a value of `scope` (RFC 6750 §3). Of scopes of which any is enough, the first.
        needed: String,
    },
    /// The login behind it is too weak or too long ago (RFC 9470).
    #[error(transparent)]
    StepUp(Box<StepUp>),
    /// It is bound otherwise than it was presented.
    #[error(transparent)]
    Binding(BindingProblem),
    /// The DPoP proof is missing or wrong (RFC 9449 §4.3).
    #[error(transparent)]
    DpopProof(ProofError),
    /// The DPoP proof must carry a nonce of this server (RFC 9449 §9).
    #[error("the dpop proof needs this server's nonce")]
    UseDpopNonce {
        /// The nonce to use, for the header `DPoP-Nonce`; it is no secret.
        nonce: String,
    },
    /// Whether the DPoP proof was used before cannot be told now; it may be good.
    #[error(transparent)]
    ReplayUnknown(ReplayError),
    /// The issuer's answer contradicts this claim of the token.
    #[error("the issuer's answer contradicts the token's `{0}`")]
    IntrospectionMismatch(&'static str),
    /// It cannot be checked now; it may be good.
    #[error("the token cannot be checked: {0}")]
    KeysUnavailable(DocumentError),
    /// Its issuer, when asked, said that it is not active: unknown, expired, revoked, or not for the one who asks
    /// (RFC 7662 §2.2).
    #[error("the issuer says that the token is not active")]
    Inactive,
    /// Its issuer was to be asked, and nobody was named to ask it.
    #[error("the token's issuer cannot be asked: no way to ask it was given")]
    NoRevocationCheck,
    /// Its issuer could not be asked, or gave no answer that can be understood; the token may be good.
    #[error("the token cannot be checked: {0}")]
    IntrospectionUnavailable(IntrospectionError),
}

impl Rejection {
    /// Returns a stable name for this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::Request(problem) => problem.code(),
            Self::Malformed(error) | Self::Signature(error) => error.code(),
            Self::Algorithm(_) => "algorithm_refused",
            Self::Type => "wrong_type",
            Self::IdToken(_) => "id_token_presented",
            Self::IdTokenRule(error) => error.code(),
            Self::MissingClaim(_) => "missing_claim",
            Self::RequiredClaim(mismatch) => mismatch.code(),
            Self::UnfitClaims => "unfit_claims",
            Self::Issuer => "wrong_issuer",
            Self::UnknownIssuer => "unknown_issuer",
            Self::IssuerType => "issuer_not_text",
            Self::TooManyNewIssuers => "too_many_new_issuers",
            Self::Audience => "wrong_audience",
            Self::UntrustedAudience => "untrusted_audience",
            Self::AuthorizedParty => "wrong_azp",
            Self::Expired { .. } => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::TooOld { .. } => "issued_too_long_ago",
            Self::Scope { .. } => "insufficient_scope",
            Self::StepUp(step_up) => step_up.code(),
            Self::BindingRequired => "binding_required",
            Self::Binding(problem) => problem.code(),
            Self::DpopProof(error) => error.code(),
            Self::UseDpopNonce { .. } => "use_dpop_nonce",
            Self::ReplayUnknown(error) => error.code(),
            Self::Inactive => "inactive",
            Self::IntrospectionMismatch(_) => "introspection_mismatch",
            Self::NoRevocationCheck => "no_revocation_check",
            Self::IntrospectionUnavailable(error) => error.rejection_code(),
            Self::KeysUnavailable(_) => "keys_unavailable",
        }
    }

    /// Returns who has to act: the one who presented the token, the person behind it for a stronger login, and
    /// somebody else only while it cannot be checked or its issuer contradicts itself.
    pub fn blame(&self) -> Blame {
        match self {
            Self::ReplayUnknown(error) => error.blame(),
            Self::KeysUnavailable(error) => error.blame(),
            Self::IntrospectionUnavailable(error) => error.blame(),
            Self::TooManyNewIssuers => Blame::Network,
            Self::IntrospectionMismatch(_) => Blame::Provider,
            Self::StepUp(_) => Blame::User,
            _ => Blame::Caller,
        }
    }

    /// Returns how long to wait before the same token is worth another try, if the issuer said so.
    pub fn retry_after(&self) -> Option<Duration> {
        let advice = match self {
            Self::KeysUnavailable(error) => error.advice(),
            Self::IntrospectionUnavailable(error) => error.advice(),
            _ => return None,
        };
        match advice {
            Advice::RetryAfter(asked) => asked,
            _ => None,
        }
    }
}
