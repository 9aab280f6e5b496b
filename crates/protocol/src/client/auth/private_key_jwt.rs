//! `private_key_jwt`: an assertion signed with the client's own key (OpenID Connect Core §9).

use std::time::SystemTime;

use keyfob_jose::SigningKey;

use super::assertion;
use crate::error::ProtocolError;
use crate::exchange::Form;

pub(super) fn apply(
    form: &mut Form,
    client_id: &str,
    key: &SigningKey,
    audience: &str,
    now: SystemTime,
) -> Result<(), ProtocolError> {
    if key.algorithm().is_symmetric() {
        return Err(ProtocolError::Unsupported {
            what: "private_key_jwt with a shared secret",
        });
    }
    assertion::apply(form, client_id, key, audience, now)
}
