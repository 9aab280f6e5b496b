//! The form body of a direct request (RFC 6749 appendix B), each parameter at most once.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::{Request, RequestPolicy};
use crate::error::ProtocolError;

/// Parameters that no caller may set by hand, because they decide who asks and for what.
const RESERVED: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    // Request objects would replace the whole authorization request (RFC 9101 §6).
    "request",
    "request_uri",
    // Sent with `openid`, where the answer is held to it.
    "nonce",
];

/// A form under construction, with the headers that client authentication adds.
pub(crate) struct Form {
    body: form_urlencoded::Serializer<'static, String>,
    names: Vec<String>,
    pub(crate) headers: HeaderMap,
}

impl Form {
    pub(crate) fn new() -> Self {
        Self {
            body: form_urlencoded::Serializer::new(String::new()),
            names: Vec::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Adds a parameter of ours.
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.names.push(name.to_owned());
        self.body.append_pair(name, value);
    }

    pub(crate) fn push_some(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    /// Adds a caller's parameter, which must not take the place of one of ours.
    pub(crate) fn push_extra(&mut self, name: &str, value: &str) -> Result<(), ProtocolError> {
        if RESERVED.contains(&name) || self.contains(name) {
            return Err(ProtocolError::ReservedParameter {
                name: name.to_owned(),
            });
        }
        self.push(name, value);
        Ok(())
    }

    /// True when a parameter of this name is in the form.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Finishes the form as a query.
    pub(crate) fn into_query(mut self) -> String {
        self.body.finish()
    }

    /// Finishes the POST request to `url`.
    pub(crate) fn post(self, url: &Url, policy: RequestPolicy) -> Result<Request, ProtocolError> {
        let Self {
            mut body, headers, ..
        } = self;
        // The body holds secrets: it is wiped when the last handle to it goes.
        let body = Zeroizing::new(body.finish().into_bytes());
        let mut request = http::Request::new(Bytes::from_owner(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = super::uri(url)?;
        *request.headers_mut() = headers;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
        request.extensions_mut().insert(policy);
        Ok(request)
    }
}
