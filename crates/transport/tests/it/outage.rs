//! Storms and outages in simulated time: made-up key ids, a dead endpoint, a hanging one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyfob_jose::{Algorithm, HeaderFields, SigningKey, jws};
use keyfob_transport::testing::{Answer, json, lost};
use keyfob_transport::{DocumentPolicy, KeySetDocument};

use crate::documents::{NEW, OLD, SECOND, Scene, key_set, scene, settle, token, verdict};

/// Verifies without ever waiting, or fails the test.
fn at_once(keys: &KeySetDocument, token: &str) -> &'static str {
    let mut verification = std::pin::pin!(verdict(keys, token));
    match verification
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(verdict) => verdict,
        Poll::Pending => panic!("a token with a known key had to wait"),
    }
}

/// Tokens with key ids nobody ever had.
fn made_up_tokens(count: usize) -> Vec<String> {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let sign = |n| {
        jws::sign(
            &key.clone().with_kid(format!("{n:x}")),
            &HeaderFields::default(),
            b"{}",
        )
        .unwrap()
    };
    (0..count).map(sign).collect()
}

// covers: W13, planet-80
#[tokio::test]
async fn ten_thousand_made_up_kids_cause_one_fetch_per_floor() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    script.otherwise(|_| key_set(&[&OLD]));
    assert_eq!(verdict(&keys, &token(&OLD)).await, "good");
    let good = token(&OLD);
    let floors = 10;
    for storm in made_up_tokens(10_000).chunks(1000) {
        for made_up in storm {
            assert_eq!(verdict(&keys, made_up).await, "unknown_key");
            assert_eq!(at_once(&keys, &good), "good");
        }
        clock.advance(policy.floor);
    }
    println!(
        "10000 made-up kids over {floors} floors: {} fetches",
        script.count()
    );
    assert_eq!(script.count(), floors);
}

#[tokio::test]
async fn ten_thousand_made_up_kids_at_once_cause_one_fetch() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    script.push(key_set(&[&OLD]));
    keys.load().await.unwrap();
    clock.advance(policy.floor);
    let hold = script.push_held(key_set(&[&OLD]));
    let tasks: Vec<_> = made_up_tokens(10_000)
        .into_iter()
        .map(|made_up| {
            let keys = keys.clone();
            tokio::spawn(async move { verdict(&keys, &made_up).await })
        })
        .collect();
    script.count_reaches(2).await;
    assert_eq!(at_once(&keys, &token(&OLD)), "good");
    hold.release();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "unknown_key");
    }
    assert_eq!(script.count(), 2);
}

// covers: W13
#[tokio::test]
async fn good_tokens_verify_through_an_hour_of_outage_and_the_floor_holds() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    script.push(key_set(&[&OLD]));
    let good = token(&OLD);
    assert_eq!(verdict(&keys, &good).await, "good");
    let turn = AtomicUsize::new(0);
    script.otherwise(move |_| -> Answer {
        match turn.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => lost().into(),
            1 => json(500, "<html>").into(),
            _ => json(200, "<html>").into(),
        }
    });
    let made_up = made_up_tokens(1).remove(0);
    clock.advance(policy.floor);
    for _ in 0..3600 {
        clock.advance(SECOND);
        assert_eq!(at_once(&keys, &good), "good");
        let unknown = verdict(&keys, &made_up).await;
        assert_ne!(unknown, "good");
        assert_ne!(
            unknown, "unknown_key",
            "it may be good, so it must not be called bad"
        );
    }
    let most = 1 + 3600 / usize::try_from(policy.floor.as_secs()).unwrap();
    println!(
        "an hour of outage: {} fetches, at most {most} allowed",
        script.count()
    );
    assert!(script.count() <= most && script.count() > most / 2);
    script.otherwise(|_| key_set(&[&NEW]));
    clock.advance(policy.floor);
    assert_eq!(
        verdict(&keys, &token(&NEW)).await,
        "good",
        "it recovers by itself"
    );
}

#[tokio::test]
async fn good_tokens_never_wait_for_a_hanging_fetch() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    script.push(key_set(&[&OLD]));
    let good = token(&OLD);
    assert_eq!(verdict(&keys, &good).await, "good");
    script.otherwise(|_| Answer::Hang);
    clock.advance(policy.default_age);
    for _ in 0..600 {
        assert_eq!(at_once(&keys, &good), "good");
        settle().await;
        clock.advance(SECOND);
    }
    // Each fetch hangs until its limit, and only then may the next one begin.
    assert!(script.count() <= 2 + 600 / usize::try_from(policy.limit.as_secs()).unwrap());
    assert!(script.count() > 5);
}

#[tokio::test]
async fn keys_too_old_are_an_error_until_fetched_again() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    script.push(key_set(&[&OLD]));
    let good = token(&OLD);
    assert_eq!(verdict(&keys, &good).await, "good");
    script.otherwise(|_| lost());
    clock.advance((policy.default_age + policy.max_stale).saturating_sub(SECOND));
    assert_eq!(at_once(&keys, &good), "good");
    settle().await;
    clock.advance(policy.floor);
    assert_eq!(verdict(&keys, &good).await, "answer_lost");
    assert!(keys.current().is_none());
    script.otherwise(|_| key_set(&[&OLD]));
    clock.advance(policy.floor);
    assert_eq!(verdict(&keys, &good).await, "good");
}

#[tokio::test]
async fn keys_do_not_outlive_a_machine_that_slept() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    script.push(key_set(&[&OLD]));
    assert_eq!(verdict(&keys, &token(&OLD)).await, "good");
    // Asleep, only the time of day goes on.
    clock.set_now(clock.now() + policy.max_age + policy.max_stale);
    clock.advance(policy.floor);
    script.push(key_set(&[&NEW]));
    assert_eq!(verdict(&keys, &token(&OLD)).await, "unknown_key");
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn a_server_that_asks_for_peace_gets_it_within_reason() {
    for (asked, waited) in [("45", 45), ("86400", 300)] {
        let Scene {
            script,
            clock,
            keys,
        } = scene(DocumentPolicy::keys());
        let mut busy = json(503, "{}");
        busy.headers_mut()
            .insert("retry-after", asked.parse().unwrap());
        script.push(busy);
        script.push(key_set(&[&OLD]));
        assert_eq!(keys.load().await.unwrap_err().code(), "http_error");
        clock.advance(Duration::from_secs(waited - 1));
        assert_eq!(keys.load().await.unwrap_err().code(), "http_error");
        assert_eq!(script.count(), 1);
        clock.advance(SECOND);
        assert!(keys.load().await.is_ok());
    }
}

#[tokio::test]
async fn a_dead_endpoint_is_asked_once_per_floor_when_there_are_no_keys_at_all() {
    let policy = DocumentPolicy::keys();
    let Scene {
        script,
        clock,
        keys,
    } = scene(policy.clone());
    script.otherwise(|_| lost());
    let token = token(&OLD);
    for _ in 0..100 {
        for _ in 0..50 {
            assert_eq!(verdict(&keys, &token).await, "answer_lost");
        }
        clock.advance(SECOND);
    }
    assert_eq!(script.count(), 10);
}
