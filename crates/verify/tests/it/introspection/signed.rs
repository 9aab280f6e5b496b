//! Answers that the issuer signs (RFC 9701).

use keyfob_jose::{Algorithm, HeaderFields, jws};
use keyfob_protocol::Endpoint;
use keyfob_verify::Introspector;
use keyfob_verify::testing::TestIssuer;
use serde_json::json;

use super::{ISSUER, builder};
use crate::tokens::code;

fn introspector(issuer: &TestIssuer) -> Introspector {
    let builder = builder(issuer).signed_answers(issuer.algorithms());
    builder.build().unwrap()
}

#[tokio::test]
async fn a_signed_answer_is_asked_for_verified_and_read() {
    let issuer = TestIssuer::new(ISSUER);
    let introspector = introspector(&issuer);
    let token = issuer.token().subject("alice").opaque();
    let principal = introspector.verify(&token).await.unwrap();
    assert_eq!(principal.subject(), "alice");
    assert_eq!(code(&introspector.verify("unknown").await), "inactive");
    let requests = issuer.requests(Endpoint::Introspection);
    let accept = &requests[0].headers()["accept"];
    assert_eq!(accept, "application/token-introspection+jwt");
    assert_eq!(issuer.count(Endpoint::Jwks), 1, "the keys are kept");
}

#[tokio::test]
async fn a_plain_answer_is_refused_where_signed_ones_are_required() {
    let issuer = TestIssuer::new(ISSUER);
    let plain = json!({"active": true, "aud": issuer.audience()});
    issuer.answer(Endpoint::Introspection, 200, plain.to_string());
    let introspector = introspector(&issuer);
    let rejection = introspector.verify("opaque").await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_unavailable");
    assert!(rejection.to_string().contains("not signed"), "{rejection}");
    issuer.recover();
    let token = issuer.token().opaque();
    assert_eq!(
        code(&introspector.verify(&token).await),
        "good",
        "not taken for a bad token"
    );
}

#[tokio::test]
async fn answers_are_verified_with_a_rotated_key_too() {
    let issuer = TestIssuer::new(ISSUER);
    let introspector = introspector(&issuer);
    let token = issuer.token().opaque();
    assert_eq!(code(&introspector.verify(&token).await), "good");
    issuer.rotate();
    issuer.clock().advance(11 * super::SECOND);
    let other = issuer.token().opaque();
    assert_eq!(code(&introspector.verify(&other).await), "good");
    assert_eq!(issuer.count(Endpoint::Jwks), 2);
}

#[tokio::test]
async fn answers_signed_by_another_algorithm_or_for_another_client_are_refused() {
    let issuer = TestIssuer::new(ISSUER);
    let token = issuer.token().opaque();
    let picky = builder(&issuer).signed_answers([Algorithm::PS512]);
    let rejection = picky.build().unwrap().verify(&token).await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_unavailable");
    let given = builder(&issuer)
        .signed_answers(issuer.algorithms())
        .keys(TestIssuer::new("https://other.example").key_set());
    let rejection = given.build().unwrap().verify(&token).await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_unavailable");
    let key = issuer.signing_key(issuer.algorithms()[0]);
    let answer =
        json!({"iss": ISSUER, "aud": "another", "iat": 1, "token_introspection": {"active": true}});
    let answer = jws::sign(
        &key,
        &HeaderFields::typ("token-introspection+jwt"),
        answer.to_string().as_bytes(),
    );
    issuer.answer(Endpoint::Introspection, 200, answer.unwrap());
    assert_ne!(code(&introspector(&issuer).verify(&token).await), "good");
}
