//! A stored credential of another configuration is not used; one without a name, as planet-auth writes it, is.

use keyfob::store::Document;
use serde_json::json;

use crate::support::{HOUR, World, config, new_pair, service};

#[tokio::test]
async fn a_login_of_another_configuration_is_not_used_and_says_why() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(new_pair());
    world.session.access_token().await.unwrap();
    let other = world.sibling_with(config().with("scopes", json!(["openid"])));
    let error = other.access_token().await.unwrap_err();
    assert_eq!(error.code(), "login_of_another_configuration");
    assert!(error.is_login_needed());
    assert_eq!(
        other.status().await.unwrap().login_needed.unwrap().code(),
        "login_of_another_configuration"
    );
    // What does not change the token does not matter.
    let same = world.sibling_with(
        config()
            .with("scopes", json!(["offline_access", "openid"]))
            .with("timeout", 5),
    );
    assert_eq!(same.access_token().await.unwrap().expose(), "new-access");
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_credential_without_a_name_is_accepted_and_named_at_the_next_refresh() {
    let world = World::new();
    world.seed(HOUR + 1).await;
    world.script.push(new_pair());
    world.session.access_token().await.unwrap();
    let named = |document: &Document| {
        document.get("_keyfob").unwrap()["identity"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        named(&world.stored().await),
        world.session.client().identity()
    );
}

#[tokio::test]
async fn a_client_that_needs_nobody_replaces_a_login_of_another_configuration() {
    let world = World::service();
    world
        .script
        .otherwise(|_| crate::support::granted("service-access", None));
    world.session.access_token().await.unwrap();
    let other = world.sibling_with(service().with("scopes", "other"));
    assert_eq!(
        other.access_token().await.unwrap().expose(),
        "service-access"
    );
    assert_eq!(world.script.count(), 2);
}
