//! JWTs and opaque tokens at one door.

use keyfob_protocol::Endpoint;
use keyfob_verify::testing::{TestIssuer, Wrong};
use keyfob_verify::{CheckToken, JwtOrOpaque, Rejection};
use serde_json::json;

use super::{ISSUER, builder, questions};
use crate::tokens::code;

fn scene() -> (TestIssuer, JwtOrOpaque) {
    let issuer = TestIssuer::new(ISSUER);
    let introspector = builder(&issuer).build().unwrap();
    let checker = JwtOrOpaque::new(issuer.verifier(), introspector);
    (issuer, checker)
}

#[tokio::test]
async fn a_jwt_is_checked_here_and_an_opaque_token_is_asked_about() {
    let (issuer, checker) = scene();
    let token = issuer.token();
    assert_eq!(code(&checker.check(&token.sign()).await), "good");
    assert_eq!(questions(&issuer), 0);
    assert_eq!(code(&checker.check(&token.opaque()).await), "good");
    assert_eq!(questions(&issuer), 1);
}

#[tokio::test]
async fn a_jwt_that_is_refused_here_is_not_tried_there() {
    let (issuer, checker) = scene();
    let verifier = issuer.verifier();
    let jwts = Wrong::ALL.iter().map(|wrong| issuer.wrong(*wrong));
    let jwts: Vec<_> = jwts.filter(|token| token.starts_with("ey")).collect();
    assert!(jwts.len() > 5);
    for token in jwts.iter().filter(|token| token.split('.').count() == 3) {
        let alone = code(&verifier.check(token).await);
        assert_eq!(code(&checker.check(token).await), alone);
    }
    assert_eq!(questions(&issuer), 0);
}

#[tokio::test]
async fn a_jwt_in_disguise_is_refused_and_never_asked_about() {
    let (issuer, checker) = scene();
    // Whatever it is shown, this issuer calls it active.
    let answer = json!({"active": true, "aud": issuer.audience()});
    issuer.answer(Endpoint::Introspection, 200, answer.to_string());
    for jwt in [issuer.token().sign(), issuer.wrong(Wrong::Expired)] {
        let (header, rest) = jwt.split_once('.').unwrap();
        let twice = keyfob_jose::base64url::encode(r#"{"alg":"RS256","alg":"RS256"}"#);
        for token in [
            format!("{jwt}."),
            format!("{jwt}.."),
            format!("{jwt}.x"),
            format!("{jwt}.x.y"),
            format!("{twice}.{rest}"),
            format!("{header}=.{rest}"),
            format!("{header}==.{rest}."),
            format!("{header}."),
            format!("{jwt}.{}", "x".repeat(64 * 1024)),
        ] {
            let rejection = checker.check(&token).await.unwrap_err();
            assert!(matches!(rejection, Rejection::Malformed(_)), "{rejection}");
        }
    }
    assert_eq!(questions(&issuer), 0);
}

#[tokio::test]
async fn what_only_has_dots_is_opaque() {
    let (issuer, checker) = scene();
    for token in ["a.b", "a.b.c", "..", "e30.e30.e30", "a.b.c.d.e"] {
        assert_eq!(code(&checker.check(token).await), "inactive", "{token}");
    }
    assert_eq!(questions(&issuer), 5);
}

#[tokio::test]
async fn confirming_asks_about_good_jwts_only_and_believes_the_answer() {
    let (issuer, checker) = scene();
    let checker = checker.confirming();
    let (good, revoked) = (
        issuer.token().sign(),
        issuer.token().claim("jti", "2").sign(),
    );
    issuer.revoke(&revoked);
    assert_eq!(code(&checker.check(&good).await), "good");
    assert_eq!(code(&checker.check(&revoked).await), "inactive");
    assert_eq!(questions(&issuer), 2);
    assert_eq!(
        code(&checker.check(&issuer.wrong(Wrong::Expired)).await),
        "expired"
    );
    assert_eq!(questions(&issuer), 2);
    assert_eq!(code(&checker.check(&good).await), "good");
    assert_eq!(questions(&issuer), 2, "the answer is remembered");
}

#[tokio::test]
async fn an_answer_that_contradicts_the_jwt_refuses_it() {
    let (issuer, _) = scene();
    let token = issuer.token().subject("alice").client_id("demo");
    let token = token.claim("exp", 4_000_000_000_u64).sign();
    for (member, value, expected) in [
        ("sub", json!("alice"), "good"),
        ("sub", json!("mallory"), "introspection_mismatch"),
        ("client_id", json!("demo"), "good"),
        ("client_id", json!("other"), "introspection_mismatch"),
        ("exp", json!(4_000_000_001_u64), "good"),
        ("exp", json!(4_000_000_002_u64), "introspection_mismatch"),
        ("iss", json!("https://other.example"), "wrong_issuer"),
        ("active", json!(false), "inactive"),
    ] {
        let mut answer = json!({"active": true, "aud": issuer.audience()});
        answer[member] = value;
        issuer.answer(Endpoint::Introspection, 200, answer.to_string());
        let introspector = builder(&issuer).build().unwrap();
        let checker = JwtOrOpaque::new(issuer.verifier(), introspector).confirming();
        assert_eq!(code(&checker.check(&token).await), expected, "{answer}");
        issuer.recover();
    }
}

#[tokio::test]
async fn a_jwt_of_another_issuer_is_neither_confirmed_by_this_one_nor_shown_to_it() {
    let issuer = TestIssuer::new(ISSUER);
    let other = TestIssuer::new("https://other.example");
    let introspector = builder(&issuer).build().unwrap();
    let checker = JwtOrOpaque::new(other.verifier(), introspector).confirming();
    let answer = json!({"active": true, "aud": issuer.audience()});
    issuer.answer(Endpoint::Introspection, 200, answer.to_string());
    let outcome = checker.check(&other.token().sign()).await;
    assert_eq!(code(&outcome), "no_revocation_check");
    assert_eq!(questions(&issuer), 0);
    assert_eq!(issuer.total(), 0, "nothing is fetched for it, either");
}
