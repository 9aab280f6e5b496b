//! Faults of the connection and of the answer: what the client sees, and what the provider did.

use std::time::{Duration, Instant};

use keyfob_sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Stage, stage, text};

#[tokio::test]
async fn status_faults_come_as_asked_and_then_stop() {
    let stage = stage();
    stage.sandbox.fault(Fault::status(500).once());
    stage.sandbox.fault(Fault::retry_after(503, 2).once());
    stage.sandbox.fault(Fault::retry_after(429, 1).once());
    let mut seen = Vec::new();
    for _ in 0..4 {
        let answer = stage.password_answer().await;
        seen.push((answer.status, answer.header("retry-after").to_owned()));
    }
    let expected = [(500, ""), (503, "2"), (429, "1"), (200, "")];
    assert_eq!(
        seen,
        expected.map(|(status, after)| (status, after.to_owned()))
    );
    let counters = stage.sandbox.counters();
    assert_eq!((counters.faults, counters.token_success), (3, 1));
    assert_eq!(counters.grant("password").requests, 4);
    let log = stage.sandbox.requests();
    assert_eq!(log[0].fault.as_deref(), Some("status"));
    assert_eq!(log[3].fault, None);
}

#[tokio::test]
async fn body_faults_are_what_they_are_called() {
    let stage = stage();
    stage
        .sandbox
        .fault(Fault::new(FaultKind::Html { status: 200 }).once());
    let html = stage.password_answer().await;
    assert_eq!(
        (html.status, html.header("content-type")),
        (200, "text/html; charset=utf-8")
    );

    stage.sandbox.fault(Fault::new(FaultKind::Empty).once());
    let empty = stage.password_answer().await;
    assert_eq!((empty.status, empty.text.as_str()), (200, ""));

    stage
        .sandbox
        .fault(Fault::new(FaultKind::TruncatedJson).once());
    let cut = stage.password_answer().await;
    assert_eq!(cut.status, 200);
    assert!(cut.text.starts_with('{') && serde_json::from_str::<Value>(&cut.text).is_err());

    stage
        .sandbox
        .fault(Fault::new(FaultKind::Huge { bytes: 3_000_000 }).once());
    assert_eq!(stage.password_answer().await.text.len(), 3_000_000);

    let location = "https://evil.example/token".to_owned();
    stage.sandbox.fault(
        Fault::new(FaultKind::Redirect {
            location: location.clone(),
        })
        .once(),
    );
    let away = stage.password_answer().await;
    assert_eq!(
        (away.status, away.header("location")),
        (307, location.as_str())
    );

    stage
        .sandbox
        .fault(Fault::oauth_error("invalid_grant").once());
    stage.password_answer().await.refused(400, "invalid_grant");
    assert_eq!(stage.sandbox.counters().token_success, 0);
}

#[tokio::test]
async fn disconnect_before_leaves_the_refresh_token_unused() {
    let stage = stage();
    let token = text(&stage.password().await, "refresh_token");
    stage.sandbox.fault(
        Fault::new(FaultKind::Disconnect)
            .grant("refresh_token")
            .once(),
    );
    assert_drops(&stage, &token).await;
    stage.refresh(&token).await.ok();
    assert_eq!(stage.sandbox.counters().reuse_detected, 0);
}

#[tokio::test]
async fn disconnect_after_has_rotated() {
    let stage = stage();
    let token = text(&stage.password().await, "refresh_token");
    stage.sandbox.fault(
        Fault::new(FaultKind::Disconnect)
            .grant("refresh_token")
            .after()
            .once(),
    );
    assert_drops(&stage, &token).await;
    assert_eq!(stage.sandbox.counters().grant("refresh_token").success, 1);
    stage.refresh(&token).await.refused(400, "invalid_grant");
    assert_eq!(stage.sandbox.counters().reuse_detected, 1);
}

async fn assert_drops(stage: &Stage, token: &str) {
    let error = stage
        .try_post("/token", &crate::support::refresh_fields(token))
        .await
        .unwrap_err();
    assert!(
        error.is_request() && !error.is_timeout() && !error.is_connect(),
        "{error:?}"
    );
}

#[tokio::test]
async fn truncated_body_breaks_off_in_the_middle() {
    let stage = stage();
    stage
        .sandbox
        .fault(Fault::new(FaultKind::TruncatedBody).after().once());
    let mut response = stage
        .http
        .post(stage.url("/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(crate::support::encode(&PASSWORD))
        .send()
        .await
        .unwrap();
    let announced = response.content_length().unwrap();
    let mut seen = 0;
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => seen += chunk.len() as u64,
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(
        broken && 0 < seen && seen < announced,
        "{seen} of {announced}"
    );
    assert_eq!(stage.sandbox.counters().token_success, 1);
}

#[tokio::test]
async fn hang_holds_the_connection_until_faults_are_cleared() {
    let stage = stage();
    stage.sandbox.fault(Fault::new(FaultKind::Hang));
    let hanging = stage.try_post("/token", &PASSWORD);
    let patience = tokio::time::timeout(Duration::from_millis(300), hanging).await;
    assert!(patience.is_err(), "the answer came");
    let hanging = stage.try_post("/token", &PASSWORD);
    let cleared = async {
        while stage.sandbox.counters().requests(Endpoint::Token) < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The request counts as received a moment before it hangs.
        while stage.sandbox.requests().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stage.sandbox.clear_faults();
    };
    let (outcome, ()) = tokio::join!(hanging, cleared);
    assert!(outcome.is_err());
    stage.password().await;
}

#[tokio::test]
async fn slow_and_drip_take_their_time_and_tell_the_truth() {
    let stage = stage();
    stage
        .sandbox
        .fault(Fault::slow(Duration::from_millis(150)).once());
    let start = Instant::now();
    stage.password().await;
    assert!(start.elapsed() >= Duration::from_millis(150));
    stage.sandbox.fault(
        Fault::new(FaultKind::Drip { delay_ms: 1 })
            .at(Endpoint::Jwks)
            .once(),
    );
    let start = Instant::now();
    let keys = stage.get("/jwks").await;
    assert!(start.elapsed() >= Duration::from_millis(keys.text.len() as u64));
    assert!(keys.ok()["keys"].is_array());
}

#[tokio::test]
async fn a_request_that_arrived_is_finished_though_its_client_left() {
    let stage = stage();
    let token = text(&stage.password().await, "refresh_token");
    stage
        .sandbox
        .settings(|s| s.token_latency = Duration::from_millis(500));
    let request = stage
        .http
        .post(stage.url("/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(crate::support::encode(&crate::support::refresh_fields(
            &token,
        )));
    let leaving = tokio::spawn(request.send());
    let seen = || stage.sandbox.counters().grant("refresh_token");
    let patience = Instant::now() + Duration::from_secs(20);
    let until = async |done: &dyn Fn() -> bool| {
        while !done() {
            assert!(Instant::now() < patience, "the request was given up");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    until(&|| seen().requests == 1).await;
    leaving.abort();
    until(&|| seen().success == 1).await;
}

#[tokio::test]
async fn faults_hit_their_endpoint_only() {
    let stage = stage();
    stage
        .sandbox
        .fault(Fault::status(500).at(Endpoint::Metadata));
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        assert_eq!(stage.get(path).await.status, 500);
    }
    assert_eq!(stage.get("/jwks").await.status, 200);
    stage.sandbox.clear_faults();
    stage
        .sandbox
        .fault(Fault::status(404).at(Endpoint::OpenidConfiguration));
    assert_eq!(
        stage.get("/.well-known/openid-configuration").await.status,
        404
    );
    assert_eq!(
        stage
            .get("/.well-known/oauth-authorization-server")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn token_response_faults_change_one_member() {
    let stage = stage();
    let honest = stage.password().await;
    for (kind, name, expected) in [
        (FaultKind::NoAccessToken, "access_token", Value::Null),
        (FaultKind::NoIdToken, "id_token", Value::Null),
        (FaultKind::NoRefreshToken, "refresh_token", Value::Null),
        (FaultKind::NoExpiresIn, "expires_in", Value::Null),
        (FaultKind::ExpiresInText, "expires_in", json!("3600")),
        (FaultKind::OddTokenTypeCase, "token_type", json!("bEARER")),
        (
            FaultKind::ResponseMember {
                name: "expires_in".into(),
                value: json!(-5),
            },
            "expires_in",
            json!(-5),
        ),
        (
            FaultKind::ResponseMember {
                name: "scope".into(),
                value: Value::Null,
            },
            "scope",
            Value::Null,
        ),
    ] {
        stage.sandbox.fault(Fault::new(kind.clone()).once());
        let spoilt = stage.password().await;
        assert_eq!(spoilt[name], expected, "{kind:?}");
        let others = |tokens: &Value| -> Vec<String> {
            tokens
                .as_object()
                .unwrap()
                .keys()
                .filter(|key| *key != name)
                .cloned()
                .collect()
        };
        assert_eq!(others(&spoilt), others(&honest), "{kind:?}");
    }
}
