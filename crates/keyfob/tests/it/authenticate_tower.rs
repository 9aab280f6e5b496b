//! The tower authenticator over scripted services.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use keyfob::authenticate::{AttachPolicy, AuthenticateError, AuthorizeLayer, OwnAuthorization};
use tower::{Layer, Service, ServiceExt, service_fn};

use super::authenticate_setup::session;

type Log = Arc<Mutex<Vec<(String, String)>>>;

/// A service that accepts one token, and the log of tokens and bodies it saw.
fn accepting<B>(
    token: &'static str,
) -> (
    impl Service<Request<B>, Response = Response<()>, Error = Infallible, Future: Send> + Clone,
    Log,
)
where
    B: http_body::Body<Data = bytes::Bytes, Error: std::fmt::Debug> + Send + 'static,
{
    let log = Log::default();
    let seen = Arc::clone(&log);
    let service = service_fn(move |request: Request<B>| {
        let seen = Arc::clone(&seen);
        async move {
            let (parts, body) = request.into_parts();
            let header = parts.headers.get("authorization");
            let header = header
                .map(|value| value.to_str().unwrap().to_owned())
                .unwrap_or_default();
            let body = body.collect().await.unwrap().to_bytes();
            let good = header == format!("Bearer {token}");
            seen.lock()
                .unwrap()
                .push((header, String::from_utf8(body.to_vec()).unwrap()));
            let status = if good { 200 } else { 401 };
            Ok(Response::builder().status(status).body(()).unwrap())
        }
    });
    (service, log)
}

fn layer() -> (
    AuthorizeLayer,
    keyfob::transport::testing::ScriptedTransport,
) {
    let (session, provider) = session();
    let policy = AttachPolicy::for_origins(["https://api.example.com"]).unwrap();
    (AuthorizeLayer::new(session, policy), provider)
}

fn request(body: &'static str) -> Request<Full<bytes::Bytes>> {
    let builder = Request::post("https://api.example.com/things").header("x-own", "kept");
    builder.body(Full::from(body)).unwrap()
}

#[tokio::test]
async fn a_401_gets_a_new_token_and_repeats_the_body_once() {
    let (inner, log) = accepting("at-2");
    let (layer, provider) = layer();
    let answer = layer
        .layer(inner)
        .oneshot(request("payload"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let expected = [("Bearer at-1", "payload"), ("Bearer at-2", "payload")];
    assert_eq!(
        *log.lock().unwrap(),
        expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(provider.count(), 2);
}

#[tokio::test]
async fn a_token_at_hand_is_attached_without_asking() {
    let (inner, log) = accepting("at-1");
    let (layer, provider) = layer();
    let mut service = layer.layer(inner);
    for _ in 0..3 {
        let answer = service
            .ready()
            .await
            .unwrap()
            .call(request(""))
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(log.lock().unwrap().len(), 3);
    assert_eq!(provider.count(), 1);
}

#[tokio::test]
async fn a_second_401_is_returned_and_breaks_the_loop() {
    let (inner, log) = accepting("never");
    let (layer, provider) = layer();
    let mut service = layer.layer(inner);
    for _ in 0..5 {
        let answer = service
            .ready()
            .await
            .unwrap()
            .call(request(""))
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
    }
    assert_eq!(provider.count(), 2);
    assert_eq!(
        log.lock().unwrap().len(),
        6,
        "only the first call was repeated"
    );
}

#[tokio::test]
async fn a_streaming_body_is_not_sent_twice() {
    let (inner, log) = accepting("at-2");
    let (layer, _provider) = layer();
    let mut service = layer.layer(inner);
    let streaming = || request("streamed").map(UnsyncBoxBody::new);
    let answer = service
        .ready()
        .await
        .unwrap()
        .call(streaming())
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(log.lock().unwrap().len(), 1);
    let answer = service
        .ready()
        .await
        .unwrap()
        .call(streaming())
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "the refused token was given up");
}

#[tokio::test]
async fn refuses_foreign_origins_and_double_authorization() {
    let (inner, log) = accepting::<Full<bytes::Bytes>>("at-1");
    let (layer, _provider) = layer();
    let service = layer.layer(inner);
    let mut foreign = request("");
    *foreign.uri_mut() = "https://evil.example/things".parse().unwrap();
    let mut relative = request("");
    *relative.uri_mut() = "/things".parse().unwrap();
    let mut double = request("");
    double
        .headers_mut()
        .insert("authorization", "Basic own".parse().unwrap());
    for (request, code) in [
        (foreign, "origin_not_allowed"),
        (relative, "origin_not_allowed"),
        (double, "already_authorized"),
    ] {
        let error = service.clone().oneshot(request).await.unwrap_err();
        assert_eq!(
            error.downcast_ref::<AuthenticateError>().unwrap().code(),
            code
        );
    }
    assert!(log.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_callers_own_authorization_wins_when_asked() {
    let (inner, log) = accepting("at-1");
    let (session, provider) = session();
    let policy = AttachPolicy::for_origins(["https://api.example.com"]).unwrap();
    let policy = policy.with_own_authorization(OwnAuthorization::CallerWins);
    let service = AuthorizeLayer::new(session, policy).layer(inner);
    let mut request = request("");
    request
        .headers_mut()
        .insert("authorization", "Basic own".parse().unwrap());
    assert_eq!(service.oneshot(request).await.unwrap().status(), 401);
    assert_eq!(
        log.lock().unwrap().as_slice(),
        [("Basic own".to_owned(), String::new())]
    );
    assert_eq!(provider.count(), 0);
}
