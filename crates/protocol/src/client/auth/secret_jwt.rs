//! `client_secret_jwt`: an assertion signed with the client secret (OpenID Connect Core §9).

use std::time::SystemTime;

use keyfob_jose::{Algorithm, Secret, SigningKey};

use super::assertion;
use crate::error::ProtocolError;
use crate::exchange::Form;

pub(super) fn apply(
    form: &mut Form,
    client_id: &str,
    secret: &Secret,
    algorithm: Algorithm,
    audience: &str,
    now: SystemTime,
) -> Result<(), ProtocolError> {
    let key = SigningKey::hmac(secret, algorithm)?;
    assertion::apply(form, client_id, &key, audience, now)
}
