//! Whose token it claims to be (RFC 7519 §4.1.1), before anything of it is believed.

use keyfob_jose::{CompactJws, jwt};
use serde_json::Value;

use crate::rejection::Rejection;

/// Returns the `iss` that a token claims: good for choosing whose rules to check it by, and for nothing else.
pub(super) fn issuer(token: &str) -> Result<String, Rejection> {
    CompactJws::parse(token).map_err(Rejection::Malformed)?;
    let mut claims = jwt::decode_unverified(token)
        .map_err(Rejection::Malformed)?
        .claims;
    match claims.remove("iss") {
        Some(Value::String(issuer)) => Ok(issuer),
        Some(_) => Err(Rejection::IssuerType),
        None => Err(Rejection::MissingClaim("iss")),
    }
}
