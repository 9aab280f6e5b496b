//! The verifier with keys it fetches itself.

use keyfob_jose::{Algorithm, HeaderFields};
use keyfob_transport::testing::{ScriptedTransport, json, lost};
use keyfob_transport::{Clock, ManualClock, RetryPolicy};
use keyfob_verify::{CheckToken, Checker, Profile, Verifier, VerifierBuilder};

use crate::tokens::{API, ISSUER, KEY, changed, claims, code, keys, now, sign, sign_typed};

fn builder(script: &ScriptedTransport, clock: &ManualClock) -> VerifierBuilder {
    let transport = script
        .transport_on(clock.clone())
        .with_retry(RetryPolicy::never());
    Verifier::builder(ISSUER)
        .audience(API)
        .algorithms([Algorithm::ES256])
        .profile(Profile::Rfc9068)
        .clock(Clock::from(clock.clone()))
        .transport(transport)
}

fn provider(script: &ScriptedTransport) {
    script.otherwise(|request| match request.uri().path() {
        "/.well-known/openid-configuration" => json(
            200,
            format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{ISSUER}/jwks"}}"#),
        ),
        _ => json(200, keys(&[&KEY]).to_value().to_string()),
    });
}

// covers: ceg-15, planet-80, planet-41
#[tokio::test]
async fn finds_the_issuers_keys_and_keeps_them() {
    let (script, clock) = (ScriptedTransport::new(), ManualClock::new(now()));
    provider(&script);
    let verifier = builder(&script, &clock).build().unwrap();
    assert_eq!(script.count(), 0, "building touches no network");
    for _ in 0..100 {
        assert_eq!(code(&verifier.verify(&sign(claims())).await), "good");
    }
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn a_thousand_first_verifications_fetch_once() {
    let (script, clock) = (ScriptedTransport::new(), ManualClock::new(now()));
    provider(&script);
    let verifier = builder(&script, &clock).build().unwrap();
    let token = sign(claims());
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token.clone());
            tokio::spawn(async move { code(&verifier.verify(&token).await) })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "good");
    }
    assert_eq!(script.count(), 2, "the metadata once and the keys once");
}

#[tokio::test]
async fn without_keys_a_token_is_not_called_bad() {
    let (script, clock) = (ScriptedTransport::new(), ManualClock::new(now()));
    script.push(lost());
    let verifier = builder(&script, &clock).build().unwrap();
    let rejection = verifier.verify(&sign(claims())).await.unwrap_err();
    assert_eq!(rejection.code(), "keys_unavailable");
    assert!(verifier.warm_up().await.is_err());
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn what_the_header_gives_away_costs_no_fetch() {
    let (script, clock) = (ScriptedTransport::new(), ManualClock::new(now()));
    let verifier = builder(&script, &clock).build().unwrap();
    let id_token = sign_typed(claims(), &HeaderFields::typ("JWT"));
    assert_eq!(code(&verifier.verify(&id_token).await), "wrong_type");
    assert_eq!(code(&verifier.verify("junk").await), "malformed_token");
    assert_eq!(script.count(), 0);
}

#[tokio::test]
async fn given_keys_are_used_without_any_fetch() {
    let (script, clock) = (ScriptedTransport::new(), ManualClock::new(now()));
    let verifier = builder(&script, &clock)
        .keys(keys(&[&KEY]))
        .build()
        .unwrap();
    verifier.warm_up().await.unwrap();
    assert_eq!(code(&verifier.verify(&sign(claims())).await), "good");
    assert_eq!(script.count(), 0);
}

// covers: planet-42
#[test]
fn refuses_to_be_built_without_its_four_essentials() {
    let complete = || {
        Verifier::builder(ISSUER)
            .audience(API)
            .algorithms([Algorithm::ES256])
            .profile(Profile::Rfc9068)
    };
    assert!(complete().build().is_ok());
    let without = [
        (
            Verifier::builder(ISSUER).algorithms([Algorithm::ES256]),
            "no_audience",
        ),
        (
            Verifier::builder(ISSUER)
                .algorithms([Algorithm::ES256])
                .audience(""),
            "no_audience",
        ),
        (Verifier::builder(ISSUER).audience(API), "no_algorithm"),
        (
            Verifier::builder(ISSUER)
                .audience(API)
                .algorithms([Algorithm::HS256]),
            "no_algorithm",
        ),
        (
            Verifier::builder("http://op.example")
                .audience(API)
                .algorithms([Algorithm::ES256]),
            "insecure_url",
        ),
        (
            Verifier::builder(ISSUER)
                .audience(API)
                .algorithms([Algorithm::ES256]),
            "no_profile",
        ),
    ];
    for (builder, expected) in without {
        assert_eq!(builder.build().unwrap_err().code(), expected);
    }
}

#[tokio::test]
async fn a_bound_token_is_refused_alone_and_left_to_the_callers_next_step_by_check() {
    let (script, clock) = (ScriptedTransport::new(), ManualClock::new(now()));
    let verifier = builder(&script, &clock)
        .keys(keys(&[&KEY]))
        .build()
        .unwrap();
    for cnf in [json_of(r#"{"jkt":"x"}"#), json_of("{}"), json_of("7")] {
        let token = sign(changed(&serde_json::json!({"cnf": cnf})));
        assert_eq!(code(&verifier.verify(&token).await), "binding_required");
        let borrowed = verifier.verify_borrowed(&token, |_| ()).await.unwrap_err();
        assert_eq!(borrowed.code(), "binding_required");
        assert_eq!(code(&verifier.check(&token).await), "good");
        let checker = Checker::new(verifier.clone());
        assert!(checker.check(&token).await.unwrap().cnf().is_some());
    }
}

fn json_of(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}
