//! How the answer of the authorization server reaches a program with its own pages (RFC 6749 §4.1.2).

use std::fmt;

use keyfob_protocol::danger::PastedCode;
use keyfob_protocol::{AuthorizationCode, Callback, Pending};
use url::{Url, form_urlencoded};

use super::LoginError;
use super::paste::{self, PasteProblem, Pasted};

/// The answer to a login that [`begin`](super::begin) began.
///
/// ```
/// use keyfob::login::RedirectAnswer;
///
/// // What the browser ended at, or its query alone: the best answer.
/// let whole = RedirectAnswer::from("https://app.example.com/logged-in?code=abc&state=xyz&iss=https://as.example");
/// // What a web framework took apart.
/// let parts = RedirectAnswer::from_parts("abc", "xyz").with_iss("https://as.example");
/// # drop((whole, parts));
/// ```
#[derive(Clone)]
pub struct RedirectAnswer(Kind);

#[derive(Clone)]
enum Kind {
    /// An address, a query, or whatever a person pasted.
    Text(String),
    /// Percent-encoded parameters.
    Query(String),
    /// A code without `state`.
    BareCode(String),
}

impl RedirectAnswer {
    /// Takes the `code` and the `state` that arrived.
    pub fn from_parts(code: &str, state: &str) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("code", code).append_pair("state", state);
        Self(Kind::Query(query.finish()))
    }

    /// Adds the `iss` that arrived with them (RFC 9207); some servers always send it.
    pub fn with_iss(self, iss: &str) -> Self {
        match self.0 {
            Kind::Query(query) => {
                let mut query = form_urlencoded::Serializer::new(query);
                Self(Kind::Query(query.append_pair("iss", iss).finish()))
            }
            other => Self(other),
        }
    }

    /// Takes a code that a page showed to the person, without the `state` that would tell whose it is.
    ///
    /// What remains is PKCE and the nonce: see [`PastedCode`].
    pub fn from_bare_code(code: &str, _: PastedCode) -> Self {
        Self(Kind::BareCode(code.to_owned()))
    }

    pub(super) fn read(self, pending: &Pending) -> Result<AuthorizationCode, LoginError> {
        let query = match self.0 {
            Kind::BareCode(code) => return Ok(pending.read_pasted(&code, PastedCode)?),
            Kind::Query(query) => query,
            Kind::Text(text) => match paste::parse(&text) {
                Ok(Pasted::Query(query)) => query,
                Ok(Pasted::Code(_)) => return Err(PasteProblem::BareCode.into()),
                Err(problem) => return Err(problem.into()),
            },
        };
        Ok(pending.read(Callback::from_query(&query)?)?)
    }
}

impl From<&str> for RedirectAnswer {
    /// Takes the address that the browser ended at, or its query.
    fn from(text: &str) -> Self {
        Self(Kind::Text(text.to_owned()))
    }
}

impl From<String> for RedirectAnswer {
    /// Takes the address that the browser ended at, or its query.
    fn from(text: String) -> Self {
        Self(Kind::Text(text))
    }
}

impl From<&Url> for RedirectAnswer {
    /// Takes the address that the browser ended at.
    fn from(url: &Url) -> Self {
        Self(Kind::Query(url.query().unwrap_or_default().to_owned()))
    }
}

impl fmt::Debug for RedirectAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedirectAnswer(..)")
    }
}
