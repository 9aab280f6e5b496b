//! `authorization_code` with PKCE (RFC 6749 §4.1.3, RFC 7636 §4.5).

use keyfob_jose::Secret;

use super::TokenRequest;
use crate::authorize::AuthorizationCode;
use crate::exchange::Repeat;

impl TokenRequest {
    /// Redeems a code; [`Pending::redeem`](crate::Pending::redeem) fills in the rest.
    pub fn authorization_code(
        code: AuthorizationCode,
        redirect_uri: impl Into<String>,
        code_verifier: Secret,
    ) -> Self {
        Self::new("authorization_code", Repeat::OnlyIfUnsent)
            .with("code", code.into_secret())
            .with("redirect_uri", redirect_uri.into())
            .with("code_verifier", code_verifier)
    }
}
