//! Logins by device code: the provider's pace, faults on the way, and every end.

use std::time::{Duration, SystemTime};

use keyfob::client::ClientConfig;
use keyfob::login::{LoginMethod, LoginOptions, Surroundings};
use keyfob::transport::testing::{
    Answer, ScriptedTransport, json as answer, lost, respond, unsent,
};
use keyfob::transport::{Clock, ManualClock, RetryPolicy};
use keyfob::{Client, Error};
use serde_json::json;

use super::login_screen::Screen;
use super::login_setup::{self, options, run, sandbox};

const PENDING: &str = r#"{"error":"authorization_pending"}"#;
const TOKEN: &str = r#"{"access_token":"at","token_type":"Bearer","expires_in":3600}"#;

/// A device login on a clock that does not wait, with the pauses it made.
struct Run {
    result: Result<keyfob::login::LoggedIn, Error>,
    naps: Vec<u64>,
    said: Vec<String>,
}

async fn device(polls: Vec<Answer>, expires_in: u64, timeout: u64) -> Run {
    let clock = ManualClock::restless(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let config = json!({
        "client_type": "oidc_device_code",
        "auth_server": "https://as.example",
        "client_id": "demo",
        "token_endpoint": "https://as.example/token",
        "device_authorization_endpoint": "https://as.example/device",
    });
    let begun = json!({
        "device_code": "canary-device-code",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://as.example/device",
        "verification_uri_complete": "https://as.example/device?user_code=WDJB-MJHT",
        "expires_in": expires_in,
        "interval": 5,
    });
    let script = ScriptedTransport::new();
    script.push(answer(200, begun.to_string()));
    for poll in polls {
        script.push(poll);
    }
    script.otherwise(|_| answer(400, PENDING));
    let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
    let transport = script
        .transport_on(clock.clone())
        .with_retry(RetryPolicy::never());
    let client = Client::from_config(config, transport, Clock::from(clock.clone())).unwrap();
    let (screen, mut seat) = Screen::new();
    let place = Surroundings {
        terminal: true,
        ..Surroundings::default()
    };
    let options = LoginOptions::new(place).with_timeout(Duration::from_secs(timeout));
    let result = run(&client, options, &screen).await;
    assert_eq!(seat.codes.try_recv().unwrap(), "WDJB-MJHT");
    let naps = clock.naps().iter().map(Duration::as_secs).collect();
    let said = screen.said();
    assert!(!format!("{result:?} {said:?}").contains("canary"));
    Run { result, naps, said }
}

fn oauth(error: &str) -> Answer {
    answer(400, json!({ "error": error }).to_string()).into()
}

// covers: planet-57, ceg-25, C-21
#[tokio::test]
async fn asks_at_the_interval_and_slower_when_told() {
    let polls = vec![
        oauth("authorization_pending"),
        oauth("slow_down"),
        oauth("authorization_pending"),
        oauth("slow_down"),
        answer(200, TOKEN).into(),
    ];
    let run = device(polls, 600, 600).await;
    let logged_in = run.result.unwrap();
    assert_eq!(logged_in.method, LoginMethod::Device);
    assert_eq!(logged_in.granted.response.access_token.expose(), "at");
    assert_eq!(run.naps, [5, 5, 10, 10, 15]);
    assert!(
        run.said
            .iter()
            .any(|words| words.contains("asking every 10 s")),
        "{:?}",
        run.said
    );
    assert!(run.said.contains(&"qr: true".to_owned()));
}

#[tokio::test]
async fn waits_out_faults_on_the_way() {
    let polls = vec![
        answer(500, "{}").into(),
        respond(502, "text/html", "<h1>canary</h1>").into(),
        lost().into(),
        unsent().into(),
        respond(200, "text/html", "<h1>canary</h1>").into(),
        oauth("authorization_pending"),
        answer(200, TOKEN).into(),
    ];
    let run = device(polls, 600, 600).await;
    assert!(run.result.is_ok(), "{:?}", run.result);
    assert_eq!(run.naps, [5, 10, 20, 40, 60, 60, 5]);
    assert_eq!(
        run.said
            .iter()
            .filter(|words| words.contains("asking again"))
            .count(),
        5
    );
}

#[tokio::test]
async fn honours_retry_after() {
    let mut busy = answer(503, "{}");
    busy.headers_mut()
        .insert("retry-after", "42".parse().unwrap());
    let run = device(vec![busy.into(), answer(200, TOKEN).into()], 600, 600).await;
    assert!(run.result.is_ok());
    assert_eq!(run.naps, [5, 42]);
}

#[tokio::test]
async fn ends_with_the_code_or_the_patience_whichever_is_first() {
    let run = device(Vec::new(), 60, 600).await;
    assert_eq!(run.result.unwrap_err().code(), "device_code_expired");
    assert_eq!(run.naps.iter().sum::<u64>(), 60);
    let run = device(Vec::new(), 600, 60).await;
    assert_eq!(run.result.unwrap_err().code(), "login_timed_out");
}

#[tokio::test]
async fn a_provider_out_of_reach_does_not_outlast_the_code() {
    let run = device((0..100).map(|_| lost().into()).collect(), 300, 600).await;
    assert_eq!(run.result.unwrap_err().code(), "device_code_expired");
    assert!(run.naps.len() < 12, "{:?}", run.naps);
}

// covers: ceg-25
#[tokio::test]
async fn refusals_end_it_by_name() {
    for (error, code) in [
        ("access_denied", "login_denied"),
        ("expired_token", "device_code_expired"),
        ("invalid_client", "oauth_error"),
        ("invalid_grant", "oauth_error"),
    ] {
        let run = device(vec![oauth("authorization_pending"), oauth(error)], 600, 600).await;
        assert_eq!(run.result.unwrap_err().code(), code);
        assert_eq!(run.naps.len(), 2, "{error}");
    }
}

#[tokio::test]
async fn verifies_the_id_token_of_a_device_login() {
    let sandbox = sandbox();
    sandbox.settings(|settings| settings.device_interval = Duration::ZERO);
    let client = login_setup::client(&sandbox, "oidc_device_code", &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let (logged_in, visit) = tokio::join!(run(&client, options(), &screen), async {
        person
            .approve_device(&seat.codes.recv().await.unwrap())
            .await
            .unwrap()
    });
    assert_eq!(visit.status, 200);
    assert!(logged_in.unwrap().id_token.is_some());
}

#[tokio::test]
async fn a_denial_by_the_person_is_told() {
    let sandbox = sandbox();
    sandbox.settings(|settings| settings.device_interval = Duration::ZERO);
    let client = login_setup::client(&sandbox, "oidc_device_code", &json!({}));
    let (screen, mut seat) = Screen::new();
    let person = sandbox.person();
    let (denied, _) = tokio::join!(run(&client, options(), &screen), async {
        person
            .deny_device(&seat.codes.recv().await.unwrap())
            .await
            .unwrap()
    });
    assert_eq!(denied.unwrap_err().code(), "login_denied");
}

#[tokio::test]
async fn a_server_elsewhere_cannot_send_a_person_to_services_of_this_machine() {
    let clock = ManualClock::restless(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let config = json!({
        "client_type": "oidc_device_code",
        "auth_server": "https://as.example",
        "client_id": "demo",
        "token_endpoint": "https://as.example/token",
        "device_authorization_endpoint": "https://as.example/device",
    });
    for member in ["verification_uri", "verification_uri_complete"] {
        let mut begun = json!({
            "device_code": "canary-device-code",
            "user_code": "WDJB-MJHT",
            "verification_uri": "https://as.example/device",
            "expires_in": 60,
        });
        begun[member] = json!("http://127.0.0.1:631/admin?do=it");
        let script = ScriptedTransport::new();
        script.push(answer(200, begun.to_string()));
        let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
        let transport = script.transport_on(clock.clone());
        let client = Client::from_config(config, transport, Clock::from(clock.clone())).unwrap();
        let (screen, mut seat) = Screen::new();
        let place = Surroundings {
            terminal: true,
            ..Surroundings::default()
        };
        let error = run(&client, LoginOptions::new(place), &screen).await;
        assert_eq!(error.unwrap_err().code(), "insecure_url", "{member}");
        assert!(seat.codes.try_recv().is_err(), "nothing was shown");
    }
}
