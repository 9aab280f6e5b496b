//! One question at a time, and none to an issuer that fails.

use keyfob_protocol::{Blame, Endpoint};
use keyfob_transport::RetryPolicy;
use keyfob_verify::{Introspector, Rejection};

use super::{SECOND, builder, questions, scene, settle};
use crate::tokens::code;
use keyfob_verify::testing::TestIssuer;

fn spawn(introspector: &Introspector, token: &str) -> tokio::task::JoinHandle<&'static str> {
    let (introspector, token) = (introspector.clone(), token.to_owned());
    tokio::spawn(async move { code(&introspector.verify(&token).await) })
}

#[tokio::test]
async fn a_thousand_checks_of_one_token_ask_one_question() {
    let issuer = TestIssuer::new(super::ISSUER);
    let token = issuer.token().opaque();
    // Without a memory: it is the question that is shared.
    let introspector = builder(&issuer).memory(None).build().unwrap();
    issuer.hang();
    let tasks: Vec<_> = (0..1000).map(|_| spawn(&introspector, &token)).collect();
    settle().await;
    issuer.recover();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "good");
    }
    assert_eq!(questions(&issuer), 1);
}

#[tokio::test]
async fn whoever_stops_waiting_strands_nobody() {
    let (issuer, introspector) = scene();
    let token = issuer.token().opaque();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.hang();
    let first = spawn(&introspector, &token);
    issuer.count_reaches(Endpoint::Introspection, 2).await;
    let second = spawn(&introspector, &token);
    settle().await;
    first.abort();
    drop(first.await);
    issuer.recover();
    assert_eq!(second.await.unwrap(), "good");
    assert_eq!(questions(&issuer), 2);
}

#[tokio::test]
async fn a_question_that_nobody_waits_for_any_more_leaves_nothing_behind() {
    let (issuer, introspector) = scene();
    let token = issuer.token().opaque();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.hang();
    let only = spawn(&introspector, &token);
    issuer.count_reaches(Endpoint::Introspection, 2).await;
    only.abort();
    drop(only.await);
    issuer.recover();
    assert_eq!(code(&introspector.verify(&token).await), "good");
    assert_eq!(questions(&issuer), 3);
}

#[tokio::test]
async fn an_issuer_that_is_down_gets_one_question_for_each_pause() {
    let (issuer, introspector) = scene();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.fail();
    let before = questions(&issuer);
    for second in 0..600 {
        for n in 0..10 {
            let outcome = introspector.verify(&format!("opaque-{second}-{n}")).await;
            assert_eq!(code(&outcome), "introspection_unavailable");
        }
        issuer.clock().advance(SECOND);
    }
    let asked = questions(&issuer) - before;
    assert!((20..=26).contains(&asked), "{asked} of 6000 in ten minutes");
}

#[tokio::test]
async fn tokens_of_an_issuer_that_is_down_are_uncheckable_and_not_bad() {
    let (issuer, introspector) = scene();
    let token = issuer.token().opaque();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.fail();
    drop(introspector.verify(&token).await);
    let rejection: Rejection = introspector.verify(&token).await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_unavailable");
    assert_eq!(rejection.blame(), Blame::Network);
    assert_eq!(rejection.retry_after(), Some(SECOND));
    assert_eq!(rejection.challenge().status(), 503);
    issuer.recover();
    issuer.clock().advance(SECOND);
    assert_eq!(
        code(&introspector.verify(&token).await),
        "good",
        "no failure is remembered"
    );
}

#[tokio::test]
async fn after_a_pause_one_token_tries_and_the_others_do_not_wait() {
    let (issuer, introspector) = scene();
    let token = issuer.token().opaque();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.fail();
    drop(introspector.verify("one").await);
    issuer.recover();
    issuer.hang();
    issuer.clock().advance(SECOND);
    let before = questions(&issuer);
    let probe = spawn(&introspector, &token);
    issuer
        .count_reaches(Endpoint::Introspection, before + 1)
        .await;
    assert_eq!(
        code(&introspector.verify("two").await),
        "introspection_unavailable"
    );
    assert_eq!(questions(&issuer), before + 1);
    issuer.recover();
    assert_eq!(probe.await.unwrap(), "good");
    assert_eq!(code(&introspector.verify("two").await), "inactive");
}

#[tokio::test]
async fn whoever_comes_and_goes_makes_no_storm() {
    let (issuer, introspector) = scene();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.fail();
    drop(introspector.verify("one").await);
    issuer.recover();
    issuer.hang();
    issuer.clock().advance(SECOND);
    let before = questions(&issuer);
    for n in 0..50 {
        let visitor = spawn(&introspector, &format!("opaque-{n}"));
        settle().await;
        visitor.abort();
        drop(visitor.await);
    }
    assert_eq!(questions(&issuer), before + 1);
}

#[tokio::test]
async fn a_token_that_the_issuer_stumbles_over_does_not_silence_it_for_others() {
    let (issuer, introspector) = scene();
    let good = issuer.token().opaque();
    for _ in 0..3 {
        issuer.answer(Endpoint::Introspection, 500, "");
        assert_eq!(
            code(&introspector.verify("evil").await),
            "introspection_unavailable"
        );
        issuer.recover();
    }
    assert_eq!(code(&introspector.verify(&good).await), "good");
}

#[tokio::test]
async fn a_refusal_of_who_asks_is_nobody_elses_fault() {
    let (issuer, introspector) = scene();
    issuer.answer(
        Endpoint::Introspection,
        401,
        r#"{"error":"invalid_client"}"#,
    );
    let rejection = introspector.verify("opaque").await.unwrap_err();
    assert_eq!(rejection.code(), "introspection_unavailable");
    assert!(
        rejection.to_string().contains("invalid_client"),
        "{rejection}"
    );
    drop(introspector.verify("another").await);
    assert_eq!(
        questions(&issuer),
        1,
        "the next question would fare no better"
    );
}

#[tokio::test]
async fn an_issuer_that_hangs_is_given_up_in_time() {
    let issuer = TestIssuer::new(super::ISSUER);
    let introspector = builder(&issuer).limit(2 * SECOND).build().unwrap();
    drop(introspector.verify("fetches-the-metadata").await);
    issuer.hang();
    let asking = spawn(&introspector, "opaque");
    issuer.count_reaches(Endpoint::Introspection, 2).await;
    issuer.clock().advance(SECOND);
    settle().await;
    assert!(!asking.is_finished());
    issuer.clock().advance(SECOND);
    assert_eq!(asking.await.unwrap(), "introspection_unavailable");
}

#[tokio::test]
async fn a_short_failure_is_repeated_within_the_limit() {
    use keyfob_transport::testing::{ScriptedTransport, json, lost};
    use keyfob_transport::{Clock, ManualClock};
    let (script, clock) = (
        ScriptedTransport::new(),
        ManualClock::restless(crate::tokens::now()),
    );
    script.push(lost());
    script.push(json(200, r#"{"active":true,"aud":"api"}"#));
    let transport = script
        .transport_on(clock.clone())
        .with_retry(RetryPolicy::default());
    let introspector = Introspector::builder(super::ISSUER)
        .audience("api")
        .client(super::client())
        .endpoint("https://op.example/introspect")
        .transport(transport)
        .clock(Clock::from(clock))
        .build()
        .unwrap();
    assert_eq!(code(&introspector.verify("opaque").await), "good");
    assert_eq!(script.count(), 2);
}
