//! The administration over HTTP, the ready line, and starting and stopping.

use std::time::{Duration, Instant};

use keyfob_sandbox::{Endpoint, Sandbox, SandboxConfig};
use serde_json::json;

use crate::support::{DEVICE_CODE, read, stage, stage_with, text};

#[tokio::test]
async fn faults_and_counters_are_driven_over_http() {
    let stage = stage();
    let fault = json!({ "kind": "status", "status": 503, "retry_after": 1, "count": 1 });
    stage.post_json("/sandbox/faults", fault).await.ok();
    assert_eq!(stage.password_answer().await.status, 503);
    stage.password().await;
    let counters = stage.get("/sandbox/counters").await.ok();
    assert_eq!(counters["endpoints"]["token"], 2);
    assert_eq!(counters["grants"]["password"]["success"], 1);
    let log = stage.get("/sandbox/requests").await.ok();
    assert_eq!(log[0]["status"], 503);
    let cleared = stage
        .http
        .delete(stage.url("/sandbox/counters"))
        .send()
        .await
        .unwrap();
    assert_eq!(cleared.status(), 200);
    assert_eq!(stage.sandbox.counters().requests(Endpoint::Any), 0);
    stage
        .post_json("/sandbox/faults", json!({ "kind": "hang" }))
        .await
        .ok();
    stage
        .http
        .delete(stage.url("/sandbox/faults"))
        .send()
        .await
        .unwrap();
    stage.password().await;
    let odd = stage
        .post_json("/sandbox/faults", json!({ "kind": "gremlin" }))
        .await;
    odd.refused(400, "invalid_request");
}

#[tokio::test]
async fn request_log_and_debug_output_hold_no_secrets() {
    let stage = stage();
    let tokens = stage.password().await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    stage.get_as("/api/whoami", &access).await.ok();
    stage.refresh(&refresh).await.ok();
    let shown = format!(
        "{}{:?}",
        stage.get("/sandbox/requests").await.text,
        stage.sandbox
    );
    for secret in ["wonderland", &access, &refresh] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("(hidden)"));
}

#[tokio::test]
async fn settings_are_patched_over_http() {
    let stage = stage();
    let patch = |body: serde_json::Value| {
        stage
            .http
            .patch(stage.url("/sandbox/settings"))
            .body(body.to_string())
            .send()
    };
    let answer = read(patch(json!({ "access_token_ttl": 2 })).await.unwrap())
        .await
        .ok();
    assert_eq!(answer["access_token_ttl"], 2);
    assert_eq!(stage.password().await["expires_in"], 2);
    let odd = read(patch(json!({ "access_token_tll": 2 })).await.unwrap()).await;
    odd.refused(400, "invalid_request");
}

#[tokio::test]
async fn keys_rotate_and_tokens_vanish_over_http() {
    let stage = stage();
    let before = stage.get("/jwks").await.ok();
    stage
        .post_json("/sandbox/rotate", json!({ "keep_old": false }))
        .await
        .ok();
    let after = stage.get("/jwks").await.ok();
    assert_ne!(before["keys"][0]["kid"], after["keys"][0]["kid"]);
    assert_eq!(
        before["keys"].as_array().unwrap().len(),
        after["keys"].as_array().unwrap().len()
    );
    let tokens = stage.password().await;
    stage
        .post_json("/sandbox/revoke", json!({ "refresh": false }))
        .await
        .ok();
    assert_eq!(
        stage
            .get_as("/api/whoami", &text(&tokens, "access_token"))
            .await
            .status,
        401
    );
    stage.refresh(&text(&tokens, "refresh_token")).await.ok();
}

#[tokio::test]
async fn a_person_is_sent_over_http() {
    let stage = stage();
    let url = stage.authorization_url(&[]);
    let wish = json!({ "url": url, "user": "bob", "deliver": false });
    let visit = stage.post_json("/sandbox/approve", wish).await.ok();
    let code = crate::support::one(&crate::support::parameters(&text(&visit, "url")), "code");
    stage.redeem(&code).await.ok();
    let wish = json!({ "url": url, "decision": "deny", "deliver": false });
    let visit = stage.post_json("/sandbox/approve", wish).await.ok();
    assert!(text(&visit, "url").contains("error=access_denied"));

    let device = stage
        .post("/device_authorization", &[("client_id", "demo-device")])
        .await
        .ok();
    let wish = json!({ "user_code": device["user_code"] });
    stage.post_json("/sandbox/device", wish.clone()).await.ok();
    stage
        .post_json("/sandbox/device", wish)
        .await
        .refused(404, "not_found");
    let code = text(&device, "device_code");
    let poll = [
        ("grant_type", DEVICE_CODE),
        ("client_id", "demo-device"),
        ("device_code", &code),
    ];
    stage.post("/token", &poll).await.ok();
}

#[tokio::test]
async fn web_pages_cannot_steer_the_sandbox() {
    let stage = stage();
    let request = stage
        .http
        .post(stage.url("/sandbox/faults"))
        .header("origin", "https://evil.example");
    read(request.send().await.unwrap())
        .await
        .refused(403, "access_denied");
}

#[tokio::test]
async fn ready_line_tells_what_a_test_needs() {
    let stage = stage();
    let line = stage.sandbox.ready_line();
    assert_eq!(line["issuer"], stage.sandbox.issuer());
    assert_eq!(line["admin"], stage.url("/sandbox"));
    assert_eq!(line["users"][0]["login"], "alice");
    let ids: Vec<_> = line["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["client_id"])
        .collect();
    assert_eq!(
        ids,
        [
            "demo-cli",
            "demo-device",
            "demo-service",
            "demo-service-key",
            "demo-web"
        ]
    );
    assert_eq!(stage.get("/sandbox/ready").await.ok(), line);
    let clients = stage.get("/sandbox/clients").await.ok();
    assert!(text(&clients[3], "private_key_pem").starts_with("-----BEGIN PRIVATE KEY-----"));
}

#[test]
fn starts_at_once_and_frees_its_port_when_dropped() {
    let start = Instant::now();
    let sandbox = Sandbox::start(SandboxConfig::default()).unwrap();
    let started = start.elapsed();
    println!("start: {started:?}");
    assert!(started < Duration::from_secs(5), "{started:?}");
    let port: u16 = sandbox
        .issuer()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let taken = Sandbox::start(SandboxConfig::default().with_port(port)).unwrap_err();
    assert_eq!(taken.code(), "sandbox_listen");
    drop(sandbox);
    Sandbox::start(SandboxConfig::default().with_port(port)).unwrap();
}

#[tokio::test]
async fn sandbox_can_be_dropped_inside_a_runtime_while_requests_hang() {
    let stage = stage();
    stage
        .post_json("/sandbox/faults", json!({ "kind": "hang" }))
        .await
        .ok();
    let url = stage.url("/token");
    let http = stage.http.clone();
    let hanging = tokio::spawn(async move { http.post(url).body("x").send().await });
    while stage.sandbox.counters().requests(Endpoint::Token) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let person = stage.sandbox.person();
    drop(stage);
    assert!(hanging.await.unwrap().is_err());
    assert_eq!(
        person
            .approve("http://127.0.0.1:9/")
            .await
            .unwrap_err()
            .code(),
        "sandbox_stopped"
    );
}

#[tokio::test]
async fn keys_are_there_for_whoever_asks_first() {
    let start = Instant::now();
    let stage = stage_with(SandboxConfig::default());
    let keys = stage.get("/jwks").await.ok();
    println!("start to first key set: {:?}", start.elapsed());
    let kinds: Vec<_> = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["kty"])
        .collect();
    assert_eq!(kinds, ["RSA", "EC", "EC", "EC", "OKP"]);
}
