//! `password`: resource owner password credentials (RFC 6749 §4.3; removed in OAuth 2.1).

use keyfob_jose::Secret;

use super::TokenRequest;
use crate::exchange::Repeat;

impl TokenRequest {
    /// Trades a person's name and password for a token.
    ///
    /// Repeated attempts may lock an account, so it is not repeated once it may have arrived.
    pub fn password(username: impl Into<String>, password: Secret) -> Self {
        Self::new("password", Repeat::OnlyIfUnsent)
            .with("username", username.into())
            .with("password", password)
    }
}
