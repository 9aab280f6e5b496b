//! What a program can ask of a session beyond a token: how early to renew, what to require, what to forget.

use std::time::Duration;

use keyfob::session::{Forget, SessionPolicy};
use keyfob::store::{Store, TryLock};
use keyfob::transport::Clock;
use keyfob::transport::testing::{lost, respond};
use keyfob::verify::RequiredClaims;
use keyfob::{Client, Error, Session};
use serde_json::{Value, json};

use crate::support::{HOUR, World, config, granted, new_pair, oauth_error, profile, sent, service};

/// Another session of the same world with a policy of its own.
fn with_policy(world: &World, policy: SessionPolicy) -> Session {
    let clock = Clock::from(world.clock.clone());
    let client = Client::from_config(config(), world.script.transport(), clock).unwrap();
    Session::with_policy(client, world.store.clone(), profile(), policy)
}

fn buffered(world: &World, seconds: u64) -> Session {
    let buffer = Duration::from_secs(seconds);
    let policy = SessionPolicy::default().with_renewal_buffer(buffer);
    with_policy(world, policy.unwrap())
}

async fn token(session: &Session) -> Result<String, Error> {
    let token = session.access_token().await?;
    Ok(token.expose().to_owned())
}

/// Stores a token with so many seconds of its life left.
async fn seed(world: &World, life: u64, left: u64) {
    let now = world
        .clock
        .now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH);
    let end = now.unwrap().as_secs() + left;
    let notes = json!({"received_at": end - life, "expires_at": end});
    world.seed_with(0, &json!({ "_keyfob": notes })).await;
}

// covers: ceg-20, ceg-16, planet-63, W12
#[tokio::test]
async fn a_token_is_renewed_within_its_renewal_buffer_and_not_before() {
    for (buffer, life, left, renewed) in [
        (60, HOUR, 50, true),
        (60, HOUR, 61, false),
        (60, HOUR, 600, false),
        (0, HOUR, 50, false),
        (0, HOUR, 1, false),
        (60, 20, 11, false),
        (60, 20, 9, true),
        (600, HOUR, 599, true),
        (600, 1000, 501, false),
        (600, 1000, 499, true),
    ] {
        let world = World::new();
        seed(&world, life, left).await;
        world.script.otherwise(|_| new_pair());
        let session = buffered(&world, buffer);
        let expected = if renewed { "new-access" } else { "old-access" };
        assert_eq!(
            token(&session).await.unwrap(),
            expected,
            "{buffer} {life} {left}"
        );
        session.settle().await;
        assert_eq!(
            world.script.count(),
            usize::from(renewed),
            "{buffer} {life} {left}"
        );
    }
}

// covers: ceg-21, planet-66, W8
#[tokio::test]
async fn a_renewal_that_fails_within_the_buffer_returns_the_token_and_is_not_repeated_at_once() {
    for failure in ["lost", "sick", "refused"] {
        let world = World::new();
        seed(&world, HOUR, 50).await;
        match failure {
            "sick" => world.script.push(respond(500, "text/html", "<p>sorry</p>")),
            "refused" => world.script.push(oauth_error("invalid_request")),
            _ => world.script.push(lost()),
        }
        let session = buffered(&world, 60);
        for _ in 0..5 {
            assert_eq!(token(&session).await.unwrap(), "old-access", "{failure}");
        }
        assert_eq!(world.script.count(), 1, "{failure}");
    }
}

#[tokio::test]
async fn without_early_renewal_a_dead_token_is_still_renewed_before_it_is_handed_out() {
    let world = World::new();
    seed(&world, HOUR, 0).await;
    world.script.push(new_pair());
    assert_eq!(token(&buffered(&world, 0)).await.unwrap(), "new-access");
}

// covers: ceg-27
#[tokio::test]
async fn a_forgotten_access_token_comes_back_by_the_refresh_token() {
    let world = World::new();
    world.seed_with(100, &json!({"other": 1})).await;
    assert_eq!(token(&world.session).await.unwrap(), "old-access");
    assert!(world.session.forget_access_token().await.unwrap());
    assert!(world.session.current().is_none());
    let stored = world.stored().await;
    assert_eq!(stored.text("access_token"), None);
    assert_eq!(stored.text("refresh_token"), Some("old-refresh"));
    assert_eq!(stored.get("other"), Some(&json!(1)));
    assert_eq!(world.script.count(), 0, "nothing is revoked");
    world.script.push(new_pair());
    assert_eq!(token(&world.session).await.unwrap(), "new-access");
    assert_eq!(sent(&world.script), ["old-refresh"]);
}

#[tokio::test]
async fn forgetting_the_access_token_of_a_login_that_could_not_be_stored_stores_the_rest() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    // The mark is written before the refresh token is sent, the answer is not.
    let switches = std::sync::Arc::clone(&world.switches);
    world.script.otherwise(move |_| {
        switches
            .commit
            .store(true, std::sync::atomic::Ordering::SeqCst);
        new_pair()
    });
    assert_eq!(token(&world.session).await.unwrap(), "new-access");
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "old-refresh"
    );
    let refused = world.session.forget_access_token().await.unwrap_err();
    assert_eq!(refused.code(), "store_unwritable");
    assert_eq!(world.session.current().unwrap().expose(), "new-access");
    world
        .switches
        .commit
        .store(false, std::sync::atomic::Ordering::SeqCst);
    assert!(world.session.forget_access_token().await.unwrap());
    let stored = world.stored().await;
    assert_eq!(stored.text("refresh_token"), Some("new-refresh"));
    assert_eq!(stored.text("access_token"), None);
    assert!(world.session.current().is_none());
    world.script.otherwise(|_| granted("newer-access", None));
    assert_eq!(token(&world.session).await.unwrap(), "newer-access");
    assert_eq!(sent(&world.script), ["old-refresh", "new-refresh"]);
}

// covers: ceg-28
#[tokio::test]
async fn a_forgotten_credential_is_gone_and_needs_a_login() {
    let world = World::new();
    world.seed(100).await;
    assert_eq!(token(&world.session).await.unwrap(), "old-access");
    assert!(world.session.forget().await.unwrap());
    assert!(world.store.load(&profile()).await.unwrap().is_none());
    assert_eq!(
        token(&world.session).await.unwrap_err().code(),
        "login_needed"
    );
    assert!(!world.session.forget().await.unwrap());
    assert!(!world.session.forget_access_token().await.unwrap());
    assert_eq!(world.script.count(), 0);
}

#[tokio::test]
async fn a_service_that_forgets_logs_in_again() {
    let world = World::service();
    world.script.push(granted("first", None));
    world.script.push(granted("second", None));
    assert_eq!(token(&world.session).await.unwrap(), "first");
    assert!(world.session.forget_access_token().await.unwrap());
    assert!(world.store.load(&profile()).await.unwrap().is_none());
    assert_eq!(token(&world.session).await.unwrap(), "second");
}

#[tokio::test]
async fn forgetting_without_async_code_does_the_same() {
    let world = World::new();
    world.seed(100).await;
    let session = world.session.clone();
    let forgot = tokio::task::spawn_blocking(move || {
        let session = keyfob::blocking::Session::new(session).unwrap();
        (
            session.forget_access_token().unwrap(),
            session.forget().unwrap(),
        )
    });
    assert_eq!(forgot.await.unwrap(), (true, true));
    assert!(world.store.load(&profile()).await.unwrap().is_none());
    assert_ne!(Forget::Everything, Forget::AccessToken);
}

fn jwt(claims: &Value) -> String {
    let part = |value: &Value| keyfob::jose::base64url::encode(value.to_string().as_bytes());
    format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
}

fn requiring(world: &World) -> Session {
    let required = RequiredClaims::new().with("groups", "staff");
    with_policy(
        world,
        SessionPolicy::default().with_required_claims(required),
    )
}

// covers: ceg-22
#[tokio::test]
async fn a_token_with_the_required_claims_is_handed_out_without_a_request() {
    let world = World::new();
    let good = jwt(&json!({"groups": ["staff"]}));
    world.seed_with(100, &json!({"access_token": good})).await;
    let session = requiring(&world);
    assert_eq!(token(&session).await.unwrap(), good);
    assert_eq!(session.current().unwrap().expose(), good);
    assert_eq!(world.script.count(), 0);
}

// covers: ceg-22, C-14
#[tokio::test]
async fn a_token_without_the_required_claims_is_renewed_once_and_kept() {
    let world = World::new();
    world
        .seed_with(
            100,
            &json!({"access_token": jwt(&json!({"groups": ["guests"]}))}),
        )
        .await;
    let still = jwt(&json!({"groups": ["guests"], "n": 2}));
    world.script.push(granted(&still, Some("new-refresh")));
    let session = requiring(&world);
    for _ in 0..5 {
        let error = session.access_token().await.unwrap_err();
        assert_eq!(error.code(), "required_claim_different");
        assert!(error.to_string().contains("groups"));
        assert!(session.current().is_none() && session.current_header().is_none());
    }
    session.settle().await;
    assert_eq!(world.script.count(), 1, "renewed once, not for every call");
    assert_eq!(world.stored_text("access_token").await.unwrap(), still);
    assert_eq!(
        world.stored_text("refresh_token").await.unwrap(),
        "new-refresh"
    );
    // A minute later it is tried again, and what helps is handed out.
    world.forward(61);
    let good = jwt(&json!({"groups": "staff"}));
    world.script.push(granted(&good, None));
    assert_eq!(token(&session).await.unwrap(), good);
    assert_eq!(session.current().unwrap().expose(), good);
}

// covers: ceg-22
#[tokio::test]
async fn a_token_that_cannot_be_renewed_still_says_which_claim_it_lacks() {
    let world = World::new();
    let members = json!({"access_token": "opaque", "refresh_token": null});
    world.seed_with(100, &members).await;
    let session = requiring(&world);
    for _ in 0..3 {
        let error = token(&session).await.unwrap_err();
        assert_eq!(error.code(), "required_claim_unreadable");
    }
    assert_eq!(world.stored_text("access_token").await.unwrap(), "opaque");
    assert_eq!(world.script.count(), 0);
}

#[tokio::test]
async fn the_lock_of_a_session_is_free_after_everything_it_does() {
    let world = World::service();
    world.script.otherwise(|_| granted("a", None));
    let store: &Store = &world.store;
    token(&world.session).await.unwrap();
    world.session.forget_access_token().await.unwrap();
    token(&world.session).await.unwrap();
    world.session.forget().await.unwrap();
    assert!(matches!(
        store.try_lock(&profile()).await.unwrap(),
        TryLock::Held(_)
    ));
    drop(service());
}
