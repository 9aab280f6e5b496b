//! Requirements of a whole service, and of parts of it (RFC 6750 §3.1, RFC 9470).

use std::time::Duration;

use http::StatusCode;
use keyfob_transport::Clock;
use keyfob_verify::layer::{RequireLayer, VerifyLayer};
use keyfob_verify::{RequiredClaims, Requirement};
use tower::ServiceBuilder;

use super::{Answer, bare, bearer, hello, issuer, send};

async fn ask_both(
    outer: &VerifyLayer,
    inner: Requirement,
    request: http::Request<String>,
) -> Answer {
    let service = ServiceBuilder::new()
        .layer(outer)
        .layer(RequireLayer::new(inner))
        .service_fn(hello);
    send(service, request).await
}

#[tokio::test]
async fn answers_403_with_the_scopes_that_are_needed() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier()).realm("orders");
    let token = issuer.token().subject("alice").scopes(["read"]).sign();
    let needs = |scope: &str| Requirement::new().all_scopes([scope]);

    let answer = ask_both(&layer, needs("write"), bearer(&token)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.error(), "insufficient_scope");
    let challenge = answer.challenge("Bearer");
    assert_eq!(challenge.parameter("scope"), Some("write"));
    assert_eq!(challenge.parameter("realm"), Some("orders"));

    let outer = layer.clone().require(needs("write"));
    let answer = ask_both(&outer, Requirement::new(), bearer(&token)).await;
    assert_eq!(answer.refused, Some("insufficient_scope"));
    let both = layer.require(needs("read")).require(needs("write"));
    let answer = ask_both(&both, Requirement::new(), bearer(&token)).await;
    assert_eq!(answer.challenge("Bearer").parameter("scope"), Some("write"));
    let answer = ask_both(&outer_of(&issuer), needs("read"), bearer(&token)).await;
    assert_eq!(answer.body, "alice sensitive");
}

fn outer_of(issuer: &keyfob_verify::testing::TestIssuer) -> VerifyLayer {
    VerifyLayer::new(issuer.verifier())
}

#[tokio::test]
async fn asks_for_a_stronger_or_fresher_login() {
    let issuer = issuer();
    let layer = outer_of(&issuer);
    let stronger = Requirement::new().acr(["phr"]);
    let answer = ask_both(&layer, stronger.clone(), bearer(&issuer.token().sign())).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.error(), "insufficient_user_authentication");
    assert_eq!(
        answer.challenge("Bearer").parameter("acr_values"),
        Some("phr")
    );
    let strong = issuer.token().claim("acr", "phr").sign();
    assert_eq!(
        ask_both(&layer, stronger, bearer(&strong)).await.status,
        StatusCode::OK
    );

    let clock = issuer.clock().clone();
    let now = clock.now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let token = issuer.token().claim("auth_time", now.as_secs()).sign();
    let fresher = Requirement::new()
        .max_age(Duration::from_mins(1))
        .clock(Clock::from(clock));
    assert_eq!(
        ask_both(&layer, fresher.clone(), bearer(&token))
            .await
            .status,
        StatusCode::OK
    );
    issuer.clock().advance(Duration::from_secs(100));
    let answer = ask_both(&layer, fresher, bearer(&token)).await;
    assert_eq!(answer.challenge("Bearer").parameter("max_age"), Some("60"));
}

#[tokio::test]
async fn refuses_a_token_without_the_claims_that_are_needed() {
    let issuer = issuer();
    let needs = Requirement::new().claims(RequiredClaims::new().with("tenant", "acme"));
    let layer = outer_of(&issuer);
    let answer = ask_both(&layer, needs.clone(), bearer(&issuer.token().sign())).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (StatusCode::UNAUTHORIZED, "invalid_token")
    );
    let token = issuer.token().claim("tenant", "acme").sign();
    assert_eq!(
        ask_both(&layer, needs, bearer(&token)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn answers_401_to_nobody_behind_an_optional_layer() {
    let layer = outer_of(&issuer()).optional().realm("orders");
    let answer = ask_both(&layer, Requirement::new(), bare()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.header("www-authenticate"),
        r#"Bearer realm="orders""#
    );
}

#[tokio::test]
async fn lets_nothing_pass_and_blames_no_token_where_no_layer_has_checked_it() {
    let issuer = issuer();
    let service = ServiceBuilder::new()
        .layer(RequireLayer::new(Requirement::new()))
        .service_fn(hello);
    let answer = send(service, bearer(&issuer.token().sign())).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.headers.contains_key("www-authenticate"));
    assert_eq!(answer.refused, Some("not_verified"));
}
