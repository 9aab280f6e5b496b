//! Serving the metadata document (RFC 9728 §3.1), whatever the framework.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
    CACHE_CONTROL, CONTENT_TYPE,
};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};

use super::ProtectedResourceMetadata;

/// A change of the trusted issuers is known to every client after this long.
const CACHED: &str = "public, max-age=300";

const METHODS: &str = "GET, HEAD, OPTIONS";

impl ProtectedResourceMetadata {
    /// Answers a request for the document; `None` if it is for another path.
    ///
    /// The document is public, so that pages of any origin may read it.
    pub fn respond<B>(&self, request: &Request<B>) -> Option<Response<Bytes>> {
        (request.uri().path() == self.path()).then(|| self.answer(request.method()))
    }

    pub(super) fn answer(&self, method: &Method) -> Response<Bytes> {
        match *method {
            Method::GET | Method::HEAD => {
                let headers = [
                    (CONTENT_TYPE, "application/json"),
                    (CACHE_CONTROL, CACHED),
                    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
                ];
                response(StatusCode::OK, &headers, self.json().clone())
            }
            Method::OPTIONS => {
                let headers = [
                    (ALLOW, METHODS),
                    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
                    (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
                    (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
                ];
                response(StatusCode::NO_CONTENT, &headers, Bytes::new())
            }
            _ => {
                let headers = [(ALLOW, METHODS)];
                response(StatusCode::METHOD_NOT_ALLOWED, &headers, Bytes::new())
            }
        }
    }
}

fn response(
    status: StatusCode,
    headers: &[(HeaderName, &'static str)],
    body: Bytes,
) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in headers {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}
