//! The kinds of credential that one token file can hold, and what each needs.

use crate::Document;
use crate::credential::InvalidCredential;

/// What a credential is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A token response (RFC 6749 §5.1): `access_token`, `refresh_token`, `id_token`.
    #[default]
    Tokens,
    /// A fixed key with the scheme that it is sent with: `api_key`, `bearer_token_prefix`.
    ApiKey,
    /// The key of planet-auth's legacy login, and the token that it was taken from: `key`, `jwt`.
    LegacyKey,
}

impl CredentialKind {
    /// Checks that everything is there that makes a document a credential of this kind.
    pub(super) fn check(self, document: &Document) -> Result<(), InvalidCredential> {
        let has = |name: &str| document.text(name).is_some();
        let why = match self {
            Self::Tokens
                if ["access_token", "id_token", "refresh_token"]
                    .into_iter()
                    .any(has) =>
            {
                return Ok(());
            }
            Self::Tokens => "it holds neither access token, nor refresh token, nor ID token",
            Self::ApiKey if !has("api_key") => "it holds no api_key",
            // An empty scheme is one: the key is then sent alone.
            Self::ApiKey
                if document
                    .get("bearer_token_prefix")
                    .is_none_or(|it| !it.is_string()) =>
            {
                "it holds no bearer_token_prefix"
            }
            Self::LegacyKey if !has("key") => "it holds no key",
            Self::LegacyKey
                if document
                    .get("jwt")
                    .is_some_and(|it| !it.is_string() && !it.is_null()) =>
            {
                "its jwt is no string"
            }
            Self::ApiKey | Self::LegacyKey => return Ok(()),
        };
        Err(InvalidCredential::because(why))
    }
}
