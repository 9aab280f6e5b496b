//! Space is made sure of before a refresh token is sent, and what cannot be written is kept, served and tried again.

use std::sync::atomic::Ordering;

use keyfob::client::Granted;
use keyfob::protocol::TokenResponse;

use crate::support::{HOUR, World, granted, new_pair, sent};

#[tokio::test]
async fn a_store_that_cannot_be_written_is_found_before_the_refresh_token_is_sent() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.switches.reserve.store(true, Ordering::SeqCst);
    let error = world.session.access_token().await.unwrap_err();
    assert_eq!(error.code(), "store_unwritable");
    assert_eq!(world.script.count(), 0);
    world.switches.reserve.store(false, Ordering::SeqCst);
    world.forward(2);
    world.script.push(new_pair());
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
}

#[tokio::test]
async fn a_store_that_cannot_be_written_leaves_a_good_token_in_use() {
    let world = World::new();
    world.seed(3400).await;
    world.switches.lock.store(true, Ordering::SeqCst);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "old-access"
    );
    assert_eq!(world.script.count(), 0);
    assert!(world.told("refresh_failed"));
}

/// The store breaks between the mark and the answer.
async fn break_while_redeeming(world: &World) {
    let hold = world.script.push_held(new_pair());
    let session = world.session.clone();
    let caller = tokio::spawn(async move { session.access_token().await });
    let before = world.script.count();
    world.script.count_reaches(before.max(1)).await;
    world.switches.commit.store(true, Ordering::SeqCst);
    hold.release();
    assert_eq!(caller.await.unwrap().unwrap().expose(), "new-access");
}

#[tokio::test]
async fn tokens_that_cannot_be_written_are_served_and_written_at_the_next_use() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    break_while_redeeming(&world).await;
    assert!(world.told("not_saved"));
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "old-refresh"
    );
    assert!(world.session.status().await.unwrap().unsaved);
    world.session.settle().await;
    world.switches.commit.store(false, Ordering::SeqCst);
    world.forward(60);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    world.session.settle().await;
    assert!(world.told("saved"));
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "new-refresh"
    );
    assert_eq!(world.script.count(), 1);
    assert!(!world.session.status().await.unwrap().unsaved);
}

#[tokio::test]
async fn while_they_cannot_be_written_they_are_refreshed_in_memory() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    break_while_redeeming(&world).await;
    world.forward(HOUR + 1);
    world
        .script
        .push(granted("newer-access", Some("newer-refresh")));
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "newer-access"
    );
    assert_eq!(sent(&world.script), ["old-refresh", "new-refresh"]);
    world.switches.commit.store(false, Ordering::SeqCst);
    world.forward(60);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "newer-access"
    );
    world.session.settle().await;
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "newer-refresh"
    );
}

#[tokio::test]
async fn a_login_made_meanwhile_is_not_overwritten_by_what_could_not_be_written() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    break_while_redeeming(&world).await;
    world.session.settle().await;
    world.switches.commit.store(false, Ordering::SeqCst);
    world.forward(60);
    world
        .seed_with(
            0,
            &serde_json::json!({"access_token": "their-access", "refresh_token": "their-refresh"}),
        )
        .await;
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    world.session.settle().await;
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "their-refresh"
    );
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "their-access"
    );
}

fn login(world: &World) -> Granted {
    Granted::new(TokenResponse::read(&new_pair()).unwrap(), world.clock.now())
}

#[tokio::test]
async fn a_login_is_stored_and_published() {
    let world = World::new();
    let token = world.session.adopt(login(&world)).await.unwrap();
    assert_eq!(token.expose(), "new-access");
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "new-refresh"
    );
    assert_eq!(world.session.current().unwrap().expose(), "new-access");
    assert_eq!(world.session.status().await.unwrap().login_needed, None);
}

#[tokio::test]
async fn a_login_that_cannot_be_stored_says_so_and_is_usable_all_the_same() {
    let world = World::new();
    world.switches.lock.store(true, Ordering::SeqCst);
    assert_eq!(
        world.session.check_writable().await.unwrap_err().code(),
        "store_unwritable"
    );
    assert_eq!(
        world.session.adopt(login(&world)).await.unwrap_err().code(),
        "store_unwritable"
    );
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    world.session.settle().await;
    world.switches.lock.store(false, Ordering::SeqCst);
    world.forward(60);
    world.session.access_token().await.unwrap();
    world.session.settle().await;
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "new-refresh"
    );
}
