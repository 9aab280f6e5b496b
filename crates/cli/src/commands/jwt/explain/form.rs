//! What a text is that is used as a token: signed, encrypted, opaque, or damaged.
use keyfob::jose::json::{self, Limits};
use keyfob::jose::{JoseError, base64url, jwt};
use serde_json::{Map, Value};

use super::members;

type Members = Map<String, Value>;

/// The form of a token.
pub(super) enum Form {
    /// A signed JWT (JWS, RFC 7515): header, claims, and the signature's length in bytes.
    Signed(Members, Members, usize),
    /// An encrypted one (JWE, RFC 7516), of which only the header can be read.
    Encrypted(Members),
    /// It has the parts of a JWT and is none.
    Damaged(JoseError),
    /// Nothing that anybody but its issuer can read.
    Opaque,
}

impl Form {
    /// Looks at a token without checking anything.
    pub(super) fn of(token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let header = parts.first().and_then(|part| object(part).ok());
        match (jwt::decode_unverified(token), header, parts.as_slice()) {
            (Ok(found), _, [_, _, signature]) => {
                let signature = base64url::decode(signature).map_or(0, |bytes| bytes.len());
                Self::Signed(found.header, found.claims, signature)
            }
            (Err(error @ JoseError::TooLarge { .. }), ..) => Self::Damaged(error),
            (_, Some(header), [_, _, _, _, _]) => Self::Encrypted(header),
            (Err(error), ..) if token.starts_with("eyJ") => Self::Damaged(error),
            _ => Self::Opaque,
        }
    }

    /// What it is, in one sentence.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Signed(header, claims, _) => {
                format!("This is {}, signed (JWS, RFC 7515).", kind(header, claims))
            }
            Self::Encrypted(_) => {
                "This is an encrypted token (JWE, RFC 7516). Only who holds the key \
                can read its content; keyfob cannot."
                    .to_owned()
            }
            Self::Damaged(error) => format!("This begins like a JWT and is none: {error}."),
            Self::Opaque => {
                "This is an opaque token: no JWT, and only its issuer can say what it means."
                    .to_owned()
            }
        }
    }

    /// A stable word for programs.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Signed(..) => "jws",
            Self::Encrypted(_) => "jwe",
            Self::Damaged(_) => "damaged",
            Self::Opaque => "opaque",
        }
    }
}

/// What kind of JWT it is: by `typ` if that says so, else by the claims that give it away.
pub(super) fn kind(header: &Members, claims: &Members) -> String {
    let typ = header.get("typ").and_then(Value::as_str);
    if let Some((name, meaning, reference)) = typ.and_then(members::of_type)
        && *name != "JWT"
    {
        return format!("{meaning} ({reference})");
    }
    let has = |names: &[&str]| names.iter().any(|name| claims.contains_key(*name));
    let is_id = claims.get("typ").is_some_and(|typ| typ == "ID");
    if is_id || has(&["nonce", "at_hash", "c_hash", "s_hash"]) {
        return "an ID token, by its claims (OpenID Connect Core §2)".to_owned();
    }
    if has(&["events"]) {
        return "an event, by its claims (RFC 8417)".to_owned();
    }
    if has(&["scope", "scp", "client_id", "azp", "cid", "appid"]) {
        return "an access token, by its claims, of an issuer that does not follow RFC 9068"
            .to_owned();
    }
    "a JSON Web Token (RFC 7519)".to_owned()
}

fn object(part: &str) -> Result<Members, JoseError> {
    json::object(&base64url::decode(part)?, Limits::TOKEN)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(value: &Value) -> String {
        base64url::encode(value.to_string())
    }

    #[test]
    fn tells_signed_encrypted_opaque_and_damaged_tokens_apart() {
        let header = part(&json!({"alg": "RS256"}));
        let claims = part(&json!({"sub": "a"}));
        let word = |token: &str| Form::of(token).word();
        assert_eq!(word(&format!("{header}.{claims}.c2ln")), "jws");
        assert_eq!(word(&format!("{header}.a.b.c.d")), "jwe");
        assert_eq!(word("a.b.c.d.e"), "opaque");
        assert_eq!(word("v2.local.abc"), "opaque");
        assert_eq!(word(""), "opaque");
        assert_eq!(word(&format!("{header}.{claims}")), "damaged");
        assert_eq!(word(&format!("{header}.bm9uZQ.c2ln")), "damaged");
    }

    #[test]
    fn names_the_kind_by_type_and_else_by_claims() {
        let kind = |header: Value, claims: Value| {
            let members = |value: Value| value.as_object().cloned().unwrap_or_default();
            kind(&members(header), &members(claims))
        };
        assert!(
            kind(json!({"typ": "at+jwt"}), json!({"nonce": 1}))
                .starts_with("an access token (RFC 9068")
        );
        assert!(kind(json!({"typ": "JWT"}), json!({"nonce": "a"})).starts_with("an ID token"));
        assert!(kind(json!({}), json!({"scp": "a"})).starts_with("an access token, by its claims"));
        assert!(kind(json!({}), json!({})).starts_with("a JSON Web Token"));
    }
}
