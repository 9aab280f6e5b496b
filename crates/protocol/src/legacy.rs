//! The legacy login of planet-auth: user name and password for an API key. No OAuth, and nothing else speaks it.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use keyfob_jose::{Secret, jwt};

use crate::error::ProtocolError;
use crate::exchange::{self, Endpoint, Repeat, Request, RequestPolicy, Response};
use crate::{text, url_policy};

/// Asks for the API key of an account.
///
/// ```
/// use keyfob_protocol::LegacyLoginRequest;
/// use keyfob_protocol::jose::Secret;
///
/// let request = LegacyLoginRequest::new("ann@example.com", Secret::new("correct horse"));
/// let sent = request.request("https://api.example/login")?;
/// assert_eq!(sent.headers()["content-type"], "application/json");
/// # Ok::<(), keyfob_protocol::ProtocolError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LegacyLoginRequest {
    email: String,
    password: Secret,
}

/// The key, and the token that it was taken from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LegacyKey {
    /// The API key: visible ASCII only, so it fits into a header.
    pub key: Secret,
    /// The token, as it came. Nothing about it was verified: the server that signed it is its only reader.
    pub jwt: Secret,
}

const ANSWER: &str = "the answer to the legacy login";

impl LegacyLoginRequest {
    /// Logs in with this account.
    pub fn new(email: impl Into<String>, password: Secret) -> Self {
        Self {
            email: email.into(),
            password,
        }
    }

    /// Checks an address without sending anything there.
    ///
    /// # Errors
    /// As [`LegacyLoginRequest::request`].
    pub fn check_endpoint(endpoint: &str) -> Result<(), ProtocolError> {
        Self::parse(endpoint).map(drop)
    }

    fn parse(endpoint: &str) -> Result<url::Url, ProtocolError> {
        url_policy::parse(endpoint).map_err(|fault| fault.setting("legacy_auth_endpoint"))
    }

    /// Makes the request. It is sent again only if it surely never arrived.
    ///
    /// # Errors
    /// When the address is no https address (http on this machine is allowed).
    pub fn request(&self, endpoint: &str) -> Result<Request, ProtocolError> {
        let url = Self::parse(endpoint)?;
        let body = serde_json::json!({"email": self.email, "password": self.password.expose()});
        let mut request = Request::new(Bytes::from(body.to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = exchange::uri(&url)?;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json.clone());
        request.headers_mut().insert(ACCEPT, json);
        let policy = RequestPolicy::new(Endpoint::Token, Repeat::OnlyIfUnsent);
        request.extensions_mut().insert(policy);
        Ok(request)
    }

    /// Reads the answer: `token`, a JWT whose claims hold `api_key`.
    ///
    /// # Errors
    /// `http_error` or `oauth_error` when the server refuses, `not_json`, `missing` without a token or a key in it,
    /// `malformed` when the token is no JWT or the key cannot go into a header.
    pub fn read(&self, response: &Response) -> Result<LegacyKey, ProtocolError> {
        let object = exchange::json_object(response, Endpoint::Token)?;
        let missing = |field| ProtocolError::Missing {
            what: ANSWER,
            field,
        };
        let malformed = |field, why| ProtocolError::Malformed {
            what: ANSWER,
            field,
            why,
        };
        let jwt = text::member(&object, "token").ok_or_else(|| missing("token"))?;
        let decoded =
            jwt::decode_unverified(jwt).map_err(|_| malformed("token", "it is not a JWT"))?;
        let key = decoded.claims.get("api_key").and_then(|key| key.as_str());
        let key = key
            .filter(|key| !key.is_empty())
            .ok_or_else(|| missing("api_key"))?;
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed(
                "api_key",
                "it holds characters that no header may carry",
            ));
        }
        Ok(LegacyKey {
            key: Secret::new(key),
            jwt: Secret::new(jwt),
        })
    }
}

#[cfg(test)]
mod tests {
    use keyfob_jose::base64url;
    use serde_json::{Value, json};

    use super::*;

    fn login() -> LegacyLoginRequest {
        LegacyLoginRequest::new("ann@example.com", Secret::new("canary"))
    }

    fn read(status: u16, body: &str) -> Result<LegacyKey, ProtocolError> {
        let mut response = Response::new(Bytes::from(body.to_owned()));
        *response.status_mut() = status.try_into().unwrap();
        login().read(&response)
    }

    fn jwt(claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        format!("{}.{}.c2ln", part(&json!({"alg": "HS256"})), part(claims))
    }

    #[test]
    fn sends_name_and_password_as_json_and_shows_neither() {
        let sent = login().request("https://api.example/login").unwrap();
        assert_eq!(sent.method(), Method::POST);
        let body: Value = serde_json::from_slice(sent.body()).unwrap();
        assert_eq!(
            body,
            json!({"email": "ann@example.com", "password": "canary"})
        );
        assert!(!format!("{:?}", login()).contains("canary"));
        let policy = RequestPolicy::of(&sent).unwrap();
        assert_eq!(policy.repeat, Repeat::OnlyIfUnsent);
    }

    #[test]
    fn a_password_is_not_sent_in_clear() {
        let error = login().request("http://api.example/login").unwrap_err();
        assert_eq!(error.code(), "insecure_url");
        login().request("http://127.0.0.1:1/login").unwrap();
    }

    #[test]
    fn the_key_is_taken_from_the_token() {
        let jwt = jwt(&json!({"api_key": "PLAK", "user": 1}));
        let found = read(200, &json!({"token": jwt}).to_string()).unwrap();
        assert_eq!(
            (found.key.expose(), found.jwt.expose()),
            ("PLAK", jwt.as_str())
        );
        assert!(!format!("{found:?}").contains("PLAK"));
    }

    #[test]
    fn every_other_answer_is_an_error_of_its_own() {
        let with = |claims: Value| json!({"token": jwt(&claims)}).to_string();
        for (status, body, code) in [
            (401, r#"{"message":"wrong"}"#.to_owned(), "http_error"),
            (200, "<html>".to_owned(), "not_json"),
            (200, String::new(), "not_json"),
            (200, "{}".to_owned(), "missing"),
            (200, r#"{"token":5}"#.to_owned(), "missing"),
            (200, r#"{"token":"opaque"}"#.to_owned(), "malformed"),
            (200, with(json!({})), "missing"),
            (200, with(json!({"api_key": ""})), "missing"),
            (200, with(json!({"api_key": ["x"]})), "missing"),
            (200, with(json!({"api_key": "a\nb"})), "malformed"),
        ] {
            assert_eq!(
                read(status, &body).unwrap_err().code(),
                code,
                "{status} {body}"
            );
        }
    }
}
