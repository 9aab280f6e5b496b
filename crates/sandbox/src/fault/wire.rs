//! Faults of the connection and of the answer as a whole.

use std::{io, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use super::{Fault, FaultKind};

/// What becomes of a request.
pub(crate) enum Answer {
    /// This is the answer.
    Send(Response<Body>),
    /// Nothing is sent and the connection closes.
    Drop,
    /// Nothing is sent and the connection stays.
    Hang,
}

/// Makes the spoilt answer; `real` is what the provider would have said, if it was asked.
pub(crate) fn spoil(fault: &Fault, real: Option<(http::response::Parts, Bytes)>) -> Answer {
    let real_body = real.as_ref().map(|(_, body)| body.clone());
    let answer = match &fault.kind {
        FaultKind::Hang => return Answer::Hang,
        FaultKind::Disconnect => return Answer::Drop,
        FaultKind::Status {
            status,
            retry_after,
        } => {
            let mut response = plain(*status, "text/plain", "no\n");
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            response
        }
        FaultKind::Html { status } => plain(
            *status,
            "text/html; charset=utf-8",
            "<!doctype html><title>Busy</title><h1>We will be back soon</h1>\n",
        ),
        FaultKind::Empty => plain(200, "application/json", ""),
        FaultKind::Huge { bytes } => huge(*bytes),
        FaultKind::Redirect { location } => {
            let mut response = plain(307, "text/plain", "elsewhere\n");
            if let Ok(location) = HeaderValue::from_str(location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
        FaultKind::OauthError { error, description } => {
            let status = if error == "invalid_client" { 401 } else { 400 };
            let mut body = json!({ "error": error });
            if let (Some(body), Some(text)) = (body.as_object_mut(), description) {
                body.insert("error_description".to_owned(), json!(text));
            }
            let mut response = plain(status, "application/json", body.to_string());
            response
                .extensions_mut()
                .insert(crate::refusal::ErrorCode(error.clone()));
            response
        }
        FaultKind::TruncatedJson => {
            let body = real_body.unwrap_or_else(sample);
            plain(200, "application/json", body.slice(..body.len() * 2 / 3))
        }
        FaultKind::TruncatedBody => {
            let body = real_body.unwrap_or_else(sample);
            streamed(plain(200, "application/json", ""), body.len(), cut(&body))
        }
        _ => match real {
            Some((parts, body)) => Response::from_parts(parts, Body::from(body)),
            None => plain(500, "text/plain", "no\n"),
        },
    };
    Answer::Send(answer)
}

/// Sends a body byte by byte.
pub(crate) fn drip(parts: http::response::Parts, body: Bytes, delay: Duration) -> Response<Body> {
    let len = body.len();
    let bytes = stream::iter(0..len).then(move |at| {
        let byte = body.slice(at..=at);
        async move {
            tokio::time::sleep(delay).await;
            Ok::<_, io::Error>(byte)
        }
    });
    streamed(
        Response::from_parts(parts, Body::empty()),
        len,
        Body::from_stream(bytes),
    )
}

fn cut(body: &Bytes) -> Body {
    let half = body.slice(..body.len() / 2);
    let first = stream::once(async move { Ok(half) });
    // The pause lets the first half leave before the connection breaks.
    let then = stream::once(async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(first.chain(then))
}

fn huge(bytes: usize) -> Response<Body> {
    const PIECE: usize = 64 * 1024;
    let pieces = (0..bytes.div_ceil(PIECE)).map(move |n| {
        let len = PIECE.min(bytes - n * PIECE);
        Ok::<_, io::Error>(Bytes::from(vec![b' '; len]))
    });
    let body = Body::from_stream(stream::iter(pieces));
    streamed(plain(200, "application/json", ""), bytes, body)
}

fn streamed(mut response: Response<Body>, len: usize, body: Body) -> Response<Body> {
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(len));
    *response.body_mut() = body;
    response
}

fn plain(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn sample() -> Bytes {
    Bytes::from_static(
        br#"{"access_token":"never-issued","token_type":"Bearer","expires_in":3600}"#,
    )
}
