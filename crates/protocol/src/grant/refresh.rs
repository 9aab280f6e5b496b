//! `refresh_token` (RFC 6749 §6).

use keyfob_jose::Secret;

use super::TokenRequest;
use crate::exchange::Repeat;

impl TokenRequest {
    /// Redeems a refresh token; it may be good for one use only (RFC 9700 §4.14.2).
    pub fn refresh(refresh_token: Secret) -> Self {
        Self::new("refresh_token", Repeat::OnlyIfUnsent).with("refresh_token", refresh_token)
    }
}
