//! Reads never lock, nobody waits for an early refresh, and one request serves all who wait.

use keyfob::store::TryLock;
use keyfob::transport::testing::lost;

use crate::support::{HOUR, World, granted, new_pair, profile, sent};

// covers: planet-63, alf-24, alf-23, ceg-16
#[tokio::test]
async fn a_good_token_is_served_while_another_holds_the_lock_and_without_any_request() {
    let world = World::new();
    world.seed(100).await;
    let TryLock::Held(_lease) = world.store.try_lock(&profile()).await.unwrap() else {
        panic!("locked")
    };
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "old-access"
    );
    assert_eq!(world.session.current().unwrap().expose(), "old-access");
    assert_eq!(world.script.count(), 0);
}

// covers: planet-63, planet-64, W12
#[tokio::test]
async fn nobody_waits_for_an_early_refresh() {
    let world = World::new();
    world.seed(3000).await;
    let hold = world.script.push_held(new_pair());
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "old-access"
    );
    world.script.count_reaches(1).await;
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "old-access"
    );
    hold.release();
    world.session.settle().await;
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    assert_eq!(world.script.count(), 1);
    assert!(world.told("refreshed"));
}

#[tokio::test]
async fn the_synchronous_read_starts_an_early_refresh_too() {
    let world = World::new();
    world.seed(3000).await;
    world.script.push(new_pair());
    world.session.access_token().await.unwrap();
    world.session.settle().await;
    assert_eq!(world.session.current_header().unwrap(), "Bearer new-access");
}

// covers: planet-64, ceg-17
#[tokio::test]
async fn an_expired_token_is_refreshed_before_it_is_handed_out_and_the_pair_is_stored() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(new_pair());
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "new-refresh"
    );
    assert_eq!(
        world.stored_text("access_token").await.unwrap(),
        "new-access"
    );
    assert_eq!(sent(&world.script), ["old-refresh"]);
}

// covers: W1
#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one_and_everything_else() {
    let world = World::new();
    world
        .seed_with(HOUR + 1, &serde_json::json!({"custom": "kept"}))
        .await;
    world.script.push(granted("new-access", None));
    world.session.access_token().await.unwrap();
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "old-refresh"
    );
    assert_eq!(world.stored_text("custom").await.unwrap(), "kept");
    assert_eq!(world.stored_text("scope").await.unwrap(), "openid");
}

// covers: A12, ceg-26
#[tokio::test]
async fn a_hundred_callers_make_one_request_and_get_the_same_token() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    let hold = world.script.push_held(new_pair());
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let session = world.session.clone();
            tokio::spawn(async move { session.access_token().await })
        })
        .collect();
    world.script.count_reaches(1).await;
    hold.release();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap().expose(), "new-access");
    }
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_hundred_callers_get_the_same_typed_error() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    let hold = world.script.push_held(lost());
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let session = world.session.clone();
            tokio::spawn(async move { session.access_token().await })
        })
        .collect();
    world.script.count_reaches(1).await;
    hold.release();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap_err().code(), "answer_lost");
    }
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_stop_the_refresh() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    let hold = world.script.push_held(new_pair());
    let session = world.session.clone();
    let caller = tokio::spawn(async move { session.access_token().await });
    world.script.count_reaches(1).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    hold.release();
    world.session.settle().await;
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "new-refresh"
    );
}

#[tokio::test]
async fn a_refresh_under_way_is_finished_though_every_handle_is_gone() {
    let world = World::new();
    world.seed(3000).await;
    let hold = world.script.push_held(new_pair());
    let World {
        session,
        script,
        store,
        ..
    } = world;
    session.access_token().await.unwrap();
    script.count_reaches(1).await;
    drop(session);
    hold.release();
    // The lock is free again when the outcome is stored.
    let stored = loop {
        if let TryLock::Held(mut lease) = store.try_lock(&profile()).await.unwrap() {
            break lease.load().await.unwrap().unwrap();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(stored.document.text("refresh_token"), Some("new-refresh"));
}

#[tokio::test]
async fn an_early_refresh_that_waits_for_the_lock_ends_with_the_session() {
    let world = World::new();
    world.seed(3000).await;
    let TryLock::Held(lease) = world.store.try_lock(&profile()).await.unwrap() else {
        panic!("locked")
    };
    world.session.access_token().await.unwrap();
    world.clock.sleepers_reach(1).await;
    let World {
        session,
        script,
        clock,
        ..
    } = world;
    drop(session);
    while clock.sleepers() > 0 {
        tokio::task::yield_now().await;
    }
    drop(lease);
    assert_eq!(script.count(), 0);
}

#[tokio::test]
async fn asking_by_name_brings_a_new_token_even_if_the_old_one_is_good() {
    let world = World::new();
    world.seed(10).await;
    world.script.push(new_pair());
    assert_eq!(
        world.session.refresh().await.unwrap().expose(),
        "new-access"
    );
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_token_that_does_not_last_long_enough_is_refreshed() {
    let world = World::new();
    world.seed(1000).await;
    world.script.push(new_pair());
    let token = world
        .session
        .access_token_lasting(std::time::Duration::from_secs(2600))
        .await
        .unwrap();
    assert_eq!(token.expose(), "old-access");
    let token = world
        .session
        .access_token_lasting(std::time::Duration::from_secs(2601))
        .await
        .unwrap();
    assert_eq!(token.expose(), "new-access");
}

#[tokio::test]
async fn asking_for_more_life_than_the_provider_gives_is_one_request_and_no_storm() {
    let world = World::new();
    world.seed(1000).await;
    world.script.push(new_pair());
    for _ in 0..30 {
        let token = world
            .session
            .access_token_lasting(std::time::Duration::from_hours(2))
            .await
            .unwrap();
        assert_eq!(token.expose(), "new-access");
    }
    assert_eq!(world.script.count(), 1);
}

// covers: planet-70, planet-12, ceg-18
#[tokio::test]
async fn what_another_process_has_refreshed_is_taken_over_without_a_request() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    let sibling = world.sibling();
    world.script.push(new_pair());
    assert_eq!(sibling.access_token().await.unwrap().expose(), "new-access");
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    assert_eq!(world.script.count(), 1);
    assert!(world.told("adopted"));
}

#[tokio::test]
async fn whoever_waits_for_the_lock_takes_over_what_its_holder_brought() {
    let world = World::restless();
    world.seed(HOUR + 1).await;
    let sibling = world.sibling();
    let hold = world.script.push_held(new_pair());
    let first = {
        let session = world.session.clone();
        tokio::spawn(async move { session.access_token().await })
    };
    world.script.count_reaches(1).await;
    let second = tokio::spawn(async move { sibling.access_token().await });
    while world.clock.naps().len() < 3 {
        tokio::task::yield_now().await;
    }
    hold.release();
    assert_eq!(first.await.unwrap().unwrap().expose(), "new-access");
    assert_eq!(second.await.unwrap().unwrap().expose(), "new-access");
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_lock_that_is_held_too_long_is_a_typed_error_that_names_the_holder() {
    let world = World::restless();
    world.seed(HOUR + 1).await;
    let TryLock::Held(_lease) = world.store.try_lock(&profile()).await.unwrap() else {
        panic!("locked")
    };
    let error = world.session.access_token().await.unwrap_err();
    assert_eq!(error.code(), "store_locked");
    assert!(error.is_transient());
    assert_eq!(world.script.count(), 0);
}

#[test]
fn the_blocking_session_refreshes_and_its_early_refresh_goes_on_by_itself() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let world = World::new();
    runtime.block_on(world.seed(HOUR + 1));
    world.script.push(new_pair());
    world.script.push(granted("newer-access", None));
    let session = keyfob::blocking::Session::new(world.session.clone()).unwrap();
    assert_eq!(session.access_token().unwrap().expose(), "new-access");
    world.forward(3000);
    assert_eq!(session.access_token().unwrap().expose(), "new-access");
    runtime.block_on(world.script.count_reaches(2));
    drop(session);
    assert_eq!(world.session.current().unwrap().expose(), "newer-access");
}
