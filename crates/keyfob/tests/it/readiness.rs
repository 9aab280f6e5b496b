//! The order in which a session gets ready: what needs nobody comes before what needs a person.

use keyfob::client::Granted;
use keyfob::protocol::TokenResponse;
use keyfob::session::Readiness;
use keyfob::transport::testing::lost;
use keyfob::{Error, LoginNeeded};

use crate::support::{HOUR, World, granted, new_pair, oauth_error};

fn login(world: &World) -> Granted {
    Granted::new(
        TokenResponse::read(&granted("logged-in", Some("r"))).unwrap(),
        world.clock.now(),
    )
}

#[tokio::test]
async fn a_token_that_has_not_expired_is_ready_without_network() {
    for age in [0, 3000, 3599] {
        let world = World::new();
        world.seed(age).await;
        assert!(
            matches!(
                world.session.ensure_ready().await.unwrap(),
                Readiness::HasToken
            ),
            "{age}"
        );
        assert_eq!(world.script.count(), 0);
    }
}

#[tokio::test]
async fn a_client_that_needs_nobody_is_ready_without_network_even_if_its_token_has_expired() {
    let world = World::service();
    assert!(matches!(
        world.session.ensure_ready().await.unwrap(),
        Readiness::CanLogInUnattended
    ));
    world.seed(HOUR + 1).await;
    assert!(matches!(
        world.session.ensure_ready().await.unwrap(),
        Readiness::CanLogInUnattended
    ));
    assert_eq!(world.script.count(), 0);
}

// covers: planet-98
#[tokio::test]
async fn an_expired_token_is_refreshed() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(new_pair());
    let readiness = world
        .session
        .ensure_ready_or(|_| async { Err::<Granted, _>(Error::Cancelled) })
        .await
        .unwrap();
    assert!(matches!(readiness, Readiness::Refreshed));
    assert_eq!(world.session.current().unwrap().expose(), "new-access");
}

// covers: planet-98
#[tokio::test]
async fn a_refresh_that_fails_leads_to_a_login() {
    for failure in [true, false] {
        let world = World::new();
        world.seed(HOUR + 1).await;
        if failure {
            world.script.push(lost());
        } else {
            world.script.push(oauth_error("invalid_grant"));
        }
        let granted = login(&world);
        let readiness = world
            .session
            .ensure_ready_or(|_| async { Ok(granted) })
            .await
            .unwrap();
        assert!(matches!(readiness, Readiness::LoggedIn));
        assert_eq!(
            world.session.access_token().await.unwrap().expose(),
            "logged-in"
        );
    }
}

// covers: planet-98
#[tokio::test]
async fn without_a_credential_a_person_is_needed() {
    let world = World::new();
    let readiness = world.session.ensure_ready().await.unwrap();
    assert!(matches!(
        readiness,
        Readiness::LoginNeeded(LoginNeeded::NoCredential)
    ));
    assert!(!readiness.is_ready());
    let granted = login(&world);
    let readiness = world
        .session
        .ensure_ready_or(|_| async { Ok(granted) })
        .await
        .unwrap();
    assert!(matches!(readiness, Readiness::LoggedIn));
    assert_eq!(world.script.count(), 0);
}

// covers: planet-98
#[tokio::test]
async fn a_login_that_fails_is_the_callers_to_know() {
    let world = World::new();
    let error = world
        .session
        .ensure_ready_or(|_| async { Err::<Granted, _>(Error::NoProfile) })
        .await
        .unwrap_err();
    assert_eq!(error.code(), "no_profile");
}

#[tokio::test]
async fn no_lock_is_held_while_a_person_logs_in() {
    let world = World::new();
    let (store, granted) = (world.store.clone(), login(&world));
    let readiness = world
        .session
        .ensure_ready_or(|_| async move {
            assert!(
                store
                    .try_lock(&crate::support::profile())
                    .await
                    .unwrap()
                    .held()
                    .is_ok()
            );
            Ok(granted)
        })
        .await
        .unwrap();
    assert!(readiness.is_ready());
}
