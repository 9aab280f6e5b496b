//! Traps that other libraries fell into, each a rule here.

use std::time::Duration;

use keyfob_jose::{Algorithm, JwkSet};
use keyfob_protocol::Endpoint;
use keyfob_verify::testing::TestIssuer;
use keyfob_verify::{Profile, Rejection, Verifier};
use serde_json::{Value, json};

use crate::tokens::code;

const FLOOR: Duration = Duration::from_secs(10);

fn issuer() -> TestIssuer {
    TestIssuer::new("https://op.example")
}

async fn verdict(verifier: &Verifier, token: &str) -> &'static str {
    code(&verifier.verify(token).await)
}

/// An issuer whose key set is this, and a verifier of its tokens that has fetched nothing yet.
fn publishing(issuer: &TestIssuer, keys: &[Value]) -> Verifier {
    issuer.answer(Endpoint::Jwks, 200, json!({ "keys": keys }).to_string());
    issuer.verifier()
}

fn public_keys(issuer: &TestIssuer) -> Vec<Value> {
    let keys = issuer.key_set();
    keys.keys().iter().map(keyfob_jose::Jwk::to_value).collect()
}

// The first trap: a validator with issuer and audience configured, and nine tokens that it must not take.
#[tokio::test]
async fn rejects_nine_tokens_that_issuer_and_audience_alone_do_not_stop() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let good = issuer.token();
    let day_ahead = good.claims()["iat"].as_u64().unwrap() + 24 * 3600;
    for (token, expected) in [
        (
            good.clone().header("crit", json!(["unknown"])),
            "critical_header",
        ),
        (
            good.clone()
                .header("crit", json!(["b64"]))
                .header("b64", true),
            "critical_header",
        ),
        (good.clone().without("aud"), "missing_claim"),
        (good.clone().without("iss"), "missing_claim"),
        (
            good.clone().claim("iss", json!(["https://op.example"])),
            "malformed_claim",
        ),
        (good.clone().claim("iss", 7), "malformed_claim"),
        (good.clone().claim("aud", 7), "malformed_claim"),
        (
            good.clone()
                .claim("nbf", day_ahead)
                .claim("exp", day_ahead + 60),
            "not_yet_valid",
        ),
        (good.clone().typ("dpop+jwt"), "wrong_type"),
    ] {
        assert_eq!(verdict(&verifier, &token.sign()).await, expected);
    }
    assert_eq!(verdict(&verifier, &good.sign()).await, "good");
}

#[tokio::test]
async fn clocks_that_differ_by_less_than_the_leeway_refuse_nothing() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let now = issuer.token().claims()["iat"].as_u64().unwrap();
    for (claim, date, expected) in [
        ("exp", now - 29, "good"),
        ("exp", now - 30, "expired"),
        ("iat", now + 60, "good"),
        ("iat", now + 61, "issued_in_future"),
        ("nbf", now + 30, "good"),
        ("nbf", now + 31, "not_yet_valid"),
    ] {
        let token = issuer.token().claim(claim, date).sign();
        assert_eq!(verdict(&verifier, &token).await, expected, "{claim} {date}");
    }
}

#[tokio::test]
async fn keys_are_fetched_again_when_they_grow_old_and_withdrawn_ones_forgotten() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let old = issuer.token().expires_in(Duration::from_hours(24)).sign();
    assert_eq!(verdict(&verifier, &old).await, "good");
    issuer.rotate();
    issuer.retire();
    issuer.clock().advance(Duration::from_mins(11));
    // The old copy is handed out while the fresh one is fetched.
    verifier.verify(&old).await.ok();
    issuer.count_reaches(Endpoint::Jwks, 2).await;
    let new = issuer.token().sign();
    assert_eq!(verdict(&verifier, &new).await, "good");
    assert_eq!(verdict(&verifier, &old).await, "unknown_key");
}

#[tokio::test]
async fn a_token_without_kid_is_tried_with_the_keys_that_fit() {
    let algorithms = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::ES384];
    let issuer = issuer().with_algorithms(algorithms);
    let verifier = issuer.verifier();
    for algorithm in algorithms {
        let token = issuer.token().algorithm(algorithm).kid(None).sign();
        assert_eq!(verdict(&verifier, &token).await, "good", "{algorithm}");
    }
}

#[tokio::test]
async fn keys_without_kid_are_all_of_use() {
    let (one, two) = (issuer(), issuer());
    let mut keys = [public_keys(&one), public_keys(&two)].concat();
    for key in &mut keys {
        key.as_object_mut().unwrap().remove("kid");
    }
    let verifier = publishing(&one, &keys);
    for signer in [&one, &two] {
        let token = signer.token().kid(None).sign();
        assert_eq!(verdict(&verifier, &token).await, "good");
    }
}

#[tokio::test]
async fn a_token_without_kid_does_not_make_us_try_a_hundred_keys() {
    let last = issuer();
    let mut keys: Vec<Value> = (0..9).flat_map(|_| public_keys(&issuer())).collect();
    keys.extend(public_keys(&last));
    let verifier = publishing(&last, &keys);
    let nameless = last.token().kid(None).sign();
    assert_eq!(verdict(&verifier, &nameless).await, "bad_signature");
    let too_many: Vec<Value> = keys.iter().cycle().take(101).cloned().collect();
    let verifier = publishing(&last, &too_many);
    assert_eq!(verdict(&verifier, &nameless).await, "keys_unavailable");
}

#[tokio::test]
async fn a_bad_signature_under_a_known_kid_costs_no_fetch() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
    for _ in 0..5 {
        issuer.clock().advance(FLOOR);
        let forged = issuer.wrong(keyfob_verify::testing::Wrong::BadSignature);
        assert_eq!(verdict(&verifier, &forged).await, "bad_signature");
    }
    assert_eq!(issuer.total(), 2);
}

#[tokio::test]
async fn a_key_set_without_end_is_not_read() {
    let issuer = issuer();
    let filler = json!({"kty": "new", "x": "x".repeat(2 * 1024 * 1024)});
    let verifier = publishing(&issuer, &[filler]);
    let token = issuer.token().sign();
    assert_eq!(verdict(&verifier, &token).await, "keys_unavailable");
}

// Rejections are logged, and an error page may hold anything.
#[tokio::test]
async fn no_answer_of_the_issuer_is_pasted_into_a_rejection() {
    let bodies = [
        "canary",
        r#"{"keys":"canary"}"#,
        r#"{"canary":"canary"}"#,
        "<html>canary</html>",
    ];
    for endpoint in [Endpoint::Metadata, Endpoint::Jwks] {
        for (status, body) in [200, 404, 500]
            .into_iter()
            .flat_map(|s| bodies.map(|b| (s, b)))
        {
            let issuer = issuer();
            issuer.answer(endpoint, status, body);
            let outcome = issuer.verifier().verify(&issuer.token().sign()).await;
            let rejection: Rejection = outcome.unwrap_err();
            let said = format!("{rejection} {rejection:?}");
            assert!(!said.contains("canary"), "{status} {body}: {said}");
            assert_eq!(rejection.code(), "keys_unavailable", "{status} {body}");
        }
    }
}

#[tokio::test]
async fn an_answer_other_than_200_is_no_key_set_and_no_metadata() {
    for status in [200, 201, 203, 204, 206, 301, 400, 404, 500, 503] {
        let expected = if status == 200 {
            "good"
        } else {
            "keys_unavailable"
        };
        let keys = issuer();
        let body = keys.key_set().to_value().to_string();
        keys.answer(Endpoint::Jwks, status, body);
        let outcome = verdict(&keys.verifier(), &keys.token().sign()).await;
        assert_eq!(outcome, expected, "key set, {status}");

        let metadata = issuer();
        let body =
            json!({"issuer": metadata.issuer(), "jwks_uri": format!("{}/jwks", metadata.issuer())});
        metadata.answer(Endpoint::Metadata, status, body.to_string());
        let outcome = verdict(&metadata.verifier(), &metadata.token().sign()).await;
        assert_eq!(outcome, expected, "metadata, {status}");
    }
}

#[tokio::test]
async fn verifications_during_a_fetch_wait_for_it_and_none_fails() {
    let issuer = issuer();
    issuer.hang();
    let verifier = issuer.verifier();
    let token = issuer.token().sign();
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { verdict(&verifier, &token).await })
        })
        .collect();
    issuer.count_reaches(Endpoint::Metadata, 1).await;
    issuer.recover();
    for task in waiting {
        assert_eq!(task.await.unwrap(), "good");
    }
    assert_eq!(issuer.total(), 2);
}

#[tokio::test]
async fn known_keys_verify_while_the_fetch_for_an_unknown_one_hangs() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let good = issuer.token().sign();
    assert_eq!(verdict(&verifier, &good).await, "good");
    issuer.clock().advance(FLOOR);
    issuer.hang();
    let stranger = issuer.token().kid("made-up").sign();
    let asking = tokio::spawn({
        let verifier = verifier.clone();
        async move { verdict(&verifier, &stranger).await }
    });
    issuer.count_reaches(Endpoint::Jwks, 2).await;
    for _ in 0..10 {
        assert_eq!(verdict(&verifier, &good).await, "good");
    }
    assert!(!asking.is_finished());
    issuer.recover();
    assert_eq!(asking.await.unwrap(), "unknown_key");
}

#[tokio::test]
async fn the_header_does_not_choose_the_algorithm() {
    let issuer = issuer().with_algorithms([Algorithm::ES256, Algorithm::EdDSA]);
    let builder = Verifier::builder(issuer.issuer()).audience(issuer.audience());
    let verifier = builder
        .algorithms([Algorithm::ES256])
        .profile(Profile::Rfc9068)
        .transport(issuer.transport())
        .clock(issuer.clock().clone().into())
        .build()
        .unwrap();
    let token = issuer.token().algorithm(Algorithm::EdDSA).sign();
    assert_eq!(verdict(&verifier, &token).await, "algorithm_refused");
    assert_eq!(issuer.total(), 0, "nor does it cause a fetch");
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
}

#[tokio::test]
async fn one_key_that_cannot_be_used_does_not_spoil_the_set() {
    let issuer = issuer();
    let mut keys = vec![
        json!({"kty": "new", "kid": "odd"}),
        json!({"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"}),
        json!({"kty": "EC", "crv": "P-256", "x": "", "y": "", "kid": "empty"}),
        json!(7),
    ];
    keys.extend(public_keys(&issuer));
    let verifier = publishing(&issuer, &keys);
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
    let odd = issuer.token().kid("odd").sign();
    assert_eq!(verdict(&verifier, &odd).await, "unknown_key");
}

#[tokio::test]
async fn a_rotated_key_is_of_use_after_the_floor_and_not_minutes_later() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    assert_eq!(verdict(&verifier, &issuer.token().sign()).await, "good");
    issuer.rotate();
    let token = issuer.token().sign();
    assert_eq!(verdict(&verifier, &token).await, "unknown_key");
    issuer.clock().advance(FLOOR);
    assert_eq!(verdict(&verifier, &token).await, "good");
}

#[test]
fn no_audience_is_a_mistake_and_not_a_switch() {
    let issuer = issuer();
    let builder = Verifier::builder(issuer.issuer()).algorithms([Algorithm::ES256]);
    let none = builder.clone().keys(JwkSet::default()).build();
    assert_eq!(none.unwrap_err().code(), "no_audience");
    let empty = builder.audience("").build();
    assert_eq!(empty.unwrap_err().code(), "no_audience");
}

#[tokio::test]
async fn old_keys_outlive_the_issuer_for_hours_and_not_for_ever() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let token = issuer.token().expires_in(Duration::from_hours(48)).sign();
    assert_eq!(verdict(&verifier, &token).await, "good");
    issuer.fail();
    issuer.clock().advance(Duration::from_hours(6));
    assert_eq!(verdict(&verifier, &token).await, "good");
    issuer.clock().advance(Duration::from_hours(2));
    assert_eq!(verdict(&verifier, &token).await, "keys_unavailable");
    issuer.recover();
    issuer.clock().advance(FLOOR);
    assert_eq!(verdict(&verifier, &token).await, "good");
}

#[tokio::test]
async fn a_failed_fetch_counts_for_the_floor_as_well() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let good = issuer.token().sign();
    assert_eq!(verdict(&verifier, &good).await, "good");
    issuer.fail();
    issuer.clock().advance(FLOOR);
    for n in 0..20 {
        let stranger = issuer.token().kid(&*format!("made-up-{n}")).sign();
        assert_ne!(verdict(&verifier, &stranger).await, "good");
        assert_eq!(verdict(&verifier, &good).await, "good");
    }
    assert_eq!(issuer.count(Endpoint::Jwks), 2);
}
