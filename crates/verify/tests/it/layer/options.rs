//! What a service may choose: optional tokens, preflights, stripping, gRPC statuses.

use std::convert::Infallible;

use http::{Request, Response, StatusCode};
use keyfob_verify::Requirement;
use keyfob_verify::danger::TokenInQuery;
use keyfob_verify::layer::VerifyLayer;
use keyfob_verify::testing::Wrong;
use tower::Layer as _;

use super::{ask, bare, bearer, issuer, send};

#[tokio::test]
async fn lets_nobody_pass_where_tokens_are_optional_but_no_bad_token() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier()).optional();
    assert_eq!(ask(&layer, bare()).await.body, "nobody none");
    let expired = bearer(&issuer.wrong(Wrong::Expired));
    assert_eq!(ask(&layer, expired).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        ask(&layer, bearer("a b")).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn forgets_a_principal_that_it_has_not_checked() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier()).optional();
    let principal = issuer
        .verifier()
        .verify(&issuer.token().sign())
        .await
        .unwrap();
    let mut request = bare();
    request.extensions_mut().insert(principal);
    assert_eq!(ask(&layer, request).await.body, "nobody none");
}

#[tokio::test]
async fn passes_preflights_only_if_told_to_and_never_with_a_bad_token() {
    let issuer = issuer();
    let preflight = || {
        let request = Request::options("/things").header("origin", "https://app.example");
        let request = request.header("access-control-request-method", "GET");
        request.body(String::new()).unwrap()
    };
    let strict = VerifyLayer::new(issuer.verifier());
    assert_eq!(
        ask(&strict, preflight()).await.status,
        StatusCode::UNAUTHORIZED
    );
    let layer = strict.pass_preflight();
    assert_eq!(ask(&layer, preflight()).await.body, "nobody none");

    let mut plain_options = bare();
    *plain_options.method_mut() = http::Method::OPTIONS;
    assert_eq!(
        ask(&layer, plain_options).await.status,
        StatusCode::UNAUTHORIZED
    );
    let mut get = preflight();
    *get.method_mut() = http::Method::GET;
    assert_eq!(ask(&layer, get).await.status, StatusCode::UNAUTHORIZED);
    let mut with_token = preflight();
    let value = format!("Bearer {}", issuer.wrong(Wrong::Expired));
    with_token
        .headers_mut()
        .insert("authorization", value.parse().unwrap());
    assert_eq!(
        ask(&layer, with_token).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn strips_the_header_if_told_to() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier()).strip_authorization();
    let token = issuer.token().subject("alice").sign();
    assert_eq!(ask(&layer, bearer(&token)).await.body, "alice none");
}

/// Tells the address that arrived, and whether every DPoP proof is marked as sensitive.
async fn seen(request: Request<String>) -> Result<Response<String>, Infallible> {
    let mut proofs = request.headers().get_all("dpop").iter();
    let marked = proofs.all(http::HeaderValue::is_sensitive);
    Ok(Response::new(format!("{} {marked}", request.uri())))
}

#[tokio::test]
async fn strips_the_token_of_the_query_too_where_it_is_read() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier()).token_in_query(TokenInQuery);
    let token = issuer.token().sign();
    let arrives = async |layer: &VerifyLayer, query: &str| {
        let request = Request::get(format!("https://api.example/events{query}"));
        let request = request.body(String::new()).unwrap();
        let service = layer.layer(tower::service_fn(seen));
        send(service, request).await.body
    };
    let query = format!("?a=b&access_token={token}&c=d");
    let kept = format!("https://api.example/events{query} true");
    assert_eq!(arrives(&layer, &query).await, kept);
    let layer = layer.strip_authorization();
    for (query, rest) in [
        (query.clone(), "?a=b&c=d"),
        (format!("?access_token={token}"), ""),
    ] {
        let expected = format!("https://api.example/events{rest} true");
        assert_eq!(arrives(&layer, &query).await, expected);
    }
}

#[tokio::test]
async fn marks_dpop_proofs_as_sensitive() {
    let layer = VerifyLayer::new(issuer().verifier()).optional();
    let mut request = bare();
    for proof in ["one", "two"] {
        request.headers_mut().append("dpop", proof.parse().unwrap());
    }
    let service = layer.layer(tower::service_fn(seen));
    assert_eq!(send(service, request).await.body, "/things true");
}

#[tokio::test]
async fn names_the_scopes_that_are_needed_to_those_without_a_token() {
    let layer = VerifyLayer::new(issuer().verifier())
        .require(Requirement::new().all_scopes(["read"]))
        .require(Requirement::new())
        .require(Requirement::new().any_scope(["write", "admin"]));
    let answer = ask(&layer, bare()).await;
    assert_eq!(
        answer.header("www-authenticate"),
        r#"Bearer scope="read write""#
    );
}

#[tokio::test]
async fn answers_grpc_calls_with_a_grpc_status_and_all_others_over_http() {
    let issuer = issuer();
    let needs = Requirement::new().all_scopes(["write"]);
    let layer = VerifyLayer::new(issuer.verifier())
        .require(needs)
        .with_grpc_status();
    let call = |mut request: Request<String>, kind: &'static str| {
        let value = http::HeaderValue::from_static(kind);
        request.headers_mut().insert("content-type", value);
        request
    };
    let weak = issuer.token().scopes(["read"]).sign();
    let cases = [
        (bare(), "16"),
        (bearer("a b"), "3"),
        (bearer(&issuer.wrong(Wrong::Expired)), "16"),
        (bearer(&weak), "7"),
    ];
    for (request, code) in cases {
        let answer = ask(&layer, call(request, "application/grpc+proto")).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("grpc-status"), code);
        assert_eq!(answer.header("content-type"), "application/grpc");
        assert!(!answer.header("grpc-message").is_empty());
        assert!(answer.body.is_empty());
    }
    let web = call(bare(), "application/grpc-web");
    assert_eq!(ask(&layer, web).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&layer, bare()).await.status, StatusCode::UNAUTHORIZED);

    issuer.rotate();
    issuer.fail();
    let unchecked = call(bearer(&issuer.token().sign()), "application/grpc");
    let fresh = VerifyLayer::new(issuer.verifier()).with_grpc_status();
    assert_eq!(ask(&fresh, unchecked).await.header("grpc-status"), "14");
}
