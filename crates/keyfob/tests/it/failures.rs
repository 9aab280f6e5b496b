//! Failures are remembered, so that callers do not hammer, and a token that is still good is served meanwhile.

use std::time::Duration;

use keyfob::protocol::Advice;
use keyfob::store::TryLock;
use keyfob::transport::testing::{Answer, lost, unsent};

use crate::support::{HOUR, World, at, new_pair, oauth_error, profile, retry_after};

// covers: planet-66, W9
#[tokio::test]
async fn a_failed_refresh_leaves_a_good_token_in_use_until_it_expires() {
    let world = World::new();
    world.seed(3400).await;
    world.script.otherwise(|_| lost());
    for _ in 0..19 {
        assert_eq!(
            world.session.access_token().await.unwrap().expose(),
            "old-access"
        );
        world.forward(10);
    }
    world.forward(10);
    assert!(
        world.session.access_token().await.is_err(),
        "never hands out an expired token"
    );
    assert!(world.session.current().is_none());
}

// covers: W8
#[tokio::test]
async fn a_thousand_callers_after_a_failure_make_no_further_request() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.otherwise(|_| retry_after(503, 60));
    for _ in 0..1000 {
        let error = world.session.access_token().await.unwrap_err();
        assert_eq!(error.code(), "http_error");
        assert!(
            matches!(error.advice(), Advice::RetryAfter(Some(wait)) if wait == Duration::from_mins(1))
        );
    }
    assert_eq!(world.script.count(), 1);
    world.forward(59);
    world.session.access_token().await.unwrap_err();
    assert_eq!(world.script.count(), 1);
    world.forward(1);
    world.session.access_token().await.unwrap_err();
    assert_eq!(world.script.count(), 2);
}

#[tokio::test]
async fn pauses_grow_while_the_provider_is_sick_and_end_with_the_first_success() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.otherwise(|_| lost());
    let mut seconds_until_asked_again = Vec::new();
    for _ in 0..5 {
        let (before, mut waited) = (world.script.count(), 0);
        while world.script.count() == before {
            world.session.access_token().await.unwrap_err();
            world.forward(1);
            waited += 1;
        }
        seconds_until_asked_again.push(waited);
    }
    assert!(
        seconds_until_asked_again.is_sorted(),
        "{seconds_until_asked_again:?}"
    );
    assert!(
        seconds_until_asked_again[4] >= 4,
        "{seconds_until_asked_again:?}"
    );
    world.script.otherwise(|_| new_pair());
    world.forward(60);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
}

#[tokio::test]
async fn other_processes_respect_what_the_provider_asked_for() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.otherwise(|_| retry_after(429, 60));
    world.session.access_token().await.unwrap_err();
    let error = world.sibling().access_token().await.unwrap_err();
    assert_eq!(error.code(), "paused_after_failure");
    assert!(error.is_transient());
    assert_eq!(world.script.count(), 1);
    world.forward(61);
    assert_eq!(
        world.sibling().access_token().await.unwrap_err().code(),
        "http_error"
    );
    assert_eq!(world.script.count(), 2);
}

#[tokio::test]
async fn whoever_asks_by_name_is_not_put_off() {
    let world = World::new();
    world.seed(10).await;
    world.script.push(retry_after(503, 60));
    world.script.push(new_pair());
    assert!(
        world.session.refresh().await.is_err(),
        "the former token is no answer to a refresh"
    );
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "old-access"
    );
    assert_eq!(
        world.session.refresh().await.unwrap().expose(),
        "new-access"
    );
}

#[tokio::test]
async fn a_provider_that_hangs_costs_holders_of_a_good_token_five_seconds_once() {
    let world = World::new();
    world.seed(3400).await;
    world.script.push(Answer::Hang);
    let session = world.session.clone();
    let caller = tokio::spawn(async move { session.access_token().await });
    // The limit of the exchange, and the caller's own.
    world.script.count_reaches(1).await;
    world.clock.sleepers_reach(2).await;
    world.forward(5);
    assert_eq!(caller.await.unwrap().unwrap().expose(), "old-access");
    // Everybody after that waits no longer.
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "old-access"
    );
    assert_eq!(world.script.count(), 1);
}

// covers: W7
#[tokio::test]
async fn a_provider_that_hangs_ends_in_a_typed_error() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(Answer::Hang);
    let session = world.session.clone();
    let caller = tokio::spawn(async move { session.access_token().await });
    world.script.count_reaches(1).await;
    world.clock.sleepers_reach(2).await;
    world.forward(90);
    let error = caller.await.unwrap().unwrap_err();
    assert_eq!(error.code(), "answer_timeout");
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "old-refresh"
    );
}

#[tokio::test]
async fn a_request_that_never_left_leaves_no_mark() {
    let world = World::restless();
    world.seed(HOUR + 1).await;
    world.script.otherwise(|_| unsent());
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "connect_failed"
    );
    assert_eq!(world.session.status().await.unwrap().redeeming_since, None);
    world.script.otherwise(|_| oauth_error("invalid_grant"));
    world.forward(60);
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "login_ended"
    );
}

#[tokio::test]
async fn who_has_a_good_token_tries_a_sick_provider_once_a_minute_in_all_processes() {
    for age in [3000, 3400] {
        let world = World::new();
        world.seed(age).await;
        world.script.otherwise(|_| retry_after(503, 20));
        for (seconds, attempts) in [(0, 1), (0, 1), (21, 1), (58, 1), (2, 2), (0, 2)] {
            world.forward(seconds);
            let process = world.sibling();
            let token = process.access_token().await.unwrap();
            assert_eq!(token.expose(), "old-access");
            process.settle().await;
            assert_eq!(world.script.count(), attempts, "{age} {seconds}");
        }
    }
}

#[tokio::test]
async fn who_is_about_to_end_does_not_wait_for_anothers_lock() {
    for age in [3000, 3400] {
        let world = World::new();
        world.seed(age).await;
        let TryLock::Held(_lease) = world.store.try_lock(&profile()).await.unwrap() else {
            panic!("locked")
        };
        let session = world.session.clone();
        let caller = tokio::spawn(async move {
            let token = session.access_token().await;
            session.settle().await;
            token
        });
        if age == 3400 {
            world.clock.sleepers_reach(2).await;
            while !caller.is_finished() {
                world.clock.advance(Duration::from_millis(100));
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(caller.await.unwrap().unwrap().expose(), "old-access");
        assert!(world.clock.now() < at(10), "nobody waits for half a minute");
    }
}
