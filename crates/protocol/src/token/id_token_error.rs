//! Why an ID token was refused: one kind per rule (OpenID Connect Core §3.1.3.7 and §12.2).

use std::time::Duration;

use keyfob_jose::JoseError;

use crate::error::{Advice, Blame};

/// The rule that an ID token broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It cannot be read, or its signature is not the issuer's.
    #[error("the ID token was refused: {0}")]
    Jose(#[from] JoseError),
    /// It is another kind of token by its `typ`, such as an access token (RFC 9068 §2.1).
    #[error("the token is not an ID token: its type is {found}")]
    Type {
        /// The cleaned `typ`.
        found: String,
    },
    /// A required claim is absent.
    #[error("the ID token lacks the claim {claim}")]
    Missing {
        /// The claim's name.
        claim: &'static str,
    },
    /// `iss` is not the issuer.
    #[error("the ID token is from issuer {found}, not from {expected}")]
    Issuer {
        /// The issuer of this login.
        expected: String,
        /// The cleaned `iss`.
        found: String,
    },
    /// `aud` does not hold the client, or holds an audience that is not trusted.
    #[error("the ID token is not for this client alone")]
    Audience,
    /// `azp` is not the client, or is absent beside several audiences.
    #[error("the ID token was issued to another party than this client")]
    AuthorizedParty,
    /// `alg` is not among the allowed ones.
    #[error("the ID token is signed with {found}, which is not allowed for it")]
    Algorithm {
        /// The `alg`.
        found: &'static str,
    },
    /// `exp` has passed.
    #[error("the ID token expired {} seconds ago, unless a clock is off", .ago.as_secs())]
    Expired {
        /// How long ago.
        ago: Duration,
    },
    /// `nbf` or `iat` is still to come.
    #[error("the ID token is from the future, or a clock is off: {claim} is {} seconds ahead", .ahead.as_secs())]
    Future {
        /// The claim's name.
        claim: &'static str,
        /// How far ahead of the clock.
        ahead: Duration,
    },
    /// `nonce` is absent or not the one that was sent.
    #[error("the ID token does not belong to this login: its nonce is not the one that was sent")]
    Nonce,
    /// `acr` is not among the accepted ones.
    #[error("the login was not made in one of the ways that were asked for (acr)")]
    Acr,
    /// `auth_time` is longer ago than `max_age` allows.
    #[error("the login is older than was asked for (max_age)")]
    AuthTime,
    /// `at_hash` is not that of the access token.
    #[error("the access token does not belong to the ID token (at_hash)")]
    AccessTokenHash,
    /// `c_hash` is not that of the code.
    #[error("the code does not belong to the ID token (c_hash)")]
    CodeHash,
    /// After a refresh, a claim differs from the original one's (§12.2).
    #[error("the refreshed ID token does not continue the original one: {claim} changed")]
    Changed {
        /// The claim's name.
        claim: &'static str,
    },
}

impl IdTokenError {
    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Jose(error) => jose_code(error),
            Self::Type { .. } => "id_token_type",
            Self::Missing { .. } => "id_token_missing_claim",
            Self::Issuer { .. } => "id_token_issuer",
            Self::Audience => "id_token_audience",
            Self::AuthorizedParty => "id_token_azp",
            Self::Algorithm { .. } => "id_token_algorithm",
            Self::Expired { .. } => "id_token_expired",
            Self::Future { .. } => "id_token_future",
            Self::Nonce => "id_token_nonce",
            Self::Acr => "id_token_acr",
            Self::AuthTime => "id_token_auth_time",
            Self::AccessTokenHash => "id_token_at_hash",
            Self::CodeHash => "id_token_c_hash",
            Self::Changed { .. } => "id_token_changed",
        }
    }

    /// What to try next.
    pub const fn advice(&self) -> Advice {
        match self {
            Self::AuthTime | Self::Acr | Self::Changed { .. } => Advice::LoginAgain,
            Self::Algorithm { .. } | Self::Audience => Advice::FixConfiguration,
            _ => Advice::Never,
        }
    }

    /// Who can do something about it; a wrong time is first of all a wrong clock on this side.
    pub const fn blame(&self) -> Blame {
        match self {
            Self::AuthTime | Self::Acr => Blame::User,
            Self::Expired { .. } | Self::Future { .. } | Self::Algorithm { .. } => Blame::Caller,
            _ => Blame::Provider,
        }
    }

    /// True when no known key fits: the key set may be out of date.
    pub fn is_unknown_key(&self) -> bool {
        *self == Self::Jose(JoseError::UnknownKey)
    }

    /// True when a clock that is off, or was, here or there, would explain it.
    pub fn may_be_clock(&self) -> bool {
        matches!(
            self,
            Self::Expired { .. }
                | Self::Future { .. }
                | Self::Changed {
                    claim: "iat" | "auth_time"
                }
        )
    }
}

/// The codes of what jose refuses, told apart from the same in other tokens.
const fn jose_code(error: &JoseError) -> &'static str {
    match error {
        JoseError::UnknownKey => "id_token_unknown_key",
        JoseError::BadSignature => "id_token_bad_signature",
        JoseError::UnsupportedAlgorithm(_) => "id_token_algorithm",
        JoseError::EncryptedToken => "id_token_encrypted",
        JoseError::KeyMismatch { .. } | JoseError::WeakKey(_) => "id_token_key",
        _ => "id_token_malformed",
    }
}
