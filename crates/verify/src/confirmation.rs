//! What a token is bound to: its `cnf` claim (RFC 7800 §3, RFC 8705 §3.1, RFC 9449 §6.1).

use serde_json::Value;

/// The key or certificate whose holder alone may use the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    jkt: Option<String>,
    x5t_s256: Option<String>,
    others: bool,
}

impl Confirmation {
    /// Returns `jkt`: the SHA-256 thumbprint of the DPoP key, in base64url.
    pub fn jkt(&self) -> Option<&str> {
        self.jkt.as_deref()
    }

    /// Returns `x5t#S256`: the SHA-256 hash of the client's certificate, in base64url.
    pub fn x5t_s256(&self) -> Option<&str> {
        self.x5t_s256.as_deref()
    }

    /// Tells whether there is anything in the claim but those two texts, or nothing at all: keyfob knows no proof for it.
    pub fn asks_for_more(&self) -> bool {
        self.others || (self.jkt.is_none() && self.x5t_s256.is_none())
    }

    /// Reads the claim; one that is no object asks for something that nobody knows.
    pub(crate) fn of(cnf: Option<Value>) -> Self {
        let Some(Value::Object(mut members)) = cnf else {
            return Self {
                jkt: None,
                x5t_s256: None,
                others: true,
            };
        };
        let mut text = |name: &str| match members.remove(name) {
            Some(Value::String(text)) => (Some(text), false),
            other => (None, other.is_some()),
        };
        let (jkt, odd_jkt) = text("jkt");
        let (x5t_s256, odd_x5t) = text("x5t#S256");
        Self {
            jkt,
            x5t_s256,
            others: odd_jkt || odd_x5t || !members.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_one_of_the_two_texts_asks_for_more() {
        let read = |json: &str| Confirmation::of(serde_json::from_str(json).ok());
        for (json, jkt, x5t, more) in [
            (r#"{"jkt":"a"}"#, Some("a"), None, false),
            (r#"{"x5t#S256":"b"}"#, None, Some("b"), false),
            (r#"{"jkt":"a","x5t#S256":"b"}"#, Some("a"), Some("b"), false),
            (r#"{"jkt":"a","kid":"c"}"#, Some("a"), None, true),
            (r#"{"jkt":"a","x5t#S256":1}"#, Some("a"), None, true),
            (r#"{"jwk":{}}"#, None, None, true),
            ("{}", None, None, true),
            ("null", None, None, true),
            (r#""a""#, None, None, true),
        ] {
            let cnf = read(json);
            let found = (cnf.jkt(), cnf.x5t_s256(), cnf.asks_for_more());
            assert_eq!(found, (jkt, x5t, more), "{json}");
        }
    }
}
