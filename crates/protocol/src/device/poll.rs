//! The answer to one poll (RFC 8628 §3.5).

use crate::error::ProtocolError;
use crate::exchange::Response;
use crate::token::TokenResponse;

/// How far the person is.
#[derive(Clone, Debug)]
pub enum Poll {
    /// `authorization_pending`: ask again after the interval.
    Pending,
    /// `slow_down`: ask again, and from now on 5 seconds less often.
    SlowDown,
    /// Approved; here is the token.
    Done(TokenResponse),
}

impl Poll {
    /// Reads the answer to a poll.
    ///
    /// # Errors
    /// `oauth_error` with `access_denied` or `expired_token` ends the login; everything that
    /// [`TokenResponse::read`] fails with.
    pub fn read(response: &Response) -> Result<Self, ProtocolError> {
        match TokenResponse::read(response) {
            Ok(token) => Ok(Self::Done(token)),
            Err(error) => match error.oauth_error() {
                Some("authorization_pending") => Ok(Self::Pending),
                Some("slow_down") => Ok(Self::SlowDown),
                _ => Err(error),
            },
        }
    }
}
