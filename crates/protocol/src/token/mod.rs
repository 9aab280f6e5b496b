//! What a token endpoint hands out: the response, and the ID token in it.

mod examine;
mod hash;
mod id_token;
mod id_token_error;
mod refreshed;
mod response;
mod rules;

pub use examine::ExaminedRule;
pub use id_token::IdToken;
pub use id_token_error::IdTokenError;
pub use response::TokenResponse;
pub use rules::IdTokenRules;

pub(crate) use rules::verify_signature;

/// What kind of token is meant, for `token_type_hint` (RFC 7009 §2.1, RFC 7662 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenHint {
    /// `access_token`.
    AccessToken,
    /// `refresh_token`.
    RefreshToken,
    /// `id_token`, which some servers know.
    IdToken,
    /// A hint of the server's own.
    Other(String),
}

impl TokenHint {
    /// The value of the parameter.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
            Self::IdToken => "id_token",
            Self::Other(hint) => hint,
        }
    }
}
