//! What a verifier remembers, and what makes it check anew.
//!
//! Whether a token came from memory shows in what it takes: a remembered one is accepted by a verifier whose keys were
//! replaced behind its back only if it was not checked again, so most tests count entries and outcomes.

use std::time::Duration;

use keyfob_jose::SigningKey;
use keyfob_transport::{DocumentPolicy, KeySetDocument, ManualClock};
use keyfob_verify::protocol::Endpoint;
use keyfob_verify::testing::TestIssuer;
use keyfob_verify::{
    Algorithm, Principal, Profile, Rejection, TokenMemory, Verifier, VerifierBuilder,
};
use serde_json::json;

use crate::tokens::{API, ISSUER, KEY, NOW, changed, claims, code, keys, now, sign};

const SECOND: Duration = Duration::from_secs(1);

fn builder(clock: &ManualClock, key: &SigningKey) -> VerifierBuilder {
    Verifier::builder(ISSUER)
        .audience(API)
        .algorithms([Algorithm::ES256])
        .profile(Profile::Rfc9068)
        .keys(keys(&[key]))
        .clock(clock.clone().into())
}

struct Scene {
    clock: ManualClock,
    memory: TokenMemory,
    verifier: Verifier,
}

fn scene() -> Scene {
    let (clock, memory) = (ManualClock::new(now()), TokenMemory::new(100));
    let verifier = builder(&clock, &KEY).memory(memory.clone()).build();
    Scene {
        clock,
        memory,
        verifier: verifier.unwrap(),
    }
}

#[tokio::test]
async fn a_second_look_finds_the_same_principal() {
    let Scene {
        memory, verifier, ..
    } = scene();
    let token = sign(claims());
    let first = verifier.verify(&token).await.unwrap();
    assert_eq!(memory.len(), 1);
    let second = verifier.verify(&token).await.unwrap();
    assert_eq!(first, second);
    // Clones share the claims; a token that was checked anew would have its own.
    assert!(std::ptr::eq(first.subject(), second.subject()));
    let subject = verifier.verify_borrowed(&token, |who| who.subject().to_owned());
    assert_eq!(subject.await.unwrap(), "alice");
    assert_eq!(memory.len(), 1);
}

/// Tells whether the second verification was answered from memory.
async fn remembered(verifier: &Verifier, token: &str) -> bool {
    let first: Result<Principal, Rejection> = verifier.verify(token).await;
    let second = verifier.verify(token).await;
    match (first, second) {
        (Ok(first), Ok(second)) => std::ptr::eq(first.subject(), second.subject()),
        _ => false,
    }
}

#[tokio::test]
async fn without_a_memory_each_token_is_checked_anew() {
    let clock = ManualClock::new(now());
    let plain = builder(&clock, &KEY).build().unwrap();
    assert!(!remembered(&plain, &sign(claims())).await);
    let memory = TokenMemory::new(100);
    let switched_off = builder(&clock, &KEY).memory(memory.clone()).memory(None);
    let switched_off = switched_off.build().unwrap();
    assert!(!remembered(&switched_off, &sign(claims())).await && memory.is_empty());
    let empty = builder(&clock, &KEY).memory(TokenMemory::new(0));
    assert!(!remembered(&empty.build().unwrap(), &sign(claims())).await);
}

#[tokio::test]
async fn a_token_that_differs_in_one_bit_is_not_taken_for_a_remembered_one() {
    let Scene { verifier, .. } = scene();
    let token = sign(claims());
    assert!(remembered(&verifier, &token).await);
    for at in 0..token.len() {
        for bit in [1, 2, 4, 8, 16, 32, 64] {
            let mut changed = token.clone().into_bytes();
            changed[at] ^= bit;
            let changed = String::from_utf8(changed).unwrap();
            assert!(verifier.verify(&changed).await.is_err(), "{at} {bit}");
        }
    }
    for changed in [
        format!("{token} "),
        format!(" {token}"),
        format!("{token}="),
    ] {
        assert!(verifier.verify(&changed).await.is_err());
    }
    assert!(
        verifier
            .verify(token.trim_end_matches(char::is_alphanumeric))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_token_accepted_under_other_rules_is_not_remembered_for_these() {
    let Scene {
        clock,
        memory,
        verifier,
    } = scene();
    let token = sign(changed(&json!({"scope": "read"})));
    assert!(remembered(&verifier, &token).await);
    let other = || builder(&clock, &KEY).memory(memory.clone());
    let picky = other().any_scope(["write"]).build().unwrap();
    assert_eq!(code(&picky.verify(&token).await), "insufficient_scope");
    let elsewhere = Verifier::builder(ISSUER)
        .audience("https://other.example")
        .algorithms([Algorithm::ES256])
        .profile(Profile::Rfc9068)
        .keys(keys(&[&KEY]))
        .clock(clock.clone().into())
        .memory(memory.clone());
    let elsewhere = elsewhere.build().unwrap();
    assert_eq!(code(&elsewhere.verify(&token).await), "wrong_audience");
    let twin = other().build().unwrap();
    let (here, there) = (verifier.verify(&token).await, twin.verify(&token).await);
    let (here, there) = (here.unwrap(), there.unwrap());
    assert!(
        !std::ptr::eq(here.subject(), there.subject()),
        "checked anew"
    );
}

#[tokio::test]
async fn what_was_refused_is_not_remembered() {
    let Scene {
        clock,
        memory,
        verifier,
    } = scene();
    let early = sign(changed(&json!({"nbf": NOW + 60})));
    for token in [&early, &sign(changed(&json!({"exp": 1}))), "junk"] {
        assert!(verifier.verify(token).await.is_err());
    }
    assert!(memory.is_empty());
    clock.advance(30 * SECOND);
    assert!(remembered(&verifier, &early).await);
}

#[tokio::test]
async fn a_remembered_token_expires_at_the_very_second() {
    let Scene {
        clock, verifier, ..
    } = scene();
    // Without a memory, `exp` and 30 s of leeway end it at 330 s.
    let token = sign(changed(&json!({"exp": NOW + 300})));
    assert!(remembered(&verifier, &token).await);
    clock.advance(329 * SECOND + Duration::from_millis(999));
    assert!(remembered(&verifier, &token).await);
    clock.advance(Duration::from_millis(1));
    assert_eq!(code(&verifier.verify(&token).await), "expired");
    let rejection = verifier.verify(&token).await.unwrap_err();
    assert!(matches!(rejection, Rejection::Expired { ago, .. } if ago == 30 * SECOND));
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_a_remembered_token_one_of_the_future() {
    let Scene {
        clock, verifier, ..
    } = scene();
    let token = sign(changed(&json!({"nbf": NOW - 5})));
    assert!(remembered(&verifier, &token).await);
    clock.set_now(now() - 36 * SECOND);
    assert_eq!(code(&verifier.verify(&token).await), "not_yet_valid");
    clock.set_now(now() - 100 * SECOND);
    let token = sign(claims());
    assert_eq!(code(&verifier.verify(&token).await), "issued_in_future");
}

/// A verifier that fetches its keys from a test issuer, whose sets are good for a minute and one more.
fn fetching(issuer: &TestIssuer, memory: &TokenMemory) -> Verifier {
    let minute = 60 * SECOND;
    let policy = DocumentPolicy::keys()
        .with_age(minute, minute, minute)
        .with_max_stale(minute);
    let url: url::Url = format!("{}/jwks", issuer.issuer()).parse().unwrap();
    let keys = KeySetDocument::with_policy(
        url,
        issuer.transport(),
        issuer.clock().clone().into(),
        policy,
    );
    let builder = issuer.verifier_builder().key_set(keys);
    builder.memory(memory.clone()).build().unwrap()
}

/// Lets background tasks run until they wait for something.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_token_whose_key_was_withdrawn_is_checked_anew() {
    let issuer = TestIssuer::new("https://op.example");
    let verifier = fetching(&issuer, &TokenMemory::new(10));
    let token = issuer.token().sign();
    assert!(remembered(&verifier, &token).await);
    issuer.rotate();
    issuer.clock().advance(60 * SECOND);
    assert!(
        verifier.verify(&token).await.is_ok(),
        "its key stays published for a while"
    );
    settle().await;
    assert!(
        remembered(&verifier, &token).await,
        "through a refresh of the keys"
    );
    issuer.retire();
    issuer.clock().advance(60 * SECOND);
    drop(verifier.verify(&token).await);
    settle().await;
    assert_eq!(code(&verifier.verify(&token).await), "unknown_key");
}

#[tokio::test]
async fn keys_too_old_to_be_trusted_make_no_token_good() {
    let issuer = TestIssuer::new("https://op.example");
    let verifier = fetching(&issuer, &TokenMemory::new(10));
    let token = issuer.token().expires_in(3600 * SECOND).sign();
    assert!(remembered(&verifier, &token).await);
    issuer.fail();
    issuer.clock().advance(119 * SECOND);
    assert!(remembered(&verifier, &token).await);
    settle().await;
    issuer.clock().advance(SECOND);
    assert_ne!(code(&verifier.verify(&token).await), "good");
}

#[tokio::test]
async fn remembered_tokens_keep_their_keys_fresh() {
    let issuer = TestIssuer::new("https://op.example");
    let verifier = fetching(&issuer, &TokenMemory::new(10));
    let token = issuer.token().expires_in(3600 * SECOND).sign();
    for _ in 0..10 {
        assert!(verifier.verify(&token).await.is_ok());
        settle().await;
        issuer.clock().advance(55 * SECOND);
    }
    assert!(issuer.count(Endpoint::Jwks) >= 9);
}

#[tokio::test]
async fn flushing_forgets_every_token() {
    let Scene {
        memory, verifier, ..
    } = scene();
    let token = sign(claims());
    let before = verifier.verify(&token).await.unwrap();
    memory.flush();
    assert!(memory.is_empty() && memory.bytes() == 0);
    let after = verifier.verify(&token).await.unwrap();
    assert!(!std::ptr::eq(before.subject(), after.subject()));
}

#[tokio::test]
async fn forgetting_one_token_leaves_the_others() {
    let Scene { verifier, .. } = scene();
    let (one, other) = (sign(claims()), sign(changed(&json!({"jti": "2"}))));
    let first = verifier.verify(&one).await.unwrap();
    let kept = verifier.verify(&other).await.unwrap();
    verifier.forget(&one);
    let again = verifier.verify(&one).await.unwrap();
    assert!(!std::ptr::eq(first.subject(), again.subject()));
    let still = verifier.verify(&other).await.unwrap();
    assert!(std::ptr::eq(kept.subject(), still.subject()));
}

#[tokio::test]
async fn holds_no_more_than_its_bounds() {
    let clock = ManualClock::new(now());
    let memory = TokenMemory::new(3);
    let verifier = builder(&clock, &KEY)
        .memory(memory.clone())
        .build()
        .unwrap();
    for n in 0..20 {
        let token = sign(changed(&json!({"jti": n.to_string()})));
        assert!(verifier.verify(&token).await.is_ok());
    }
    assert_eq!(memory.len(), 3);
    let tiny = TokenMemory::with_bytes(3, 100);
    let verifier = builder(&clock, &KEY).memory(tiny.clone()).build().unwrap();
    assert!(!remembered(&verifier, &sign(claims())).await && tiny.is_empty());
    let shown = format!("{memory:?}");
    assert!(shown.contains('3') && !shown.contains("alice"), "{shown}");
}

#[tokio::test]
async fn a_bound_token_that_is_remembered_still_needs_its_proof() {
    let Scene {
        memory, verifier, ..
    } = scene();
    let token = sign(changed(&json!({"cnf": {"jkt": "0".repeat(43)}})));
    for _ in 0..2 {
        assert_eq!(code(&verifier.verify(&token).await), "binding_required");
    }
    assert_eq!(memory.len(), 1);
}
