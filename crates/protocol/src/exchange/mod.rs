//! The two halves of an exchange, and the policy that travels with a request.

mod answer;
mod form;
mod retry_after;

use std::fmt;

use bytes::Bytes;

pub(crate) use answer::json_object;
pub(crate) use form::Form;
pub use retry_after::retry_after;

/// A request to be sent as it is. Its body may hold secrets: never log it whole.
pub type Request = http::Request<Bytes>;

/// An answer with its whole body. Its body may hold secrets: never log it whole.
pub type Response = http::Response<Bytes>;

/// Which endpoint of an authorization server (or resource) a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// Server metadata (OpenID Discovery, RFC 8414).
    Metadata,
    /// The key set behind `jwks_uri` (RFC 7517).
    Jwks,
    /// The authorization endpoint (RFC 6749 §3.1); only ever visited by a browser.
    Authorization,
    /// The token endpoint (RFC 6749 §3.2).
    Token,
    /// The device authorization endpoint (RFC 8628 §3.1).
    DeviceAuthorization,
    /// The introspection endpoint (RFC 7662).
    Introspection,
    /// The revocation endpoint (RFC 7009).
    Revocation,
    /// The userinfo endpoint (OpenID Connect Core §5.3).
    Userinfo,
    /// A protected resource that is no part of the authorization server.
    Resource,
}

impl Endpoint {
    /// Names the endpoint in words, as in "token endpoint".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata endpoint",
            Self::Jwks => "key set endpoint",
            Self::Authorization => "authorization endpoint",
            Self::Token => "token endpoint",
            Self::DeviceAuthorization => "device authorization endpoint",
            Self::Introspection => "introspection endpoint",
            Self::Revocation => "revocation endpoint",
            Self::Userinfo => "userinfo endpoint",
            Self::Resource => "resource",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a request may be sent again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// Sending it twice does no harm.
    Always,
    /// It redeems something that works once (a code, a rotating refresh token): send it again
    /// only when it surely never reached the server.
    OnlyIfUnsent,
}

/// What a transport must know of a request; lies in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestPolicy {
    /// Where the request goes.
    pub endpoint: Endpoint,
    /// Whether it may be sent again.
    pub repeat: Repeat,
    /// The largest body to read, in bytes.
    pub max_body: usize,
}

impl RequestPolicy {
    /// The body cap of everything but documents: 256 KiB.
    pub const ANSWER_CAP: usize = 256 * 1024;
    /// The body cap of metadata and key sets: 1 MiB.
    pub const DOCUMENT_CAP: usize = 1024 * 1024;

    /// Pairs an endpoint with its repeat rule and the body cap that belongs to it.
    pub const fn new(endpoint: Endpoint, repeat: Repeat) -> Self {
        let max_body = match endpoint {
            Endpoint::Metadata | Endpoint::Jwks => Self::DOCUMENT_CAP,
            _ => Self::ANSWER_CAP,
        };
        Self {
            endpoint,
            repeat,
            max_body,
        }
    }

    /// Reads the policy back from a request.
    pub fn of<B>(request: &http::Request<B>) -> Option<Self> {
        request.extensions().get::<Self>().copied()
    }
}

/// Turns a checked URL into the request target of `http`.
pub(crate) fn uri(url: &url::Url) -> Result<http::Uri, crate::ProtocolError> {
    let mut target = url.clone();
    target.set_fragment(None);
    target
        .as_str()
        .parse()
        .map_err(|_| crate::ProtocolError::Setting {
            what: "the endpoint",
            why: "it is not a valid request target",
        })
}

/// Builds a GET request.
pub(crate) fn get(url: &url::Url, policy: RequestPolicy) -> Result<Request, crate::ProtocolError> {
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = uri(url)?;
    let json = http::HeaderValue::from_static("application/json");
    request.headers_mut().insert(http::header::ACCEPT, json);
    request.extensions_mut().insert(policy);
    Ok(request)
}
