//! Authorization code with PKCE through the provider's own login and consent pages.

use keyfob_conformance::provider::Provider;
use serde_json::json;

use crate::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn logs_in_refreshes_asks_revokes_and_logs_out() {
    let scene = Scene::new(&[]);
    let login = scene.login(
        &Provider::scripted_browser(),
        &["--client-id", "native-public"],
    );
    assert_eq!(login.code, 0, "{login:#?}");

    let first = scene.ok(&["token", "-p", "work"]);
    assert!(
        scene
            .ok(&["header", "-p", "work"])
            .starts_with("Authorization: Bearer ")
    );

    let person = scene.json(&["userinfo", "-p", "work"]);
    let stored = scene.stored("work").unwrap();
    assert!(
        person["email"].as_str().unwrap().contains("alice"),
        "{person}"
    );

    let answer = scene.json(&["introspect", "-p", "work"]);
    assert_eq!(answer["active"], json!(true));
    assert_eq!(answer["client_id"], json!("native-public"));

    scene.ok(&["refresh", "-p", "work"]);
    let second = scene.ok(&["token", "-p", "work"]);
    assert_ne!(first, second);
    let rotated = scene.stored("work").unwrap();
    assert_ne!(
        stored["refresh_token"], rotated["refresh_token"],
        "rotation"
    );
    assert_eq!(scene.grant("refresh_token").await["success"], json!(1));

    scene.ok(&["revoke", "-p", "work"]);
    assert_eq!(
        scene.json(&["introspect", "-p", "work"])["active"],
        json!(false)
    );

    scene.ok(&["logout", "-p", "work"]);
    assert!(scene.stored("work").is_none());
    let after = scene.run(&["token", "-p", "work", "--no-input"]);
    assert_eq!(after.code, 4, "{after:#?}");
    assert!(after.stderr.contains("keyfob login"), "{}", after.stderr);
    let counters = scene.provider.counters().await.unwrap();
    assert!(
        counters["endpoints"]["revocation"].as_u64().unwrap() >= 2,
        "{counters}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_in_with_chromium_as_the_browser() {
    let scene = Scene::new(&[]);
    let login = scene.login(&Provider::chromium(), &["--client-id", "native-public"]);
    assert_eq!(login.code, 0, "{login:#?}");
    let person = scene.json(&["userinfo", "-p", "work"]);
    assert!(
        person["email"].as_str().unwrap().contains("alice"),
        "{person}"
    );
}

#[test]
fn ends_at_once_when_the_person_declines() {
    let scene = Scene::new(&[]);
    let browser = format!("{} --decision deny", Provider::scripted_browser());
    let login = scene.login(&browser, &["--client-id", "native-public"]);
    assert!(matches!(login.code, 3 | 5), "{login:#?}");
    assert!(
        login.stderr.contains("the login was denied"),
        "{}",
        login.stderr
    );
    assert!(scene.stored("work").is_none());
}

/// Every signature that the provider can put on an ID token.
#[test]
fn verifies_id_tokens_of_every_algorithm() {
    let scene = Scene::new(&[]);
    for (client, secret) in [
        (
            "id-token-es256",
            "id-token-es256-secret-0123456789-abcdefghijklmnop",
        ),
        (
            "id-token-eddsa",
            "id-token-eddsa-secret-0123456789-abcdefghijklmnop",
        ),
        (
            "id-token-ps256",
            "id-token-ps256-secret-0123456789-abcdefghijklmnop",
        ),
    ] {
        let file = scene.world.home().join(format!("{client}.secret"));
        std::fs::write(&file, secret).unwrap();
        let login = scene.login(
            &Provider::scripted_browser(),
            &[
                "--client-id",
                client,
                "--client-secret-file",
                file.to_str().unwrap(),
            ],
        );
        assert_eq!(login.code, 0, "{client}: {login:#?}");
        scene.ok(&["profile", "remove", "work", "--force"]);
    }
}

/// Refresh tokens survive everything that is not an `invalid_grant`.
#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_login_through_the_providers_faults() {
    let scene = Scene::new(&[]);
    let login = scene.login(
        &Provider::scripted_browser(),
        &["--client-id", "native-public"],
    );
    assert_eq!(login.code, 0, "{login:#?}");
    let faults = [
        json!({"kind": "status", "endpoint": "token", "status": 500}),
        json!({"kind": "html", "endpoint": "token"}),
        json!({"kind": "garbage", "endpoint": "token"}),
        json!({"kind": "truncate", "endpoint": "token"}),
        json!({"kind": "empty", "endpoint": "token"}),
        json!({"kind": "redirect", "endpoint": "token", "location": "http://127.0.0.1:1/"}),
        json!({"kind": "disconnect", "endpoint": "token"}),
        json!({"kind": "reset", "endpoint": "token"}),
        json!({"kind": "huge", "endpoint": "token", "bytes": 4_000_000}),
        json!({"kind": "status", "endpoint": "token", "status": 503, "retry_after": 1}),
    ];
    for fault in faults {
        scene.provider.fault(fault.clone()).await.unwrap();
        let run = scene.run(&["refresh", "-p", "work", "--timeout", "20s"]);
        assert_ne!(run.code, 4, "{fault}: {run:#?}");
        let stored = scene.stored("work").unwrap();
        assert!(stored["refresh_token"].is_string(), "{fault}");
        scene
            .provider
            .admin("DELETE", "/faults", json!(null))
            .await
            .unwrap();
    }
    scene.ok(&["refresh", "-p", "work"]);
    println!("10 faults, 0 logins lost");
}

/// The answer to a rotation is lost: the next run says so in words.
#[tokio::test(flavor = "multi_thread")]
async fn says_in_words_that_the_answer_to_a_rotation_was_lost() {
    let scene = Scene::new(&[]);
    let login = scene.login(
        &Provider::scripted_browser(),
        &["--client-id", "native-public"],
    );
    assert_eq!(login.code, 0, "{login:#?}");
    let lost = json!({"kind": "disconnect", "when": "after", "grant_type": "refresh_token"});
    scene.provider.fault(lost).await.unwrap();
    let run = scene.run(&["refresh", "-p", "work"]);
    assert_eq!(run.code, 6, "{run:#?}");
    assert!(
        scene.stored("work").unwrap()["refresh_token"].is_string(),
        "kept until the provider refuses it"
    );
    let next = scene.run(&["refresh", "-p", "work", "-o", "json"]);
    assert_eq!(next.code, 4, "{next:#?}");
    assert!(
        next.stderr.contains("login_lost_in_rotation"),
        "{}",
        next.stderr
    );
}
