//! The layers in front of services with the bodies of axum, hyper and tonic.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body as AxumBody;
use axum::routing::get;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::{BoxBody, UnsyncBoxBody};
use http_body_util::{BodyExt as _, Empty, Full};
use keyfob_verify::Requirement;
use keyfob_verify::layer::{RequireLayer, VerifyLayer};
use tower::{Layer as _, Service, ServiceBuilder};

use super::{bearer, issuer, send};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What hyper asks of a service's answer.
fn serves_hyper<S, B>(service: S) -> S
where
    S: Service<Request<String>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    service
}

/// What tonic asks of a layered service's answer.
fn serves_tonic<S, B>(service: S) -> S
where
    S: Service<Request<String>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    service
}

#[tokio::test]
async fn stands_in_front_of_any_body() {
    let issuer = issuer();
    let token = issuer.token().sign();
    let layer = VerifyLayer::new(issuer.verifier());
    let layers = ServiceBuilder::new()
        .layer(layer)
        .layer(RequireLayer::new(Requirement::new()));

    let full = tower::service_fn(async |_: Request<String>| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("full"))))
    });
    let full = serves_hyper(layers.service(full));
    assert_eq!(send(full, bearer(&token)).await.body, "full");

    let boxed = tower::service_fn(async |_: Request<String>| {
        let body: BoxBody<Bytes, BoxError> = Full::from("boxed").map_err(Into::into).boxed();
        Ok::<_, Infallible>(Response::new(body))
    });
    let boxed = serves_tonic(layers.service(boxed));
    assert_eq!(send(boxed.clone(), bearer(&token)).await.body, "boxed");
    assert_eq!(
        send(boxed, bearer("x")).await.status,
        StatusCode::UNAUTHORIZED
    );

    let unsync = tower::service_fn(async |_: Request<String>| {
        let body: UnsyncBoxBody<Bytes, BoxError> = Empty::new().map_err(Into::into).boxed_unsync();
        Ok::<_, BoxError>(Response::new(body))
    });
    let unsync = serves_tonic(layers.service(unsync));
    assert_eq!(send(unsync, bearer(&token)).await.body, "");
}

#[tokio::test]
async fn stands_in_front_of_axum_and_inside_of_it() {
    let issuer = issuer();
    let token = issuer.token().sign();
    let layer = VerifyLayer::new(issuer.verifier());
    let router = || Router::new().route("/things", get(async || "axum"));
    let ask = |token: &str| bearer(token).map(AxumBody::from);

    let inside = router().layer(layer.clone());
    assert_eq!(send(inside.clone(), ask(&token)).await.body, "axum");
    assert_eq!(
        send(inside, ask("x")).await.status,
        StatusCode::UNAUTHORIZED
    );
    let around = layer.layer(router());
    assert_eq!(send(around.clone(), ask(&token)).await.body, "axum");
    assert_eq!(
        send(around, ask("x")).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn tells_the_length_of_its_own_answers() {
    let layer = VerifyLayer::new(issuer().verifier());
    let service = layer.layer(tower::service_fn(super::hello));
    let response = tower::ServiceExt::oneshot(service, super::bare())
        .await
        .unwrap();
    let hint = http_body::Body::size_hint(response.body()).exact();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(hint, Some(body.len() as u64));
}
