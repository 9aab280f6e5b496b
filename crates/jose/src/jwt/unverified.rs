//! Looking into a token without verifying it: for display only.

use serde_json::{Map, Value};

use crate::json::{self, Limits};
use crate::jws::split;
use crate::{JoseError, base64url};

/// A token's parts that nobody has verified.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Unverified {
    /// The header, with any `alg`.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

/// Takes a JWT apart for a human to look at; any `alg` and any signature pass, so never decide by it.
///
/// # Errors
/// `malformed_token`, `encrypted_token`, `malformed_base64url`, `malformed_json`, `duplicate_member` or `too_large`.
pub fn decode_unverified(token: &str) -> Result<Unverified, JoseError> {
    let (header, claims, _) = split(token)?;
    Ok(Unverified {
        header: json::object(&base64url::decode(header)?, Limits::TOKEN)?,
        claims: json::object(&base64url::decode(claims)?, Limits::TOKEN)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_the_verifier_would_refuse() {
        let shown = decode_unverified("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.").unwrap();
        assert_eq!(shown.header.get("alg"), Some(&Value::from("none")));
        assert_eq!(shown.claims.get("sub"), Some(&Value::from("alice")));
    }

    #[test]
    fn opaque_and_encrypted_tokens_are_told_apart() {
        assert_eq!(
            decode_unverified("opaque").unwrap_err().code(),
            "malformed_token"
        );
        assert_eq!(
            decode_unverified("a.b.c.d.e").unwrap_err().code(),
            "encrypted_token"
        );
    }
}
