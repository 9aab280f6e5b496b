//! The claims set (RFC 7519 §4).

use serde_json::{Map, Value};

use super::NumericDate;
use crate::{JoseError, json};

/// The registered claims, typed, and all others as values.
///
/// ```
/// use keyfob_jose::Claims;
///
/// let claims = Claims::parse(br#"{"iss":"https://as.example","aud":["a","b"],"exp":1300819380,"acr":"1"}"#)?;
/// assert!(claims.is_for("b"));
/// assert_eq!(claims.exp.map(|exp| exp.as_secs()), Some(1_300_819_380));
/// assert_eq!(claims.text("acr"), Some("1"));
/// # Ok::<(), keyfob_jose::JoseError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims {
    /// `iss`: who issued the token.
    pub iss: Option<String>,
    /// `sub`: whom it is about.
    pub sub: Option<String>,
    /// `aud`: whom it is for.
    pub aud: Option<Audience>,
    /// `exp`: not to be accepted at or after this time.
    pub exp: Option<NumericDate>,
    /// `nbf`: not to be accepted before this time.
    pub nbf: Option<NumericDate>,
    /// `iat`: when it was issued.
    pub iat: Option<NumericDate>,
    /// `jti`: its unique name.
    pub jti: Option<String>,
    /// Every other claim.
    pub extra: Map<String, Value>,
}

/// `aud`: one recipient or several (RFC 7519 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// A single text.
    One(String),
    /// An array of texts.
    Many(Vec<String>),
}

impl Claims {
    /// Reads claims strictly.
    ///
    /// # Errors
    /// `malformed_claim`, `malformed_json`, `duplicate_member` or `too_large`.
    pub fn parse(payload: &[u8]) -> Result<Self, JoseError> {
        let names = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
        let limits = json::Limits::TOKEN;
        let ([iss, sub, aud, exp, nbf, iat, jti], extra) =
            json::members(payload, limits, "the claims", names)?;
        Ok(Self {
            iss: text("iss", iss)?,
            sub: text("sub", sub)?,
            aud: aud.map(Audience::read).transpose()?,
            exp: date("exp", exp)?,
            nbf: date("nbf", nbf)?,
            iat: date("iat", iat)?,
            jti: text("jti", jti)?,
            extra,
        })
    }

    /// Tells whether `aud` names this recipient; without `aud` the answer is no.
    pub fn is_for(&self, recipient: &str) -> bool {
        self.aud.as_ref().is_some_and(|aud| aud.contains(recipient))
    }

    /// Returns a claim that is not a registered one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.extra.get(name)
    }

    /// Returns a claim that is not a registered one, if it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.extra.get(name)?.as_str()
    }

    /// Returns the claims as one JSON object.
    pub fn to_value(&self) -> Value {
        let mut object = self.extra.clone();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        };
        put("iss", self.iss.clone().map(Value::from));
        put("sub", self.sub.clone().map(Value::from));
        put("aud", self.aud.clone().map(Value::from));
        put("exp", self.exp.map(Value::from));
        put("nbf", self.nbf.map(Value::from));
        put("iat", self.iat.map(Value::from));
        put("jti", self.jti.clone().map(Value::from));
        Value::Object(object)
    }

    /// Returns the claims as JSON text, ready to sign.
    pub fn to_json(&self) -> Vec<u8> {
        self.to_value().to_string().into_bytes()
    }
}

impl Audience {
    /// Tells whether this recipient is among them.
    pub fn contains(&self, recipient: &str) -> bool {
        self.as_slice().iter().any(|one| one == recipient)
    }

    /// Returns the recipients.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    fn read(value: Value) -> Result<Self, JoseError> {
        let wrong = JoseError::Claim {
            claim: "aud",
            why: "is neither a text nor an array of texts",
        };
        match value {
            Value::String(one) => Ok(Self::One(one)),
            Value::Array(many) => many
                .into_iter()
                .map(|item| match item {
                    Value::String(one) => Ok(one),
                    _ => Err(wrong.clone()),
                })
                .collect::<Result<_, _>>()
                .map(Self::Many),
            _ => Err(wrong),
        }
    }
}

impl From<String> for Audience {
    fn from(one: String) -> Self {
        Self::One(one)
    }
}

impl From<&str> for Audience {
    fn from(one: &str) -> Self {
        Self::One(one.to_owned())
    }
}

impl From<Vec<String>> for Audience {
    fn from(many: Vec<String>) -> Self {
        Self::Many(many)
    }
}

impl From<Audience> for Value {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::One(one) => one.into(),
            Audience::Many(many) => many.into(),
        }
    }
}

fn text(claim: &'static str, value: Option<Value>) -> Result<Option<String>, JoseError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JoseError::Claim {
            claim,
            why: "is not a text",
        }),
    }
}

fn date(claim: &'static str, value: Option<Value>) -> Result<Option<NumericDate>, JoseError> {
    let Some(value) = value else { return Ok(None) };
    NumericDate::read(&value)
        .map(Some)
        .map_err(|why| JoseError::Claim { claim, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_round_trip() {
        let json = br#"{"aud":["a"],"exp":10.5,"extra":{"deep":[1,null]},"iat":9,"iss":"i","jti":"j","nbf":8,"sub":"s"}"#;
        let claims = Claims::parse(json).unwrap();
        assert_eq!(claims.to_json(), json);
        assert_eq!(Claims::parse(&claims.to_json()).unwrap(), claims);
    }

    #[test]
    fn refuses_registered_claims_of_the_wrong_type() {
        for json in [
            r#"{"iss":1}"#,
            r#"{"sub":null}"#,
            r#"{"jti":[]}"#,
            r#"{"aud":{}}"#,
            r#"{"aud":["a",1]}"#,
        ] {
            assert_eq!(
                Claims::parse(json.as_bytes()).unwrap_err().code(),
                "malformed_claim",
                "{json}"
            );
        }
    }

    #[test]
    fn no_audience_is_for_nobody() {
        assert!(!Claims::default().is_for(""));
        assert!(!Claims::parse(br#"{"aud":[]}"#).unwrap().is_for(""));
        assert!(
            !Claims::parse(br#"{"aud":"client-1"}"#)
                .unwrap()
                .is_for("client")
        );
    }
}
