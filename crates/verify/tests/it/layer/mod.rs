//! The tower layers and axum's extractors, called as services; no sockets.

mod answers;
mod bodies;
pub(crate) mod bound;
mod extract;
mod header;
mod logs;
mod options;
mod require;
mod told;
mod waiting;

use std::convert::Infallible;

use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use keyfob_protocol::challenge::Challenge;
use keyfob_verify::Principal;
use keyfob_verify::layer::{Refused, VerifyLayer};
use keyfob_verify::testing::TestIssuer;
use serde_json::Value;
use tower::{Layer as _, Service, ServiceExt as _};

pub(crate) fn issuer() -> TestIssuer {
    TestIssuer::new("https://login.example")
}

/// What came back, body read.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) refused: Option<&'static str>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The parameters of the only challenge of this scheme.
    pub(crate) fn challenge(&self, scheme: &str) -> Challenge {
        let all = Challenge::read_all(&self.headers);
        let mut of_scheme = all.into_iter().filter(|one| one.scheme == scheme);
        let challenge = of_scheme.next().unwrap();
        assert!(of_scheme.next().is_none(), "one challenge per scheme");
        challenge
    }

    /// The `error` of the challenge, which the body repeats.
    pub(crate) fn error(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        let challenge = self.challenge("Bearer");
        let error = body.get("error").and_then(Value::as_str);
        assert_eq!(challenge.parameter("error"), error);
        error.unwrap().to_owned()
    }
}

/// An inner service that tells who came, and which of their headers arrived.
pub(crate) async fn hello(request: Request<String>) -> Result<Response<String>, Infallible> {
    let principal = request.extensions().get::<Principal>();
    let who = principal.map_or("nobody", Principal::subject);
    let header = request.headers().get("authorization");
    let seen = header.map_or("none", |value| {
        if value.is_sensitive() {
            "sensitive"
        } else {
            "plain"
        }
    });
    Ok(Response::new(format!("{who} {seen}")))
}

pub(crate) async fn ask(layer: &VerifyLayer, request: Request<String>) -> Answer {
    send(layer.layer(tower::service_fn(hello)), request).await
}

pub(crate) async fn send<S, Q, B>(service: S, request: Request<Q>) -> Answer
where
    S: Service<Request<Q>, Response = Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let response = service.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(bytes.to_vec()).unwrap(),
        refused: parts
            .extensions
            .get::<Refused>()
            .map(|refused| refused.code),
    }
}

pub(crate) fn get(authorization: &str) -> Request<String> {
    let request = Request::get("https://api.example/things");
    let request = request.header("authorization", authorization);
    request.body(String::new()).unwrap()
}

pub(crate) fn bare() -> Request<String> {
    Request::get("/things").body(String::new()).unwrap()
}

pub(crate) fn bearer(token: &str) -> Request<String> {
    get(&format!("Bearer {token}"))
}
