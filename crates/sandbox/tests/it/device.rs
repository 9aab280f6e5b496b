//! The device flow (RFC 8628).

use std::time::Duration;

use keyfob_sandbox::{Client, SandboxConfig};
use serde_json::Value;

use crate::support::{DEVICE_CODE, Stage, stage, stage_with, text};

async fn begin(stage: &Stage) -> Value {
    let fields = [
        ("client_id", "demo-device"),
        ("scope", "openid offline_access"),
    ];
    stage.post("/device_authorization", &fields).await.ok()
}

async fn poll(stage: &Stage, device: &Value) -> crate::support::Answer {
    let code = text(device, "device_code");
    let fields = [
        ("grant_type", DEVICE_CODE),
        ("client_id", "demo-device"),
        ("device_code", &code),
    ];
    stage.post("/token", &fields).await
}

#[tokio::test]
async fn device_waits_until_the_person_agrees() {
    let stage =
        stage_with(SandboxConfig::default().with_settings(|s| s.device_interval = Duration::ZERO));
    let device = begin(&stage).await;
    assert_eq!(device["expires_in"], 600);
    poll(&stage, &device)
        .await
        .refused(400, "authorization_pending");
    let visit = stage
        .sandbox
        .person()
        .approve_device(&text(&device, "user_code"))
        .await
        .unwrap();
    assert!(visit.body.contains("Device connected"));
    let tokens = poll(&stage, &device).await.ok();
    assert!(tokens["refresh_token"].is_string());
    let id = stage.claims(&text(&tokens, "id_token")).await;
    assert_eq!(id.sub.as_deref(), Some("user-alice"));
    poll(&stage, &device).await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn user_code_is_read_however_it_is_typed() {
    let stage = stage();
    let device = begin(&stage).await;
    let typed = text(&device, "user_code").to_lowercase().replace('-', " ");
    stage.sandbox.person().approve_device(&typed).await.unwrap();
    assert!(poll(&stage, &device).await.ok()["access_token"].is_string());
}

#[tokio::test]
async fn polling_too_fast_is_slow_down() {
    let stage = stage();
    let device = begin(&stage).await;
    assert_eq!(device["interval"], 5);
    poll(&stage, &device)
        .await
        .refused(400, "authorization_pending");
    poll(&stage, &device).await.refused(400, "slow_down");
    let errors = stage.sandbox.counters().grant(DEVICE_CODE).errors;
    assert_eq!(
        (errors["authorization_pending"], errors["slow_down"]),
        (1, 1)
    );
}

#[tokio::test]
async fn refusing_and_expiring_are_told_apart() {
    let stage = stage();
    let device = begin(&stage).await;
    stage
        .sandbox
        .person()
        .deny_device(&text(&device, "user_code"))
        .await
        .unwrap();
    poll(&stage, &device).await.refused(400, "access_denied");
    let device = begin(&stage).await;
    stage.sandbox.settings(|s| s.clock_skew = 601);
    poll(&stage, &device).await.refused(400, "expired_token");
    let late = stage
        .sandbox
        .person()
        .approve_device(&text(&device, "user_code"))
        .await;
    assert!(late.is_err());
}

#[tokio::test]
async fn complete_uri_is_enough_with_auto_approval() {
    let stage = stage_with(SandboxConfig::default().with_auto_approve("alice"));
    let device = begin(&stage).await;
    let page = text(&device, "verification_uri_complete");
    assert_eq!(stage.http.get(page).send().await.unwrap().status(), 200);
    poll(&stage, &device).await.ok();
}

#[tokio::test]
async fn device_code_of_another_client_and_client_without_the_grant_are_refused() {
    let client = Client::public("other");
    let stage = stage_with(SandboxConfig::default().with_client(client));
    let device = begin(&stage).await;
    let code = text(&device, "device_code");
    let fields = [
        ("grant_type", DEVICE_CODE),
        ("client_id", "other"),
        ("device_code", &code),
    ];
    stage
        .post("/token", &fields)
        .await
        .refused(400, "invalid_grant");
    let fields = [("client_id", "demo-web"), ("client_secret", "wrong")];
    stage
        .post("/device_authorization", &fields)
        .await
        .refused(401, "invalid_client");
}
