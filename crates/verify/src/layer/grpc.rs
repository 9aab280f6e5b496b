//! Refusals as gRPC statuses (gRPC over HTTP/2, "Trailers-Only"), for services such as tonic's.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// Tells whether a request is a gRPC call.
pub(super) fn speaks(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    // `application/grpc-web` is another protocol, which carries its status in the body.
    kind.is_some_and(|kind| {
        kind.strip_prefix(b"application/grpc")
            .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';' | b' ')))
    })
}

/// A gRPC answer always has the status 200; what became of the call is in `grpc-status`.
pub(super) fn response(status: StatusCode, message: &'static str) -> Response<Bytes> {
    let code = match status {
        StatusCode::UNAUTHORIZED => "16",
        StatusCode::FORBIDDEN => "7",
        StatusCode::BAD_REQUEST => "3",
        StatusCode::SERVICE_UNAVAILABLE => "14",
        _ => "13",
    };
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(
        HeaderName::from_static("grpc-status"),
        HeaderValue::from_static(code),
    );
    // Our messages are ASCII without `%`, so that nothing needs to be encoded.
    headers.insert(
        HeaderName::from_static("grpc-message"),
        HeaderValue::from_static(message),
    );
    response
}
