//! Axum's extractors, behind the layer and without it.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use keyfob_verify::extract::{Scoped, Scopes, TokenClaims};
use keyfob_verify::layer::VerifyLayer;
use keyfob_verify::{Principal, Rejection, Requirement};
use serde::Deserialize;

use super::{Answer, issuer, send};

struct Write;

impl Scopes for Write {
    const SCOPES: &'static [&'static str] = &["read", "write"];
}

#[derive(Deserialize)]
struct Member {
    tenant: String,
}

fn router() -> Router {
    Router::new()
        .route("/who", get(async |who: Principal| who.subject().to_owned()))
        .route(
            "/maybe",
            get(async |who: Option<Principal>| format!("{}", who.is_some())),
        )
        .route(
            "/write",
            get(async |who: Scoped<Write>| who.subject().to_owned()),
        )
        .route(
            "/tenant",
            get(async |TokenClaims(member): TokenClaims<Member>| member.tenant),
        )
        .route("/strong", get(strong))
}

async fn strong(who: Principal) -> Result<&'static str, Rejection> {
    Requirement::new().acr(["phr"]).check(&who)?;
    Ok("strong")
}

async fn ask(router: Router, path: &str, token: Option<&str>) -> Answer {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    send(router, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn gives_the_principal_and_typed_claims_to_handlers() {
    let issuer = issuer();
    let router = router().layer(VerifyLayer::new(issuer.verifier()));
    let token = issuer.token().subject("alice").scopes(["read", "write"]);
    let token = token.claim("tenant", "acme").claim("acr", "phr").sign();
    for (path, body) in [
        ("/who", "alice"),
        ("/maybe", "true"),
        ("/write", "alice"),
        ("/tenant", "acme"),
        ("/strong", "strong"),
    ] {
        assert_eq!(ask(router.clone(), path, Some(&token)).await.body, body);
    }
}

#[tokio::test]
async fn refuses_a_principal_with_too_little_in_the_layers_name() {
    let issuer = issuer();
    let router = router().layer(VerifyLayer::new(issuer.verifier()).realm("orders"));
    let token = issuer.token().scopes(["read"]).sign();

    let answer = ask(router.clone(), "/write", Some(&token)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.error(), "insufficient_scope");
    let challenge = answer.challenge("Bearer");
    assert_eq!(challenge.parameter("scope"), Some("read write"));
    assert_eq!(challenge.parameter("realm"), Some("orders"));

    let answer = ask(router.clone(), "/tenant", Some(&token)).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (StatusCode::UNAUTHORIZED, "invalid_token")
    );
    let answer = ask(router, "/strong", Some(&token)).await;
    assert_eq!(answer.error(), "insufficient_user_authentication");
}

#[tokio::test]
async fn asks_nobody_for_a_token_only_where_one_is_needed() {
    let layer = VerifyLayer::new(issuer().verifier()).optional();
    let router = router().layer(layer);
    assert_eq!(ask(router.clone(), "/maybe", None).await.body, "false");
    for path in ["/who", "/write", "/tenant"] {
        let answer = ask(router.clone(), path, None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{path}");
    }
}

#[tokio::test]
async fn answers_500_where_the_layer_was_forgotten() {
    let token = issuer().token().sign();
    for path in ["/who", "/maybe", "/write", "/tenant"] {
        let answer = ask(router(), path, Some(&token)).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(answer.refused, Some("not_verified"), "{path}");
    }
}

#[tokio::test]
async fn takes_a_principal_that_a_test_puts_into_the_request() {
    let issuer = issuer();
    let principal = issuer
        .verifier()
        .verify(&issuer.token().subject("bob").sign())
        .await;
    let mut request = Request::get("/who").body(Body::empty()).unwrap();
    request.extensions_mut().insert(principal.unwrap());
    assert_eq!(send(router(), request).await.body, "bob");
}
