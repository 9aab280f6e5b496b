//! `device_code`: one poll (RFC 8628 §3.4).

use keyfob_jose::Secret;

use super::TokenRequest;
use crate::exchange::Repeat;

impl TokenRequest {
    /// Asks whether the person has approved; the answer is a [`Poll`](crate::Poll).
    pub fn device_code(device_code: Secret) -> Self {
        Self::new(
            "urn:ietf:params:oauth:grant-type:device_code",
            Repeat::OnlyIfUnsent,
        )
        .with("device_code", device_code)
    }
}
