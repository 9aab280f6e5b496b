//! A 401 gives up that very token, and a fresh one that is refused too is explained instead of replaced.

use keyfob::session::Invalidation;

use crate::support::{World, granted, new_pair};

// covers: alf-11, alf-21, W11
#[tokio::test]
async fn a_refused_token_is_replaced_by_the_next_call() {
    let world = World::new();
    world.seed(10).await;
    let token = world.session.access_token().await.unwrap();
    assert_eq!(world.session.invalidate(&token), Invalidation::Invalidated);
    assert!(world.session.current().is_none());
    world.script.push(new_pair());
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn reports_about_a_former_token_change_nothing() {
    let world = World::new();
    world.seed(10).await;
    let former = world.session.access_token().await.unwrap();
    assert_eq!(world.session.invalidate(&former), Invalidation::Invalidated);
    assert_eq!(world.session.invalidate(&former), Invalidation::Invalidated);
    world.script.push(new_pair());
    world.session.access_token().await.unwrap();
    assert_eq!(
        world.session.invalidate(&former),
        Invalidation::AlreadyReplaced
    );
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "new-access"
    );
    assert_eq!(world.script.count(), 1);
}

// covers: W9
#[tokio::test]
async fn a_refused_token_is_not_served_though_its_refresh_fails() {
    let world = World::new();
    world.seed(10).await;
    let token = world.session.access_token().await.unwrap();
    world.session.invalidate(&token);
    world.script.push(keyfob::transport::testing::lost());
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "answer_lost"
    );
    assert!(world.session.current().is_none());
}

#[tokio::test]
async fn a_fresh_token_that_is_refused_too_breaks_the_loop() {
    let world = World::new();
    world.seed(10).await;
    world.script.push(new_pair());
    world.script.push(granted("newer-access", None));
    let first = world.session.access_token().await.unwrap();
    world.session.invalidate(&first);
    for _ in 0..50 {
        let token = world.session.access_token().await.unwrap();
        assert_eq!(token.expose(), "new-access");
        assert_eq!(
            world.session.invalidate(&token),
            Invalidation::RejectedAgain
        );
    }
    assert_eq!(world.script.count(), 1);
    // Much later a 401 is news again.
    world.forward(61);
    let token = world.session.access_token().await.unwrap();
    assert_eq!(world.session.invalidate(&token), Invalidation::Invalidated);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "newer-access"
    );
}

#[tokio::test]
async fn the_same_token_issued_again_and_refused_again_breaks_the_loop() {
    let world = World::new();
    world.seed(10).await;
    world.script.otherwise(|_| granted("old-access", None));
    let token = world.session.access_token().await.unwrap();
    world.session.invalidate(&token);
    let again = world.session.access_token().await.unwrap();
    assert!(again.is_same(&token));
    assert_eq!(
        world.session.invalidate(&again),
        Invalidation::RejectedAgain
    );
    assert_eq!(world.script.count(), 1);
}
