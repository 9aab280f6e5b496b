//! The protected header (RFC 7515 §4).

use serde_json::{Map, Value};

use crate::Algorithm;

/// A token's protected header. Nothing in it is trusted before the signature is verified.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Header {
    /// `alg`: how the token is signed.
    pub alg: Algorithm,
    /// `kid`: the signer's name for its key.
    pub kid: Option<String>,
    /// `typ`: what the token is, as written; compare with [`Header::has_type`].
    pub typ: Option<String>,
    /// `cty`: what the payload is.
    pub cty: Option<String>,
    /// Every other member, uninterpreted: `jwk`, `jku`, `x5u` and `x5c` are never followed.
    pub extra: Map<String, Value>,
}

impl Header {
    /// Tells whether `typ` is this media type, in any case, with or without `application/` (RFC 7515 §4.1.9).
    pub fn has_type(&self, media_type: &str) -> bool {
        let _ = media_type;
        unimplemented!()
    }
}
