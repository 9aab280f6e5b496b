//! The protected header (RFC 7515 §4).

use serde_json::{Map, Value};

use crate::{Algorithm, JoseError, json};

/// A token's protected header. Nothing in it is trusted before the signature is verified.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Header {
    /// `alg`: how the token is signed.
    pub alg: Algorithm,
    /// `kid`: the signer's name for its key; a text to compare, never a path, query or URL.
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
        let Some(typ) = self.typ.as_deref() else {
            return false;
        };
        short(typ).eq_ignore_ascii_case(short(media_type))
    }

    /// Reads the decoded header. `crit` is refused whatever it names, as no extension is supported.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, JoseError> {
        let names = ["alg", "kid", "typ", "cty", "crit", "b64"];
        let ([alg, kid, typ, cty, crit, b64], extra) =
            json::members(bytes, json::Limits::TOKEN, WHAT, names)?;
        if matches!(b64, Some(Value::Bool(false))) {
            return Err(JoseError::UnencodedPayload);
        }
        if crit.is_some() || b64.is_some() {
            return Err(JoseError::CriticalHeader);
        }
        let alg = text(alg)?.ok_or(JoseError::Json {
            what: WHAT,
            why: "`alg` is missing",
        })?;
        Ok(Self {
            alg: alg.parse()?,
            kid: text(kid)?,
            typ: text(typ)?,
            cty: text(cty)?,
            extra,
        })
    }
}

const WHAT: &str = "the token's header";

fn text(value: Option<Value>) -> Result<Option<String>, JoseError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JoseError::Json {
            what: WHAT,
            why: "a registered member is not a text",
        }),
    }
}

fn short(media_type: &str) -> &str {
    match media_type.split_at_checked("application/".len()) {
        Some((prefix, rest))
            if prefix.eq_ignore_ascii_case("application/") && !rest.contains('/') =>
        {
            rest
        }
        _ => media_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_compare_as_media_types() {
        let mut header = Header::parse(br#"{"alg":"ES256","typ":"AT+jwt"}"#).unwrap();
        assert!(header.has_type("at+jwt"));
        assert!(header.has_type("application/at+jwt"));
        assert!(!header.has_type("JWT"));
        header.typ = Some("application/at+jwt".to_owned());
        assert!(header.has_type("at+JWT"));
        header.typ = None;
        assert!(!header.has_type("at+jwt"));
    }

    #[test]
    fn other_members_are_kept_uninterpreted() {
        let header = Header::parse(br#"{"alg":"ES256","jku":"https://evil.example"}"#).unwrap();
        assert_eq!(
            header.extra.get("jku"),
            Some(&Value::from("https://evil.example"))
        );
    }

    #[test]
    fn refuses_headers_without_a_usable_algorithm() {
        for header in [
            "{}",
            "[]",
            r#"{"alg":null}"#,
            r#"{"alg":["ES256"]}"#,
            r#"{"alg":"ES256","kid":1}"#,
        ] {
            assert_eq!(
                Header::parse(header.as_bytes()).unwrap_err().code(),
                "malformed_json",
                "{header}"
            );
        }
    }
}
