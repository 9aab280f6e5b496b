//! Why a token was not accepted.

use std::time::Duration;

use keyfob_jose::{Algorithm, JoseError};
use keyfob_protocol::Blame;
use keyfob_transport::{DocumentError, KeySetError};

use crate::introspection::IntrospectionError;
use crate::required::ClaimMismatch;

/// Says why a token was not accepted. Nothing of the token is in it but names of claims and algorithms.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// It is no token, or one that breaks the rules of JWS and JWT.
    #[error(transparent)]
    Malformed(JoseError),
    /// It is signed with an algorithm that this verifier does not accept.
    #[error("tokens signed with {0} are not accepted")]
    Algorithm(Algorithm),
    /// Its `typ` is not that of an access token (RFC 9068 §4).
    #[error("the token's type is not that of an access token")]
    Type,
    /// It carries the claim named, which belongs to ID tokens.
    #[error("an id token is not an access token (it carries `{0}`)")]
    IdToken(&'static str),
    /// No key of the issuer signed it: `unknown_key` or `bad_signature`.
    #[error(transparent)]
    Signature(JoseError),
    /// A required claim is missing or empty.
    #[error("the token has no `{0}`")]
    MissingClaim(&'static str),
    /// It does not carry a claim that this verifier requires.
    #[error(transparent)]
    RequiredClaim(ClaimMismatch),
    /// It grants none of the scopes that this verifier asks for.
    #[error("the token grants none of the scopes that are needed")]
    Scope,
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
    /// It cannot be checked now; it may be good.
    #[error("the token cannot be checked: {0}")]
    KeysUnavailable(DocumentError),
    /// Its issuer, when asked, said that it is not active: unknown, expired, revoked, or not for the one who asks
    /// (RFC 7662 §2.2).
    #[error("the issuer says that the token is not active")]
    Inactive,
    /// Its issuer could not be asked; it may be good.
    #[error("the token cannot be checked: {0}")]
    IntrospectionUnavailable(IntrospectionError),
}

impl Rejection {
    /// Returns a stable name for this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(error) | Self::Signature(error) => error.code(),
            Self::Algorithm(_) => "algorithm_refused",
            Self::Type => "wrong_type",
            Self::IdToken(_) => "id_token_presented",
            Self::MissingClaim(_) => "missing_claim",
            Self::RequiredClaim(mismatch) => mismatch.code(),
            Self::Scope => "insufficient_scope",
            Self::Issuer => "wrong_issuer",
            Self::UnknownIssuer => "unknown_issuer",
            Self::IssuerType => "issuer_not_text",
            Self::TooManyNewIssuers => "too_many_new_issuers",
            Self::Audience => "wrong_audience",
            Self::Expired { .. } => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::BindingRequired => "binding_required",
            Self::KeysUnavailable(_) => "keys_unavailable",
            Self::Inactive => "inactive",
            Self::IntrospectionUnavailable(_) => "introspection_unavailable",
        }
    }

    /// Returns who has to act: the one who presented the token, unless the keys cannot be had.
    pub fn blame(&self) -> Blame {
        match self {
            Self::KeysUnavailable(error) => error.blame(),
            Self::IntrospectionUnavailable(error) => error.blame(),
            Self::TooManyNewIssuers => Blame::Network,
            _ => Blame::Caller,
        }
    }
}

impl From<KeySetError> for Rejection {
    fn from(error: KeySetError) -> Self {
        match error {
            KeySetError::Unavailable(error) => Self::KeysUnavailable(error),
            KeySetError::Refused(error) => signature(error),
            // The enum may grow; a token that was not verified is not accepted.
            _ => Self::Signature(JoseError::BadSignature),
        }
    }
}

/// Sorts what a key set says about a token.
pub(crate) fn signature(error: JoseError) -> Rejection {
    match error {
        JoseError::UnknownKey | JoseError::BadSignature => Rejection::Signature(error),
        other => Rejection::Malformed(other),
    }
}
