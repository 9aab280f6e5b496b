//! `client_credentials`: the client for itself (RFC 6749 §4.4).

use super::TokenRequest;
use crate::exchange::Repeat;

impl TokenRequest {
    /// Asks for a token for the client itself; nothing is used up, so it may be repeated.
    pub fn client_credentials() -> Self {
        Self::new("client_credentials", Repeat::Always)
    }
}
