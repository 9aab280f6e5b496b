//! Logging out revokes, removes and reports each step, and works when the provider does not.

use keyfob::session::LogoutStep;
use keyfob::transport::testing::{json, lost};

use crate::support::{HOUR, World, config, form, new_pair, of, profile};

#[tokio::test]
async fn revokes_the_refresh_token_then_the_access_token_then_removes() {
    let world = World::new();
    world.seed(10).await;
    world.session.access_token().await.unwrap();
    world.script.otherwise(|_| json(200, ""));
    let report = world.session.logout().await.unwrap();
    assert!(
        report.refresh_token.is_done() && report.access_token.is_done() && report.removal.is_done()
    );
    let revoked: Vec<_> = world
        .script
        .requests()
        .iter()
        .map(|request| form(request.body())["token"].clone())
        .collect();
    assert_eq!(revoked, ["old-refresh", "old-access"]);
    assert!(world.store.load(&profile()).await.unwrap().is_none());
    assert!(world.session.current().is_none());
    assert_eq!(
        world.session.access_token().await.unwrap_err().code(),
        "login_needed"
    );
}

#[tokio::test]
async fn removes_though_the_provider_is_down_and_says_so() {
    let world = World::restless();
    world.seed(10).await;
    world.script.otherwise(|_| lost());
    let report = world.session.logout().await.unwrap();
    assert!(
        matches!(&report.refresh_token, LogoutStep::Failed(error) if error.code() == "answer_lost")
    );
    assert!(matches!(report.access_token, LogoutStep::Failed(_)));
    assert!(matches!(report.removal, LogoutStep::Done));
    assert!(world.store.load(&profile()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_provider_without_revocation_is_no_failure() {
    let metadata = r#"{"issuer":"https://op.example","token_endpoint":"https://op.example/token"}"#;
    let config = of(&serde_json::json!({
        "client_type": "oidc_device_code", "auth_server": "https://op.example", "client_id": "demo"
    }));
    let world = World::with(
        config,
        keyfob::transport::ManualClock::new(crate::support::start()),
    );
    world.seed(10).await;
    world.script.otherwise(move |_| json(200, metadata));
    let report = world.session.logout().await.unwrap();
    assert!(matches!(report.refresh_token, LogoutStep::Unsupported));
    assert!(matches!(report.removal, LogoutStep::Done));
}

#[tokio::test]
async fn leaving_without_a_credential_has_nothing_to_do() {
    let world = World::new();
    let report = world.session.logout().await.unwrap();
    assert!(matches!(report.refresh_token, LogoutStep::Nothing));
    assert!(matches!(report.removal, LogoutStep::Nothing));
    assert_eq!(world.script.count(), 0);
}

#[tokio::test]
async fn tokens_are_not_shown_to_the_server_that_the_profile_was_moved_to() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(new_pair());
    world.session.access_token().await.unwrap();
    let elsewhere = config()
        .with("auth_server", "https://other.example")
        .with("revocation_endpoint", "https://other.example/revoke");
    let report = world.sibling_with(elsewhere).logout().await.unwrap();
    for step in [&report.refresh_token, &report.access_token] {
        assert!(
            matches!(step, LogoutStep::Failed(error) if error.code() == "login_of_another_configuration"),
            "{step:?}"
        );
    }
    assert!(matches!(report.removal, LogoutStep::Done));
    assert_eq!(world.script.count(), 1, "nothing but the refresh was sent");
}

#[tokio::test]
async fn tokens_of_the_same_server_are_revoked_whatever_else_was_changed() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(new_pair());
    world.session.access_token().await.unwrap();
    world.script.otherwise(|_| json(200, ""));
    let other = config()
        .with("scopes", "openid")
        .with("auth_server", "https://op.example/");
    let report = world.sibling_with(other).logout().await.unwrap();
    assert!(matches!(report.refresh_token, LogoutStep::Done));
    assert!(matches!(report.access_token, LogoutStep::Done));
}
