//! Device authorization and polling (RFC 8628).

use std::time::Duration;

use keyfob_protocol::{
    Client, DeviceAuthorization, DeviceAuthorizationRequest, DevicePolling, Endpoint, Poll, Repeat,
    RequestPolicy, Scopes,
};
use serde_json::{Value, json};

use crate::fixtures::{self, CLIENT, answer};

const SECOND: Duration = Duration::from_secs(1);

fn example() -> Value {
    json!({
        "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS",
        "user_code": "WDJB-MJHT",
        "verification_uri": "https://example.com/device",
        "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT",
        "expires_in": 1800,
        "interval": 5,
    })
}

fn read(document: &Value) -> Result<DeviceAuthorization, &'static str> {
    let request = DeviceAuthorizationRequest::new();
    request
        .read(&answer(200, document.to_string()))
        .map_err(|error| error.code())
}

fn with(name: &str, value: Value) -> Value {
    let mut document = example();
    document[name] = value;
    document
}

fn poll(status: u16, body: &str) -> Result<Poll, &'static str> {
    Poll::read(&answer(status, body)).map_err(|error| error.code())
}

#[test]
fn request_names_client_scope_and_own_parameters() {
    let request = DeviceAuthorizationRequest::new()
        .with_scopes(Scopes::parse("openid").unwrap())
        .with_audience("https://api.example/")
        .with_param("organization", "o");
    let client = Client::public(CLIENT);
    let request = request
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap();
    assert_eq!(request.uri(), "https://as.example/device");
    let policy = RequestPolicy::of(&request).unwrap();
    assert_eq!(
        (policy.endpoint, policy.repeat),
        (Endpoint::DeviceAuthorization, Repeat::Always)
    );
    let form = fixtures::form(&request);
    assert_eq!(form["scope"], "openid");
    assert_eq!(form["audience"], "https://api.example/");
    assert_eq!(form["organization"], "o");
    assert_eq!(form["client_id"], CLIENT);
}

#[test]
fn reads_rfc_8628_example() {
    let authorization = read(&example()).unwrap();
    assert_eq!(authorization.user_code, "WDJB-MJHT");
    assert_eq!(
        authorization.verification_uri.as_str(),
        "https://example.com/device"
    );
    let complete = authorization.verification_uri_complete.as_ref().unwrap();
    assert_eq!(complete.query(), Some("user_code=WDJB-MJHT"));
    assert_eq!(authorization.expires_in, 1800 * SECOND);
    assert_eq!(authorization.interval, 5 * SECOND);

    let client = Client::public(CLIENT);
    let grant = authorization.poll();
    let request = grant
        .request(&fixtures::metadata(), &client, fixtures::now())
        .unwrap();
    let form = fixtures::form(&request);
    assert_eq!(
        form["grant_type"],
        "urn:ietf:params:oauth:grant-type:device_code"
    );
    assert_eq!(
        form["device_code"],
        "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"
    );
}

// covers: ceg-25
#[test]
fn interval_defaults_to_five_seconds_and_is_never_zero() {
    let table = [
        (json!(null), 5),
        (json!("7"), 7),
        (json!(0), 1),
        (json!(-3), 5),
        (json!("x"), 5),
        (json!(1_000_000_000), 24 * 3600),
    ];
    for (interval, expected) in table {
        let authorization = read(&with("interval", interval)).unwrap();
        assert_eq!(authorization.interval, expected * SECOND);
    }
}

// covers: planet-53
#[test]
fn refuses_answer_that_cannot_be_shown_or_polled() {
    let table = [
        ("device_code", json!(""), "missing"),
        ("user_code", json!(null), "missing"),
        ("verification_uri", json!(null), "missing"),
        ("expires_in", json!(null), "missing"),
        ("expires_in", json!(0), "missing"),
        ("expires_in", json!(-5), "missing"),
        ("user_code", json!("AB\u{1b}[2J"), "malformed"),
        ("user_code", json!("x".repeat(65)), "malformed"),
        (
            "verification_uri",
            json!("http://example.com/device"),
            "insecure_url",
        ),
        (
            "verification_uri_complete",
            json!("file:///etc/passwd"),
            "insecure_url",
        ),
        ("error", json!("invalid_client"), "oauth_error"),
    ];
    for (name, value, code) in table {
        assert_eq!(read(&with(name, value)).err(), Some(code), "{name}");
    }
}

#[test]
fn accepts_verification_url_of_older_servers() {
    let mut document = example();
    document["verification_url"] = document["verification_uri"].take();
    assert_eq!(
        read(&document).unwrap().verification_uri.as_str(),
        "https://example.com/device"
    );
}

#[test]
fn poll_answers_are_told_apart() {
    assert!(matches!(
        poll(400, r#"{"error":"authorization_pending"}"#),
        Ok(Poll::Pending)
    ));
    assert!(matches!(
        poll(400, r#"{"error":"slow_down"}"#),
        Ok(Poll::SlowDown)
    ));
    assert!(matches!(
        poll(429, r#"{"error":"slow_down"}"#),
        Ok(Poll::SlowDown)
    ));
    assert!(matches!(
        poll(200, r#"{"access_token":"a"}"#),
        Ok(Poll::Done(_))
    ));
    assert_eq!(
        poll(400, r#"{"error":"access_denied"}"#).err(),
        Some("oauth_error")
    );
    assert_eq!(
        poll(400, r#"{"error":"expired_token"}"#).err(),
        Some("oauth_error")
    );
    assert_eq!(poll(500, "").err(), Some("http_error"));
    assert_eq!(poll(200, "<html>").err(), Some("not_json"));
}

#[test]
fn polling_slows_down_for_good_and_ends_with_the_code() {
    let start = fixtures::now();
    let mut polling = DevicePolling::start(&read(&example()).unwrap(), start);
    assert_eq!(polling.wait(start), Some(5 * SECOND));
    polling.answered(&Poll::Pending);
    assert_eq!(polling.wait(start), Some(5 * SECOND));
    polling.answered(&Poll::SlowDown);
    polling.answered(&Poll::SlowDown);
    polling.answered(&Poll::Pending);
    assert_eq!(polling.wait(start), Some(15 * SECOND));
    assert_eq!(
        polling.wait(start + 1790 * SECOND),
        Some(10 * SECOND),
        "one last poll at the end"
    );
    assert_eq!(polling.wait(start + 1800 * SECOND), None);
    assert_eq!(polling.wait(start + 9999 * SECOND), None);
    assert_eq!(polling.deadline(), start + 1800 * SECOND);
}

#[test]
fn polling_backs_off_while_nobody_answers_and_recovers() {
    let start = fixtures::now();
    let mut polling = DevicePolling::start(&read(&example()).unwrap(), start);
    let mut pauses = Vec::new();
    for _ in 0..6 {
        polling.unanswered();
        pauses.push(polling.wait(start).unwrap().as_secs());
    }
    assert_eq!(pauses, [10, 20, 40, 60, 60, 60]);
    polling.answered(&Poll::Pending);
    assert_eq!(polling.wait(start), Some(5 * SECOND));
}
