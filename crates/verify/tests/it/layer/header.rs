//! Where the token may be (RFC 6750 §2), and where it may not.

use http::{Request, StatusCode};
use keyfob_verify::danger::TokenInQuery;
use keyfob_verify::layer::VerifyLayer;

use super::{ask, bare, bearer, get, issuer};

#[tokio::test]
async fn lets_a_good_token_pass_with_its_principal() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier());
    let token = issuer.token().subject("alice").sign();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = ask(&layer, get(&format!("{scheme} {token}"))).await;
        assert_eq!(
            (answer.status, &*answer.body),
            (StatusCode::OK, "alice sensitive")
        );
    }
}

#[tokio::test]
async fn answers_a_request_without_a_token_by_a_challenge_without_error() {
    let layer = VerifyLayer::new(issuer().verifier()).realm("orders");
    // Other schemes are no token: a client is told which one is needed.
    for request in [bare(), get("Basic YTpi"), get("Bearers x"), get("DPoP x")] {
        let answer = ask(&layer, request).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            answer.header("www-authenticate"),
            r#"Bearer realm="orders""#
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.refused, Some("no_token"));
        assert!(answer.body.contains("missing_token"), "{}", answer.body);
    }
}

#[tokio::test]
async fn refuses_what_is_not_one_token_in_one_header() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier());
    let token = issuer.token().sign();
    let wrong = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer  ".to_owned() + &token,
        format!("Bearer {token} {token}"),
        format!("Bearer {token},{token}"),
        format!("Bearer\u{20}{token}\t"),
        format!("Bearer \"{token}\""),
        "Bearer ===".to_owned(),
        "Bearer a=b".to_owned(),
    ];
    for value in wrong {
        let answer = ask(&layer, get(&value)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{value}");
        assert_eq!(answer.error(), "invalid_request");
        assert_eq!(answer.refused, Some("malformed_authorization"));
    }
    assert_eq!(issuer.total(), 0, "nothing was fetched for any of them");
}

#[tokio::test]
async fn refuses_two_authorization_headers_even_if_they_are_equal() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier());
    let mut request = bearer(&issuer.token().sign());
    let first = request.headers()["authorization"].clone();
    request.headers_mut().append("authorization", first);
    let answer = ask(&layer, request).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.refused, Some("several_tokens"));
}

#[tokio::test]
async fn refuses_a_longer_header_than_it_looks_at() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier());
    let answer = ask(&layer, bearer(&"a".repeat(16 * 1024))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.refused, Some("token_too_long"));

    let token = issuer.token().claim("groups", "g".repeat(16 * 1024)).sign();
    assert_eq!(
        ask(&layer, bearer(&token)).await.refused,
        Some("token_too_long")
    );
    let roomy = layer.max_header(64 * 1024);
    assert_eq!(ask(&roomy, bearer(&token)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn reads_no_token_from_the_query_unless_told_to() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier());
    let token = issuer.token().subject("alice").sign();
    let request = |query: &str| {
        let request = Request::get(format!("/events?{query}"));
        request.body(String::new()).unwrap()
    };
    let with_token = format!("a=b&access_token={token}");
    assert_eq!(
        ask(&layer, request(&with_token)).await.refused,
        Some("no_token")
    );

    let layer = layer.token_in_query(TokenInQuery);
    let answer = ask(&layer, request(&with_token)).await;
    assert_eq!(answer.body, "alice none");
    assert_eq!(answer.header("cache-control"), "private, no-store");

    let twice = request(&format!("{with_token}&access_token={token}"));
    assert_eq!(ask(&layer, twice).await.refused, Some("several_tokens"));
    let mut both = request(&with_token);
    let header = bearer(&token).headers()["authorization"].clone();
    both.headers_mut().insert("authorization", header);
    assert_eq!(ask(&layer, both).await.refused, Some("several_tokens"));
    let encoded = request("access_token=a%2Eb");
    assert_eq!(
        ask(&layer, encoded).await.refused,
        Some("malformed_authorization")
    );
    assert_eq!(
        ask(&layer, request("access_tokens=x")).await.refused,
        Some("no_token")
    );
}
