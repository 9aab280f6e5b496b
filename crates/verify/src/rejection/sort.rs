//! Errors of the lower crates, sorted into reasons.

use keyfob_jose::JoseError;
use keyfob_transport::KeySetError;

use super::Rejection;

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
