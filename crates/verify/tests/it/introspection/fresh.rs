//! Which answers are kept, and for how long.

use std::time::Duration;

use keyfob_protocol::Endpoint;
use keyfob_verify::testing::TestIssuer;
use keyfob_verify::{AnswerMemory, Introspector};
use serde_json::json;

use super::{ISSUER, SECOND, builder, questions, scene, settle};
use crate::tokens::code;

async fn asks(
    issuer: &TestIssuer,
    introspector: &Introspector,
    token: &str,
) -> (&'static str, usize) {
    let before = questions(issuer);
    let outcome = code(&introspector.verify(token).await);
    (outcome, questions(issuer) - before)
}

#[tokio::test]
async fn a_good_answer_is_fresh_for_a_minute() {
    let (issuer, introspector) = scene();
    let token = issuer.token().opaque();
    assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 1));
    issuer.revoke(&token);
    issuer
        .clock()
        .advance(59 * SECOND + Duration::from_millis(999));
    assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 0));
    issuer.clock().advance(Duration::from_millis(1));
    assert_eq!(asks(&issuer, &introspector, &token).await, ("inactive", 1));
}

#[tokio::test]
async fn a_good_answer_ends_with_its_token() {
    let (issuer, introspector) = scene();
    let token = issuer.token().expires_in(10 * SECOND).opaque();
    assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 1));
    // The verifier's leeway counts for answers as it does for tokens.
    issuer.clock().advance(39 * SECOND);
    assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 0));
    issuer.clock().advance(SECOND);
    assert_eq!(asks(&issuer, &introspector, &token).await, ("expired", 0));
}

#[tokio::test]
async fn a_small_memory_keeps_bad_answers_too() {
    for entries in 2..8 {
        let issuer = TestIssuer::new(ISSUER);
        let introspector = builder(&issuer).memory(AnswerMemory::new(entries));
        let introspector = introspector.build().unwrap();
        let good = issuer.token().opaque();
        for _ in 0..3 {
            assert_eq!(code(&introspector.verify(&good).await), "good");
            assert_eq!(code(&introspector.verify("made-up").await), "inactive");
        }
        assert_eq!(questions(&issuer), 2, "{entries}");
    }
}

#[tokio::test]
async fn a_bad_answer_is_fresh_for_five_seconds() {
    let (issuer, introspector) = scene();
    let good = issuer.token();
    let elsewhere = good.clone().audience("urn:other").opaque();
    for (token, expected) in [("unknown", "inactive"), (&elsewhere, "wrong_audience")] {
        assert_eq!(asks(&issuer, &introspector, token).await, (expected, 1));
        issuer.clock().advance(4 * SECOND);
        assert_eq!(asks(&issuer, &introspector, token).await, (expected, 0));
        issuer.clock().advance(SECOND);
        assert_eq!(asks(&issuer, &introspector, token).await, (expected, 1));
    }
}

#[tokio::test]
async fn no_answer_is_not_a_bad_answer() {
    let (issuer, introspector) = scene();
    let token = issuer.token().opaque();
    let unreadable = json!({"active": true, "aud": issuer.audience(), "sub": 7}).to_string();
    for body in ["", "{}", r#"{"active":1}"#, &unreadable] {
        issuer.answer(Endpoint::Introspection, 200, body);
        assert_ne!(code(&introspector.verify(&token).await), "good");
        issuer.recover();
        assert_eq!(code(&introspector.verify(&token).await), "good", "{body}");
        introspector.flush();
    }
}

#[tokio::test]
async fn remembering_is_off_by_one_switch() {
    let issuer = TestIssuer::new(ISSUER);
    let introspector = builder(&issuer).memory(None).build().unwrap();
    let token = issuer.token().opaque();
    for _ in 0..3 {
        assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 1));
        assert_eq!(
            asks(&issuer, &introspector, "unknown").await,
            ("inactive", 1)
        );
    }
}

#[tokio::test]
async fn times_are_what_the_memory_is_told() {
    let issuer = TestIssuer::new(ISSUER);
    let memory = AnswerMemory::new(10)
        .with_good_for(3 * SECOND)
        .with_bad_for(100 * SECOND);
    let introspector = builder(&issuer).memory(memory).build().unwrap();
    let token = issuer.token().opaque();
    assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 1));
    assert_eq!(
        asks(&issuer, &introspector, "unknown").await,
        ("inactive", 1)
    );
    issuer.clock().advance(3 * SECOND);
    assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 1));
    assert_eq!(
        asks(&issuer, &introspector, "unknown").await,
        ("inactive", 1)
    );
}

#[tokio::test]
async fn a_machine_that_slept_does_not_take_an_old_answer_for_a_fresh_one() {
    let (issuer, introspector) = scene();
    let token = issuer.token().expires_in(7200 * SECOND).opaque();
    assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 1));
    issuer.clock().set_now(issuer.clock().now() + 61 * SECOND);
    assert_eq!(asks(&issuer, &introspector, &token).await, ("good", 1));
}

#[tokio::test]
async fn forgetting_asks_anew() {
    let (issuer, introspector) = scene();
    let (one, other) = (issuer.token().opaque(), issuer.token().opaque());
    for token in [&one, &other] {
        assert_eq!(asks(&issuer, &introspector, token).await, ("good", 1));
    }
    issuer.revoke(&one);
    introspector.forget(&one);
    assert_eq!(asks(&issuer, &introspector, &one).await, ("inactive", 1));
    assert_eq!(asks(&issuer, &introspector, &other).await, ("good", 0));
    introspector.flush();
    assert_eq!(asks(&issuer, &introspector, &other).await, ("good", 1));
}

#[tokio::test]
async fn an_answer_that_was_under_way_when_a_token_was_forgotten_is_not_kept() {
    let (issuer, introspector) = scene();
    let token = issuer.token().opaque();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.hang();
    let asking = tokio::spawn({
        let (introspector, token) = (introspector.clone(), token.clone());
        async move { code(&introspector.verify(&token).await) }
    });
    issuer.count_reaches(Endpoint::Introspection, 2).await;
    introspector.forget(&token);
    issuer.recover();
    assert_eq!(asking.await.unwrap(), "good");
    issuer.revoke(&token);
    assert_eq!(code(&introspector.verify(&token).await), "inactive");
}

#[tokio::test]
async fn whoever_asks_after_a_token_was_forgotten_does_not_wait_for_an_older_answer() {
    let (issuer, introspector) = scene();
    let token = issuer.token().opaque();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.hang();
    let ask = || {
        let (introspector, token) = (introspector.clone(), token.clone());
        tokio::spawn(async move { code(&introspector.verify(&token).await) })
    };
    let first = ask();
    issuer.count_reaches(Endpoint::Introspection, 2).await;
    introspector.forget(&token);
    let second = ask();
    issuer.count_reaches(Endpoint::Introspection, 3).await;
    settle().await;
    issuer.recover();
    assert_eq!(
        (first.await.unwrap(), second.await.unwrap()),
        ("good", "good")
    );
}

#[tokio::test]
async fn made_up_tokens_do_not_drive_out_good_ones() {
    let issuer = TestIssuer::new(ISSUER);
    let introspector = builder(&issuer)
        .memory(AnswerMemory::new(16))
        .build()
        .unwrap();
    let good: Vec<_> = (0..10).map(|_| issuer.token().opaque()).collect();
    for token in &good {
        assert_eq!(asks(&issuer, &introspector, token).await, ("good", 1));
    }
    for n in 0..500 {
        assert_eq!(
            code(&introspector.verify(&format!("made-up-{n}")).await),
            "inactive"
        );
    }
    for token in &good {
        assert_eq!(asks(&issuer, &introspector, token).await, ("good", 0));
    }
}

#[tokio::test]
async fn a_token_that_differs_in_one_bit_is_another_token() {
    let (issuer, introspector) = scene();
    let token = issuer.token().claim("tenant", json!("t")).opaque();
    assert_eq!(code(&introspector.verify(&token).await), "good");
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(
            code(&introspector.verify(&changed).await),
            "inactive",
            "{at}"
        );
    }
}
