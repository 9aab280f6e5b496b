//! Client credentials by each client authentication of OpenID Connect Core §9.

use serde_json::{Value, json};

use crate::Scene;

fn secret_of(client: &str) -> String {
    format!("{client}-secret-0123456789-abcdefghijklmnop")
}

/// Logs a service in by flags and lets it ask for a second token by itself.
fn serve(scene: &Scene, client: &str, flags: &[&str]) {
    let fixed = [
        "login",
        "-p",
        "service",
        "--issuer",
        scene.provider.issuer(),
        "--client-id",
        client,
        "--type",
        "client-credentials",
    ];
    scene.ok(&[&fixed, flags].concat());
    let first = scene.ok(&["token", "-p", "service"]);
    scene.ok(&["refresh", "-p", "service"]);
    assert_ne!(first, scene.ok(&["token", "-p", "service"]), "{client}");
    scene.ok(&["logout", "-p", "service"]);
    scene.ok(&["profile", "remove", "service"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn authenticates_the_client_in_every_way() {
    let scene = Scene::new(&[]);
    let home = scene.world.home().to_owned();
    for (client, method) in [
        ("confidential-basic", "client_secret_basic"),
        ("confidential-post", "client_secret_post"),
        ("confidential-secret-jwt", "client_secret_jwt"),
    ] {
        let file = home.join("secret");
        std::fs::write(&file, secret_of(client)).unwrap();
        let flags = [
            "--auth-method",
            method,
            "--client-secret-file",
            file.to_str().unwrap(),
        ];
        serve(&scene, client, &flags);
        println!("{method}: ok");
    }
    for (client, algorithm) in [
        ("pkjwt-rs256", "RS256"),
        ("pkjwt-ps256", "PS256"),
        ("pkjwt-es256", "ES256"),
        ("pkjwt-eddsa", "EdDSA"),
    ] {
        let key = scene.provider.client(client).await.unwrap()["keys"][0].clone();
        let file = home.join(format!("{client}.pem"));
        std::fs::write(&file, key["private_pem"].as_str().unwrap()).unwrap();
        let flags = [
            "--auth-method",
            "private_key_jwt",
            "--key-file",
            file.to_str().unwrap(),
            "--key-alg",
            algorithm,
            "--key-id",
            key["kid"].as_str().unwrap(),
        ];
        serve(&scene, client, &flags);
        println!("private_key_jwt {algorithm}: ok");
    }
    serve(&scene, "service-none", &["--auth-method", "none"]);
    println!("none: ok");
    let methods = methods_seen(&scene).await;
    for method in [
        "client_secret_basic",
        "client_secret_post",
        "client_assertion",
    ] {
        assert!(methods.contains(&json!(method)), "{method} of {methods:?}");
    }
}

/// RFC 6749 §2.3.1: both halves are form-encoded before they are put into Basic.
#[tokio::test(flavor = "multi_thread")]
async fn encodes_odd_identifiers_and_secrets_in_basic() {
    let scene = Scene::new(&[]);
    let client = "special:client/id +%20&=e";
    let file = scene.world.home().join("secret");
    std::fs::write(
        &file,
        "p@ss:word/with +%20&=?#[]~\"<>\\ and more than 32 bytes",
    )
    .unwrap();
    serve(
        &scene,
        client,
        &["--client-secret-file", file.to_str().unwrap()],
    );
}

/// The methods by which clients authenticated at the token endpoint, as the provider saw them.
async fn methods_seen(scene: &Scene) -> Vec<Value> {
    let log = scene
        .provider
        .admin("GET", "/requests?endpoint=token", Value::Null)
        .await
        .unwrap();
    let requests = log.as_array().cloned().unwrap_or_default();
    requests
        .iter()
        .filter_map(|r| r.get("client_auth").cloned())
        .collect()
}
