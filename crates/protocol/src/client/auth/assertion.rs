//! The client assertion that both JWT authentications send (RFC 7523 §2.2 and §3).

use std::time::SystemTime;

use keyfob_jose::{Audience, Claims, HeaderFields, NumericDate, SigningKey, jws, random};

use crate::error::ProtocolError;
use crate::exchange::Form;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Long enough for a clock that is minutes off, short enough to be worthless soon. In seconds.
const LIFETIME: u64 = 300;

pub(super) fn apply(
    form: &mut Form,
    client_id: &str,
    key: &SigningKey,
    audience: &str,
    now: SystemTime,
) -> Result<(), ProtocolError> {
    let issued = NumericDate::from_system_time(now);
    let claims = Claims {
        iss: Some(client_id.to_owned()),
        sub: Some(client_id.to_owned()),
        aud: Some(Audience::One(audience.to_owned())),
        iat: Some(issued),
        nbf: Some(issued),
        exp: Some(NumericDate::from_secs(issued.as_secs() + LIFETIME)),
        jti: Some(random::token(16)?),
        ..Claims::default()
    };
    let assertion = jws::sign(key, &HeaderFields::typ("JWT"), &claims.to_json())?;
    form.push("client_assertion_type", ASSERTION_TYPE);
    form.push("client_assertion", &assertion);
    Ok(())
}
