//! The answer to each kind of bad token (RFC 6750 §3.1), and to good ones that cannot be checked.

use http::StatusCode;
use keyfob_verify::layer::VerifyLayer;
use keyfob_verify::resource::ProtectedResourceMetadata;
use keyfob_verify::testing::Wrong;
use keyfob_verify::{CheckToken, Checker, Principal, Rejection};
use serde_json::json;

use super::{ask, bare, bearer, issuer};

#[tokio::test]
async fn answers_every_wrong_token_with_invalid_token_and_repeats_nothing_of_it() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier()).max_header(1024 * 1024);
    for wrong in Wrong::ALL {
        let token = issuer.wrong(*wrong);
        let answer = ask(&layer, bearer(&token)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong:?}");
        assert_eq!(answer.error(), "invalid_token", "{wrong:?}");
        assert_eq!(answer.refused, Some(wrong.code()), "{wrong:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
        let told = format!("{:?} {}", answer.headers, answer.body);
        for part in token.split('.').filter(|part| part.len() > 8) {
            assert!(!told.contains(part), "{wrong:?}: {told}");
        }
    }
}

#[tokio::test]
async fn answers_every_wrong_token_with_the_status_that_the_kit_promises() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier());
    for wrong in Wrong::ALL {
        let answer = ask(&layer, bearer(&issuer.wrong(*wrong))).await;
        assert_eq!(answer.status, wrong.status(), "{wrong:?}");
    }
}

#[tokio::test]
async fn answers_503_without_a_challenge_while_keys_cannot_be_had() {
    let issuer = issuer();
    let layer = VerifyLayer::new(issuer.verifier());
    let token = issuer.token().sign();
    issuer.fail();
    let answer = ask(&layer, bearer(&token)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    // A client that got a challenge would throw its good token away.
    assert!(!answer.headers.contains_key("www-authenticate"));
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert!(
        answer.body.contains("temporarily_unavailable"),
        "{}",
        answer.body
    );
    assert_eq!(answer.refused, Some("keys_unavailable"));
}

#[tokio::test]
async fn points_to_the_metadata_and_serves_it_without_a_token() {
    let issuer = issuer();
    let metadata = ProtectedResourceMetadata::builder("https://api.example/v1")
        .authorization_server(issuer.issuer())
        .build()
        .unwrap();
    let layer = VerifyLayer::new(issuer.verifier()).resource(metadata);
    let path = "/.well-known/oauth-protected-resource/v1";
    for request in [bare(), bearer(&issuer.wrong(Wrong::Expired))] {
        let answer = ask(&layer, request).await;
        let challenge = answer.challenge("Bearer");
        let link = challenge.parameter("resource_metadata");
        assert_eq!(link, Some(&*format!("https://api.example{path}")));
    }
    let request = http::Request::get(path).body(String::new()).unwrap();
    let answer = ask(&layer, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.body.contains("https://login.example"),
        "{}",
        answer.body
    );
}

/// Knows one token, which is no JWT.
struct OneToken;

impl CheckToken for OneToken {
    async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        let claims = json!({ "sub": "alice", "iss": "https://login.example" });
        match token {
            "opaque" => Principal::from_claims(claims.as_object().unwrap().clone()),
            _ => Err(Rejection::Inactive),
        }
    }
}

#[tokio::test]
async fn asks_whoever_knows_the_tokens() {
    for layer in [
        VerifyLayer::new(OneToken),
        VerifyLayer::new(Checker::new(OneToken)),
    ] {
        assert_eq!(ask(&layer, bearer("opaque")).await.body, "alice sensitive");
        assert_eq!(ask(&layer, bearer("other")).await.refused, Some("inactive"));
    }
}
