//! Clients without tokens: a fixed key, planet-auth's legacy key, none at all, and one that only checks tokens.

use keyfob::client::ClientType;
use keyfob::jose::Secret;
use keyfob::jose::base64url;
use keyfob::session::{Invalidation, LogoutStep, Readiness};
use keyfob::store::{FileStore, Store};
use keyfob::transport::ManualClock;
use keyfob::transport::testing::{json, lost};
use keyfob::{ClientConfig, LoginNeeded};
use serde_json::{Value, json as value};

use crate::support::{World, of, start, write};

fn world(config: &Value) -> World {
    World::with(of(config), ManualClock::new(start()))
}

fn fixed() -> World {
    world(&value!({"client_type": "static_apikey"}))
}

fn legacy_config() -> Value {
    value!({"client_type": "planet_legacy", "legacy_auth_endpoint": "https://api.example/login"})
}

/// A server's answer to a legacy login.
fn legacy_answer(key: &str) -> http::Response<bytes::Bytes> {
    json(200, value!({"token": legacy_jwt(key)}).to_string())
}

fn legacy_jwt(key: &str) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let claims = part(&value!({"api_key": key, "email": "ann@example.com"}));
    format!("{}.{claims}.c2ln", part(&value!({"alg": "HS256"})))
}

async fn header(world: &World) -> String {
    let header = world.session.authorization().await.unwrap().unwrap();
    assert!(header.is_sensitive());
    header.to_str().unwrap().to_owned()
}

// covers: planet-60
#[tokio::test]
async fn the_scheme_of_a_key_is_the_configured_one_and_an_empty_one_leaves_the_key_alone() {
    for (prefix, expected) in [
        (value!(null), "Bearer PLAK"),
        (value!("api-key"), "api-key PLAK"),
        (value!(""), "PLAK"),
    ] {
        let mut config = value!({"client_type": "static_apikey", "api_key": "PLAK"});
        config["bearer_token_prefix"] = prefix;
        let world = world(&config);
        assert_eq!(header(&world).await, expected);
        assert_eq!(world.session.current_header().unwrap(), expected);
        assert_eq!(world.script.count(), 0);
    }
}

// covers: planet-72
#[tokio::test]
async fn a_key_in_the_configuration_wins_over_the_stored_one() {
    let fixed = world(&value!({"client_type": "static_apikey", "api_key": "configured"}));
    write(
        &fixed.store,
        &value!({"api_key": "stored", "bearer_token_prefix": "api-key"}),
    )
    .await;
    assert_eq!(header(&fixed).await, "Bearer configured");
    assert!(fixed.session.status().await.unwrap().key_in_config);
    let legacy = legacy_config();
    let with_key = of(&legacy).with("api_key", "configured");
    let world = World::with(with_key, ManualClock::new(start()));
    write(&world.store, &value!({"key": "stored", "jwt": "j"})).await;
    assert_eq!(header(&world).await, "api-key configured");
}

// covers: planet-72, planet-24, planet-25
#[tokio::test]
async fn a_stored_key_is_read_when_it_is_needed_and_again_when_its_file_changes() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::new(FileStore::new(home.path().join("home")));
    let config = of(&value!({"client_type": "static_apikey"}));
    let clock = ManualClock::new(start());
    let world = World::over(store, config, clock);
    assert!(world.session.current_header().is_none());
    write(
        &world.store,
        &value!({"api_key": "one", "bearer_token_prefix": "api-key"}),
    )
    .await;
    assert_eq!(header(&world).await, "api-key one");
    write(
        &world.store,
        &value!({"api_key": "two", "bearer_token_prefix": "Bearer"}),
    )
    .await;
    world.forward(1);
    assert!(world.session.current_header().is_none(), "looked at again");
    assert_eq!(header(&world).await, "Bearer two");
    assert_eq!(world.session.current_header().unwrap(), "Bearer two");
    // Whoever removes the key wants it to be sent no longer.
    world.session.logout().await.unwrap();
    let error = world.session.authorization().await.unwrap_err();
    assert!(error.is_login_needed());
}

// covers: planet-24, planet-25, planet-72
#[tokio::test]
async fn a_file_that_is_no_key_is_refused_and_left_alone() {
    for (config, files) in [
        (
            value!({"client_type": "static_apikey"}),
            vec![
                value!({"api_key": "k"}),
                value!({"bearer_token_prefix": "Bearer"}),
                value!({"api_key": "", "bearer_token_prefix": "Bearer"}),
                value!({"api_key": 5, "bearer_token_prefix": "Bearer"}),
                value!({"access_token": "a"}),
            ],
        ),
        (
            legacy_config(),
            vec![
                value!({"jwt": "j"}),
                value!({"key": ""}),
                value!({"key": "k", "jwt": 5}),
            ],
        ),
    ] {
        for file in files {
            let world = world(&config);
            write(&world.store, &file).await;
            let error = world.session.authorization().await.unwrap_err();
            assert_eq!(error.code(), "invalid_credential", "{file}");
            assert_eq!(world.stored().await.as_map(), file.as_object().unwrap());
        }
    }
}

// covers: planet-72
#[tokio::test]
async fn an_adopted_key_is_stored_and_goes_with_the_next_request() {
    let world = fixed();
    write(
        &world.store,
        &value!({"api_key": "old", "bearer_token_prefix": "Bearer"}),
    )
    .await;
    assert_eq!(header(&world).await, "Bearer old");
    let granted = world
        .session
        .client()
        .take_key(&Secret::new("new"))
        .unwrap();
    let token = world.session.adopt(granted).await.unwrap();
    assert_eq!((token.scheme(), token.expose()), ("Bearer", "new"));
    assert_eq!(token.expiry(), None);
    assert_eq!(header(&world).await, "Bearer new");
    let expected = value!({"api_key": "new", "bearer_token_prefix": "Bearer"});
    assert_eq!(world.stored().await.as_map(), expected.as_object().unwrap());
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_refused_before_it_is_stored() {
    let world = fixed();
    let error = world
        .session
        .client()
        .take_key(&Secret::new("canary\nx"))
        .unwrap_err();
    assert_eq!(error.code(), "malformed");
    assert!(!error.to_string().contains("canary"));
}

#[tokio::test]
async fn a_401_to_a_stored_key_makes_the_session_look_again_and_to_a_configured_one_nothing() {
    let world = fixed();
    write(
        &world.store,
        &value!({"api_key": "one", "bearer_token_prefix": "Bearer"}),
    )
    .await;
    let one = world.session.access_token().await.unwrap();
    assert_eq!(world.session.invalidate(&one), Invalidation::Invalidated);
    assert!(world.session.access_token().await.unwrap().is_same(&one));
    write(
        &world.store,
        &value!({"api_key": "two", "bearer_token_prefix": "Bearer"}),
    )
    .await;
    assert_eq!(world.session.invalidate(&one), Invalidation::Invalidated);
    assert_eq!(world.session.access_token().await.unwrap().expose(), "two");
    assert_eq!(
        world.session.invalidate(&one),
        Invalidation::AlreadyReplaced
    );

    let configured = of(&value!({"client_type": "static_apikey", "api_key": "k"}));
    let world = World::with(configured, ManualClock::new(start()));
    let token = world.session.access_token().await.unwrap();
    assert_eq!(
        world.session.invalidate(&token),
        Invalidation::RejectedAgain
    );
    assert_eq!(header(&world).await, "Bearer k");
}

#[tokio::test]
async fn a_key_cannot_be_refreshed_but_is_read_again() {
    let world = fixed();
    assert!(world.session.refresh().await.unwrap_err().is_login_needed());
    write(
        &world.store,
        &value!({"api_key": "one", "bearer_token_prefix": "Bearer"}),
    )
    .await;
    world.session.access_token().await.unwrap();
    let error = world.session.refresh().await.unwrap_err();
    assert_eq!(error.code(), "client_type_unsupported");
    write(
        &world.store,
        &value!({"api_key": "two", "bearer_token_prefix": "Bearer"}),
    )
    .await;
    assert_eq!(world.session.refresh().await.unwrap().expose(), "two");
    assert_eq!(world.script.count(), 0);
}

// covers: planet-65
#[tokio::test]
async fn a_key_never_expires_however_far_the_clock_goes() {
    let world = world(&value!({"client_type": "static_apikey", "api_key": "k"}));
    assert_eq!(header(&world).await, "Bearer k");
    world.forward(3600 * 24 * 365 * 100);
    assert_eq!(world.session.current_header().unwrap(), "Bearer k");
    assert_eq!(world.script.count(), 0);
}

#[tokio::test]
async fn a_key_may_be_referred_to_by_file_and_is_read_again_when_that_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, "one\n").unwrap();
    let world = world(&value!({"client_type": "static_apikey", "api_key_file": path}));
    assert_eq!(header(&world).await, "Bearer one");
    std::fs::write(&path, "two\n").unwrap();
    world.forward(1);
    assert_eq!(header(&world).await, "Bearer two");
}

#[tokio::test]
async fn a_legacy_login_is_one_post_of_name_and_password_and_keeps_key_and_token() {
    let world = world(&legacy_config());
    world.script.push(legacy_answer("PLAK"));
    let login = world
        .session
        .client()
        .log_in_legacy("ann@example.com", Secret::new("canary"));
    let token = world.session.adopt(login.await.unwrap()).await.unwrap();
    assert_eq!((token.scheme(), token.expose()), ("api-key", "PLAK"));
    let [sent] = &world.script.requests()[..] else {
        panic!("one request")
    };
    let body: Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!(
        body,
        value!({"email": "ann@example.com", "password": "canary"})
    );
    assert_eq!(header(&world).await, "api-key PLAK");
    let stored = world.stored().await;
    assert_eq!(stored.text("key"), Some("PLAK"));
    assert_eq!(stored.text("jwt"), Some(legacy_jwt("PLAK").as_str()));
    assert!(stored.get("_iat").is_none() && stored.get("access_token").is_none());
}

#[tokio::test]
async fn a_legacy_client_with_name_and_password_logs_in_once_when_the_key_is_needed() {
    let config = of(&legacy_config())
        .with("username", "ann@example.com")
        .with("password", "canary");
    let world = World::with(config.clone(), ManualClock::new(start()));
    world.script.push(legacy_answer("PLAK"));
    let others: Vec<_> = (0..3).map(|_| world.sibling_with(config.clone())).collect();
    for session in others.iter().chain([&world.session]) {
        assert_eq!(session.access_token().await.unwrap().expose(), "PLAK");
    }
    world.forward(3600 * 24 * 30);
    assert_eq!(header(&world).await, "api-key PLAK");
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_refused_legacy_login_is_an_error_and_not_repeated_at_once() {
    let config = of(&legacy_config())
        .with("username", "ann@example.com")
        .with("password", "canary");
    let world = World::with(config, ManualClock::restless(start()));
    world
        .script
        .otherwise(|_| json(401, r#"{"message":"wrong"}"#));
    for _ in 0..10 {
        let error = world.session.authorization().await.unwrap_err();
        assert_eq!(error.code(), "http_error");
        assert!(!error.to_string().contains("canary"));
    }
    assert_eq!(world.script.count(), 1);
}

#[tokio::test]
async fn a_lost_legacy_answer_is_not_asked_for_again_by_itself() {
    let world = world(&legacy_config());
    world.script.push(lost());
    let login = world
        .session
        .client()
        .log_in_legacy("ann", Secret::new("canary"));
    assert!(login.await.is_err());
    assert_eq!(world.script.count(), 1);
}

// covers: planet-26, planet-60
#[tokio::test]
async fn a_client_of_type_none_sends_nothing_and_touches_no_store() {
    let world = world(&value!({"client_type": "none"}));
    write(&world.store, &value!({"access_token": "of somebody else"})).await;
    assert_eq!(world.session.authorization().await.unwrap(), None);
    assert!(world.session.current_header().is_none());
    let status = world.session.status().await.unwrap();
    assert!(status.login_needed.is_none() && status.state.is_none() && status.credential.is_none());
    let error = world.session.access_token().await.unwrap_err();
    assert_eq!(error.code(), "client_type_unsupported");
    assert_eq!(
        world.stored_text("access_token").await.unwrap(),
        "of somebody else"
    );
    assert_eq!(world.script.count(), 0);
}

// covers: planet-48, planet-62, planet-34, planet-37, planet-45
#[tokio::test]
async fn a_validator_can_neither_log_in_nor_refresh_nor_authorize_a_request() {
    let world = world(
        &value!({"client_type": "oidc_client_validator", "auth_server": "https://op.example"}),
    );
    for error in [
        world.session.authorization().await.unwrap_err(),
        world.session.access_token().await.unwrap_err(),
        world.session.refresh().await.unwrap_err(),
        world.session.ensure_ready().await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "client_type_unsupported");
        assert!(
            error.to_string().contains("oidc_client_validator"),
            "{error}"
        );
    }
    assert!(world.session.status().await.unwrap().login_needed.is_none());
    assert!(!world.session.is_ready().await.unwrap());
    assert_eq!(world.script.count(), 0);
}

// covers: planet-97, planet-45
#[tokio::test]
async fn is_ready_is_true_for_what_is_stored_and_for_who_needs_nobody() {
    let password = value!({"username": "ann", "password": "p"});
    let oidc = value!({"auth_server": "https://op.example", "client_id": "c", "client_secret": "s",
                       "redirect_uri": "http://localhost/"});
    for (kind, extra, without, with) in [
        ("oidc_auth_code", &oidc, false, true),
        ("oidc_device_code", &oidc, false, true),
        ("oidc_client_credentials_secret", &oidc, true, true),
        ("oidc_resource_owner", &oidc, false, true),
        ("oidc_client_validator", &oidc, false, false),
        ("static_apikey", &value!({}), false, true),
        ("static_apikey", &value!({"api_key": "k"}), true, true),
        ("planet_legacy", &legacy_config(), false, true),
        ("planet_legacy", &value!({"api_key": "k"}), true, true),
        ("planet_legacy", &password, true, true),
        ("none", &value!({}), true, true),
    ] {
        let config = ClientConfig::new(extra.as_object().unwrap().clone());
        let config = config
            .with("legacy_auth_endpoint", "https://api.example/login")
            .with("client_type", kind);
        let world = World::with(config, ManualClock::new(start()));
        assert_eq!(
            world.session.is_ready().await.unwrap(),
            without,
            "{kind} {extra}"
        );
        let stored = match kind {
            "static_apikey" => value!({"api_key": "k", "bearer_token_prefix": ""}),
            "planet_legacy" => value!({"key": "k"}),
            // Expired long ago: readiness does not look at that.
            _ => value!({"access_token": "a", "_iat": 1, "_exp": 2}),
        };
        write(&world.store, &stored).await;
        assert_eq!(
            world.session.is_ready().await.unwrap(),
            with,
            "{kind} {extra}"
        );
        assert_eq!(world.script.count(), 0);
    }
}

// covers: planet-98
#[tokio::test]
async fn getting_ready_never_asks_a_person_for_what_is_there_or_not_needed() {
    let ready = |config: Value| async move {
        let world = world(&config);
        let readiness = world.session.ensure_ready().await.unwrap();
        assert_eq!(world.script.count(), 0);
        readiness
    };
    let none = ready(value!({"client_type": "none"})).await;
    assert!(matches!(none, Readiness::CanLogInUnattended));
    let configured = ready(value!({"client_type": "static_apikey", "api_key": "k"})).await;
    assert!(matches!(configured, Readiness::HasToken));
    let missing = ready(value!({"client_type": "static_apikey"})).await;
    assert!(matches!(
        missing,
        Readiness::LoginNeeded(LoginNeeded::NoCredential)
    ));
    let legacy = ready(legacy_config()).await;
    assert!(matches!(
        legacy,
        Readiness::LoginNeeded(LoginNeeded::NoCredential)
    ));
    let mut config = legacy_config();
    config["user_name"] = "ann".into();
    config["user_password"] = "p".into();
    assert!(matches!(ready(config).await, Readiness::CanLogInUnattended));
}

// covers: W45
#[tokio::test]
async fn logging_out_removes_a_key_and_says_that_nothing_was_there_to_revoke() {
    let stored = fixed();
    write(
        &stored.store,
        &value!({"api_key": "k", "bearer_token_prefix": "Bearer"}),
    )
    .await;
    header(&stored).await;
    let report = stored.session.logout().await.unwrap();
    assert!(matches!(report.refresh_token, LogoutStep::Nothing));
    assert!(matches!(report.access_token, LogoutStep::Nothing));
    assert!(matches!(report.removal, LogoutStep::Done));
    assert!(!report.key_in_config);
    assert!(stored.session.current_header().is_none());
    assert_eq!(stored.script.count(), 0);
    for config in [
        value!({"client_type": "none"}),
        value!({"client_type": "static_apikey", "api_key": "k"}),
    ] {
        let world = world(&config);
        let report = world.session.logout().await.unwrap();
        assert!(matches!(report.removal, LogoutStep::Nothing));
        assert_eq!(report.key_in_config, config["api_key"].is_string());
    }
}

// covers: planet-37
#[tokio::test]
async fn what_needs_a_server_says_that_there_is_none() {
    let world = fixed();
    let client = world.session.client();
    assert_eq!(client.client_type(), ClientType::StaticApiKey);
    for error in [
        client.metadata().await.unwrap_err(),
        client.userinfo(&Secret::new("k"), None).await.unwrap_err(),
        client
            .introspect(&Secret::new("k"), None)
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), "client_type_unsupported");
        assert!(error.to_string().contains("static_apikey"), "{error}");
    }
}

// covers: planet-60, planet-62
#[tokio::test]
async fn an_http_client_sends_a_key_with_its_scheme_nothing_for_none_and_no_request_for_a_validator()
 {
    use std::io::{Read, Write};

    use keyfob::authenticate::{AttachPolicy, AuthorizedClient};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let api = std::thread::spawn(move || {
        let seen = listener.incoming().take(2).map(|stream| {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).unwrap();
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&buffer[..read]).into_owned()
        });
        seen.collect::<Vec<_>>()
    });
    let ask = |config: Value| {
        let (session, origin) = (world(&config).session, origin.clone());
        let policy = AttachPolicy::for_origins([&origin]).unwrap();
        async move { AuthorizedClient::new(session, policy).get(&origin).await }
    };
    let validator =
        value!({"client_type": "oidc_client_validator", "auth_server": "https://op.example"});
    let error = ask(validator).await.unwrap_err();
    assert_eq!(error.code(), "client_type_unsupported");
    let key =
        value!({"client_type": "static_apikey", "api_key": "k", "bearer_token_prefix": "api-key"});
    ask(key).await.unwrap();
    ask(value!({"client_type": "none"})).await.unwrap();
    let seen = api.join().unwrap();
    assert!(
        seen[0].contains("authorization: api-key k\r\n"),
        "{}",
        seen[0]
    );
    assert!(!seen[1].contains("authorization"), "{}", seen[1]);
}
