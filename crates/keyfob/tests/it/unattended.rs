//! Clients that need nobody log in by themselves, once for all, and survive a store that cannot be written.

use std::sync::atomic::Ordering;

use keyfob::transport::ManualClock;
use keyfob::transport::testing::lost;
use serde_json::json;

use crate::support::{HOUR, World, config, form, granted, oauth_error, start};

// covers: alf-25, alf-22, planet-67, planet-45
#[tokio::test]
async fn client_credentials_log_in_at_the_first_use_and_again_when_the_token_is_due() {
    let world = World::service();
    world.script.push(granted("first", None));
    world.script.push(granted("second", None));
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "first"
    );
    let request = form(world.script.requests()[0].body());
    assert_eq!(request["grant_type"], "client_credentials");
    assert_eq!(request["scope"], "openid offline_access");
    assert_eq!(world.stored_text("access_token").await.unwrap(), "first");
    world.forward(HOUR);
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "second"
    );
    assert_eq!(world.script.count(), 2);
}

#[tokio::test]
async fn siblings_share_the_token_of_one_login() {
    let world = World::service();
    world.script.push(granted("shared", None));
    let other = world.sibling_with(crate::support::service());
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "shared"
    );
    assert_eq!(other.access_token().await.unwrap().expose(), "shared");
    assert_eq!(world.script.count(), 1);
}

// covers: W10
#[tokio::test]
async fn a_refresh_token_that_is_refused_leads_to_a_new_login() {
    let world = World::service();
    world.seed(HOUR + 1).await;
    world.script.push(oauth_error("invalid_grant"));
    world.script.push(granted("logged-in-again", None));
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "logged-in-again"
    );
    assert_eq!(world.stored_text("refresh_token").await, None);
}

// covers: A16
#[tokio::test]
async fn a_store_that_cannot_be_written_does_not_keep_a_service_from_working() {
    let world = World::service();
    world.switches.lock.store(true, Ordering::SeqCst);
    world.script.push(granted("in-memory", None));
    for _ in 0..10 {
        assert_eq!(
            world.session.access_token().await.unwrap().expose(),
            "in-memory"
        );
    }
    assert_eq!(world.script.count(), 1);
    assert!(world.told("not_saved"));
}

#[tokio::test]
async fn a_password_in_the_configuration_logs_in() {
    let config = config()
        .with("client_type", "oidc_resource_owner")
        .with("username", "alice")
        .with("password", "wonderland");
    let world = World::with(config, ManualClock::new(start()));
    world.script.push(granted("alices", Some("refresh")));
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "alices"
    );
    let request = form(world.script.requests()[0].body());
    assert_eq!(
        (request["username"].as_str(), request["password"].as_str()),
        ("alice", "wonderland")
    );
    assert!(!format!("{:?}", world.session.client().config()).contains("wonderland"));
}

#[tokio::test]
async fn without_a_password_a_person_is_needed() {
    let config = config()
        .with("client_type", "oidc_resource_owner")
        .with("username", "alice");
    let world = World::with(config, ManualClock::new(start()));
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "login_needed"
    );
    assert_eq!(world.script.count(), 0);
}

// covers: W8
#[tokio::test]
async fn a_failing_login_is_not_repeated_by_every_caller() {
    let world = World::restless();
    world.sibling_with(crate::support::service());
    let service = world.sibling_with(crate::support::service());
    world.script.otherwise(|_| oauth_error("invalid_client"));
    for _ in 0..100 {
        assert_eq!(
            service.access_token().await.unwrap_err().oauth_error(),
            Some("invalid_client")
        );
    }
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_lost_answer_to_a_login_is_simply_asked_again() {
    let world = World::with(crate::support::service(), ManualClock::restless(start()));
    world.script.push(lost());
    world.script.push(granted("second-try", None));
    assert_eq!(
        world.session.access_token().await.unwrap().expose(),
        "second-try"
    );
}

#[tokio::test]
async fn an_id_token_of_a_login_that_cannot_be_verified_spoils_it() {
    let world = World::service();
    let body = json!({"access_token": "a", "id_token": "not-a-token", "expires_in": 3600});
    world
        .script
        .push(keyfob::transport::testing::json(200, body.to_string()));
    let error = world.session.access_token().await.unwrap_err();
    assert_eq!(error.code(), "id_token_malformed");
    assert!(world.session.current().is_none());
}

// covers: planet-21, planet-65, W15
#[tokio::test]
async fn a_token_that_nobody_can_renew_and_that_has_no_expiry_is_sent_until_it_is_refused() {
    let world = World::new();
    let token = json!({"access_token": "for-ever", "token_type": "Bearer"});
    crate::support::write(&world.store, &token).await;
    for _ in 0..3 {
        let found = world.session.access_token().await.unwrap();
        assert_eq!((found.expose(), found.expiry()), ("for-ever", None));
        world.forward(HOUR * 24 * 365);
    }
    let found = world.session.access_token().await.unwrap();
    world.session.invalidate(&found);
    let error = world.session.access_token().await.unwrap_err();
    assert!(error.is_login_needed(), "{error}");
    assert_eq!(world.script.count(), 0);
}
