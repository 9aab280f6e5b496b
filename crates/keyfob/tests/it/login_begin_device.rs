//! Device logins in steps: begun, polled and finished by different processes, on a clock of their own.

use std::time::{Duration, SystemTime};

use keyfob::Client;
use keyfob::client::ClientConfig;
use keyfob::login::{
    BeginOptions, DevicePoll, PendingDevice, begin_device, blocking, finish_device, poll_device,
};
use keyfob::transport::testing::{Answer, ScriptedTransport, json as answer, lost, respond};
use keyfob::transport::{Clock, ManualClock, RetryPolicy};
use serde_json::{Value, json};

use super::login_setup::{self, sandbox};
use super::support::form;

const TOKEN: &str = r#"{"access_token":"at","token_type":"Bearer","expires_in":3600}"#;

struct Stage {
    clock: ManualClock,
    script: ScriptedTransport,
    client: Client,
}

impl Stage {
    fn new(clock: ManualClock, begun: &Value) -> Self {
        let config = json!({
            "client_type": "oidc_device_code", "auth_server": "https://as.example", "client_id": "demo",
            "token_endpoint": "https://as.example/token",
            "device_authorization_endpoint": "https://as.example/device",
        });
        let mut response = json!({
            "device_code": "canary-device-code", "user_code": "WDJB-MJHT",
            "verification_uri": "https://as.example/device", "expires_in": 600,
        });
        response
            .as_object_mut()
            .unwrap()
            .extend(begun.as_object().unwrap().clone());
        let script = ScriptedTransport::new();
        script.push(answer(200, response.to_string()));
        script.otherwise(|_| answer(400, r#"{"error":"authorization_pending"}"#));
        let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
        let transport = script
            .transport_on(clock.clone())
            .with_retry(RetryPolicy::never());
        let client = Client::from_config(config, transport, Clock::from(clock.clone())).unwrap();
        Self {
            clock,
            script,
            client,
        }
    }

    fn still() -> Self {
        Self::new(ManualClock::new(start()), &json!({}))
    }

    async fn begin(&self) -> PendingDevice {
        begin_device(&self.client, &BeginOptions::new())
            .await
            .unwrap()
    }

    async fn poll(&self, pending: &mut PendingDevice) -> DevicePoll {
        poll_device(&self.client, pending).await.unwrap()
    }

    /// How often the token endpoint was asked.
    fn asked(&self) -> usize {
        let asked = |request: &http::Request<bytes::Bytes>| request.uri().path() == "/token";
        self.script
            .requests()
            .iter()
            .filter(|request| asked(request))
            .count()
    }

    fn forward(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn oauth(error: &str) -> Answer {
    answer(400, json!({ "error": error }).to_string()).into()
}

// covers: ceg-25, planet-57
#[tokio::test]
async fn asks_nothing_before_its_time_and_keeps_to_the_default_interval() {
    let stage = Stage::still();
    let mut pending = stage.begin().await;
    assert_eq!(pending.user_code(), "WDJB-MJHT");
    let DevicePoll::Waiting { next_in } = stage.poll(&mut pending).await else {
        panic!("too early")
    };
    assert_eq!((next_in.as_secs(), stage.asked()), (5, 0));
    stage.forward(5);
    assert!(
        matches!(stage.poll(&mut pending).await, DevicePoll::Waiting { next_in } if next_in.as_secs() == 5)
    );
    assert_eq!(stage.asked(), 1);
    stage.forward(4);
    assert!(
        matches!(stage.poll(&mut pending).await, DevicePoll::Waiting { next_in } if next_in.as_secs() == 1)
    );
    assert_eq!(stage.asked(), 1);
    stage.forward(1);
    stage.script.push(answer(200, TOKEN));
    assert!(matches!(
        stage.poll(&mut pending).await,
        DevicePoll::Done(_)
    ));
}

// covers: C-21, ceg-25
#[tokio::test]
async fn slow_down_slows_down_for_good_even_across_processes() {
    let stage = Stage::still();
    let mut pending = stage.begin().await;
    stage.forward(5);
    stage.script.push(oauth("slow_down"));
    let DevicePoll::SlowedDown { next_in, interval } = stage.poll(&mut pending).await else {
        panic!("not slowed down")
    };
    assert_eq!((next_in.as_secs(), interval.as_secs()), (10, 10));
    let mut pending = PendingDevice::from_json(pending.to_json().expose()).unwrap();
    stage.forward(9);
    assert!(matches!(
        stage.poll(&mut pending).await,
        DevicePoll::Waiting { .. }
    ));
    assert_eq!(stage.asked(), 1, "too early after the restart too");
    stage.forward(2);
    assert!(
        matches!(stage.poll(&mut pending).await, DevicePoll::Waiting { next_in } if next_in.as_secs() == 10)
    );
    assert_eq!(stage.asked(), 2);
}

// covers: C-21, W50
#[tokio::test]
async fn trouble_on_the_way_ends_nothing_and_makes_it_patient() {
    let stage = Stage::still();
    let mut pending = stage.begin().await;
    let mut waits = Vec::new();
    let mut busy = answer(503, "{}");
    busy.headers_mut()
        .insert("retry-after", "42".parse().unwrap());
    for trouble in [
        Answer::from(lost()),
        respond(502, "text/html", "<h1>bad gateway</h1>").into(),
        answer(500, "{}").into(),
        busy.into(),
    ] {
        stage.forward(60);
        stage.script.push(trouble);
        let DevicePoll::Trouble { next_in, error } = stage.poll(&mut pending).await else {
            panic!("no trouble")
        };
        assert!(error.is_transient(), "{error}");
        waits.push(next_in.as_secs());
    }
    assert_eq!(waits, [10, 20, 40, 60]);
    stage.forward(60);
    stage.script.push(answer(200, TOKEN));
    assert!(matches!(
        stage.poll(&mut pending).await,
        DevicePoll::Done(_)
    ));
}

// covers: ceg-25, W50
#[tokio::test]
async fn refusals_and_the_end_of_the_code_end_it() {
    for (error, code) in [
        ("access_denied", "login_denied"),
        ("expired_token", "device_code_expired"),
    ] {
        let stage = Stage::still();
        let mut pending = stage.begin().await;
        stage.forward(5);
        stage.script.push(oauth(error));
        let ended = poll_device(&stage.client, &mut pending).await.unwrap_err();
        assert_eq!(ended.code(), code);
    }
    let stage = Stage::still();
    let mut pending = stage.begin().await;
    stage.forward(600);
    let ended = poll_device(&stage.client, &mut pending).await.unwrap_err();
    assert_eq!((ended.code(), stage.asked()), ("device_code_expired", 0));
    let restless = Stage::new(ManualClock::restless(start()), &json!({"expires_in": 60}));
    let mut pending = restless.begin().await;
    let ended = finish_device(&restless.client, &mut pending)
        .await
        .unwrap_err();
    assert_eq!(ended.code(), "device_code_expired");
    assert!(
        (11..=12).contains(&restless.asked()),
        "{}",
        restless.asked()
    );
}

// covers: C-22, C-23
#[tokio::test]
async fn asks_for_no_audience_where_none_is_configured() {
    let stage = Stage::still();
    stage.begin().await;
    let form = form(stage.script.requests()[0].body());
    assert!(!form.contains_key("audience"), "{form:?}");
    assert_eq!(form["client_id"], "demo");
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_stretch_the_wait() {
    let stage = Stage::still();
    let pending = stage.begin().await;
    let hours_ago = start() - Duration::from_hours(5);
    assert_eq!(pending.wait(hours_ago), Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn what_is_no_pending_device_login_is_refused_and_its_code_goes_to_its_own_server_only() {
    let stage = Stage::still();
    let pending = stage.begin().await;
    let shown = format!("{pending:?}");
    assert!(!shown.contains("canary"), "{shown}");
    let good = pending.to_json().expose().to_owned();
    for bad in [
        "",
        "{}",
        "[]",
        &good.replace("https://as.example/device", "javascript:alert(1)"),
        &good.replace("600", "\"soon\""),
        good.get(..good.len() / 2).unwrap(),
    ] {
        let error = PendingDevice::from_json(bad).unwrap_err();
        assert_eq!(error.code(), "pending_login_unusable", "{bad}");
    }
    let foreign = good.replace(
        "\"issuer\":\"https://as.example\"",
        "\"issuer\":\"https://other.example\"",
    );
    assert_ne!(foreign, good);
    let mut foreign = PendingDevice::from_json(&foreign).unwrap();
    stage.forward(60);
    let error = poll_device(&stage.client, &mut foreign).await.unwrap_err();
    assert_eq!((error.code(), stage.asked()), ("pending_login_unusable", 0));
}

#[test]
fn the_blocking_twins_do_the_same() {
    let sandbox = sandbox();
    sandbox.settings(|settings| settings.device_interval = Duration::ZERO);
    let client = login_setup::client(&sandbox, "oidc_device_code", &json!({}));
    let mut pending = blocking::begin_device(&client, &BeginOptions::new()).unwrap();
    assert!(pending.qr(false).is_some());
    let early = blocking::poll_device(&client, &mut pending).unwrap();
    assert!(matches!(early, DevicePoll::Waiting { .. }));
    sandbox
        .person()
        .approve_device_blocking(pending.user_code())
        .unwrap();
    let logged_in = blocking::finish_device(&client, &mut pending).unwrap();
    assert!(logged_in.id_token.is_some());
}
