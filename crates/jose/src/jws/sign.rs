//! Making a compact JWS (RFC 7515 §5.1).

use serde_json::{Map, Value};

use crate::base64url::encode_append;
use crate::{JoseError, SigningKey};

/// The header members that the signer chooses; `alg` and `kid` come from the key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HeaderFields {
    /// `typ`.
    pub typ: Option<String>,
    /// `cty`.
    pub cty: Option<String>,
    /// Any other member. `alg` and `kid` in here are overruled by the key's.
    pub extra: Map<String, Value>,
}

impl HeaderFields {
    /// Starts with a `typ`, such as `JWT` or `at+jwt`.
    pub fn typ(typ: impl Into<String>) -> Self {
        Self {
            typ: Some(typ.into()),
            ..Self::default()
        }
    }

    /// Adds a member.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }
}

/// Signs a payload.
///
/// # Errors
/// `crypto_failed` if the library refuses to sign.
pub fn sign(key: &SigningKey, fields: &HeaderFields, payload: &[u8]) -> Result<String, JoseError> {
    let mut token = String::new();
    encode_append(header(key, fields).to_string(), &mut token);
    token.push('.');
    encode_append(payload, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    encode_append(signature, &mut token);
    Ok(token)
}

fn header(key: &SigningKey, fields: &HeaderFields) -> Value {
    let mut header = fields.extra.clone();
    header.insert("alg".to_owned(), key.algorithm().as_str().into());
    let texts = [
        ("kid", key.kid()),
        ("typ", fields.typ.as_deref()),
        ("cty", fields.cty.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            header.insert(name.to_owned(), text.into());
        }
    }
    Value::Object(header)
}
