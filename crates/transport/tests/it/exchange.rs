//! Repetition over a scripted transport and simulated time.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{DATE, RETRY_AFTER};
use http::{Request, Response};
use keyfob_protocol::Repeat;
use keyfob_transport::testing::{ScriptedTransport, json, lost, unsent};
use keyfob_transport::{
    HttpTransport, Jitter, ManualClock, RetryPolicy, Transport, TransportError,
};

use crate::server::{get, request};

const SECOND: Duration = Duration::from_secs(1);
const URL: &str = "https://op.example/token";

struct Scene {
    script: ScriptedTransport,
    clock: ManualClock,
    transport: Transport,
}

fn scene() -> Scene {
    let script = ScriptedTransport::new();
    let clock = ManualClock::restless(SystemTime::UNIX_EPOCH);
    let transport = script.transport_on(clock.clone()).with_retry(
        RetryPolicy::default()
            .with_jitter(Jitter::Off)
            .with_budget(30 * SECOND),
    );
    Scene {
        script,
        clock,
        transport,
    }
}

fn busy(status: u16, retry_after: &str) -> Response<Bytes> {
    let mut response = json(status, "{}");
    response
        .headers_mut()
        .insert(RETRY_AFTER, retry_after.parse().unwrap());
    response
}

#[tokio::test]
async fn waits_as_long_as_the_server_asks() {
    let Scene {
        script,
        clock,
        transport,
    } = scene();
    script.push(busy(503, "7"));
    script.push(json(200, "{}"));
    assert_eq!(transport.exchange(get(URL)).await.unwrap().status(), 200);
    assert_eq!(clock.naps(), [7 * SECOND]);
}

#[tokio::test]
async fn waits_until_the_date_the_server_names() {
    let Scene {
        script,
        clock,
        transport,
    } = scene();
    let mut response = busy(429, "Thu, 01 Jan 2026 00:00:09 GMT");
    response
        .headers_mut()
        .insert(DATE, "Thu, 01 Jan 2026 00:00:00 GMT".parse().unwrap());
    script.push(response);
    script.push(json(200, "{}"));
    assert_eq!(transport.exchange(get(URL)).await.unwrap().status(), 200);
    assert_eq!(clock.naps(), [9 * SECOND]);
}

#[tokio::test]
async fn hands_out_the_answer_when_asked_to_wait_too_long() {
    let Scene {
        script,
        clock,
        transport,
    } = scene();
    script.push(busy(503, "3600"));
    let response = transport.exchange(get(URL)).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()[RETRY_AFTER]),
        (503, &"3600".parse().unwrap())
    );
    assert!(clock.naps().is_empty());
}

// covers: A13, alf-3
#[tokio::test]
async fn backs_off_exponentially_and_hands_out_the_last_answer() {
    let Scene {
        script,
        clock,
        transport,
    } = scene();
    script.otherwise(|_| json(500, "{}"));
    assert_eq!(transport.exchange(get(URL)).await.unwrap().status(), 500);
    assert_eq!(script.count(), 3);
    assert_eq!(clock.naps(), [SECOND * 3 / 10, SECOND * 6 / 10]);
}

// covers: W6
#[tokio::test]
async fn never_repeats_a_redemption_that_may_have_been_received() {
    for answer in [0, 1] {
        let Scene {
            script, transport, ..
        } = scene();
        match answer {
            0 => script.push(lost()),
            _ => script.push(json(503, "{}")),
        }
        script.otherwise(|_| json(200, "{}"));
        let _outcome = transport.exchange(request(URL, Repeat::OnlyIfUnsent)).await;
        assert_eq!(script.count(), 1);
    }
}

#[tokio::test]
async fn repeats_a_redemption_that_was_surely_unsent() {
    let Scene {
        script, transport, ..
    } = scene();
    script.push(unsent());
    script.push(busy(503, "1"));
    script.push(json(200, "{}"));
    let response = transport
        .exchange(request(URL, Repeat::OnlyIfUnsent))
        .await
        .unwrap();
    assert_eq!((response.status().as_u16(), script.count()), (200, 3));
}

#[tokio::test]
async fn takes_a_request_without_a_policy_for_one_that_works_once() {
    let Scene {
        script, transport, ..
    } = scene();
    script.push(lost());
    let bare = Request::post(URL).body(Bytes::new()).unwrap();
    assert_eq!(transport.exchange(bare).await.unwrap_err(), lost());
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn begins_no_attempt_after_the_budget() {
    let Scene {
        script,
        clock,
        transport,
    } = scene();
    let clock_for_answer = clock.clone();
    script.otherwise(move |_| {
        clock_for_answer.advance(20 * SECOND);
        json(500, "{}")
    });
    assert_eq!(transport.exchange(get(URL)).await.unwrap().status(), 500);
    assert_eq!(script.count(), 2);
}

#[tokio::test]
async fn makes_one_time_requests_anew_for_each_attempt() {
    let Scene {
        script, transport, ..
    } = scene();
    script.push(lost());
    script.push(json(200, "{}"));
    let mut jti = 0;
    let response = transport
        .exchange_each(|| {
            jti += 1;
            Ok::<_, TransportError>(get(format!("{URL}?jti={jti}")))
        })
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let sent: Vec<_> = script
        .requests()
        .iter()
        .map(|request| request.uri().query().unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["jti=1", "jti=2"]);
}

#[tokio::test]
async fn cancelling_during_a_wait_sends_nothing_more() {
    let script = ScriptedTransport::new();
    script.otherwise(|_| json(503, "{}"));
    let clock = ManualClock::new(SystemTime::UNIX_EPOCH);
    let transport = script.transport_on(clock.clone());
    let task = tokio::spawn(async move { transport.exchange(get(URL)).await });
    clock.sleepers_reach(1).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    clock.advance(60 * SECOND);
    assert_eq!((script.count(), clock.sleepers()), (1, 0));
}

/// A client that checks nothing itself.
struct Careless(Response<Bytes>);

impl HttpTransport for Careless {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn a_foreign_client_cannot_weaken_caps_and_redirects() {
    let big = json(200, "x".repeat(256 * 1024 + 1));
    assert_eq!(
        Transport::new(Careless(big))
            .send(get(URL))
            .await
            .unwrap_err()
            .code(),
        "body_too_large"
    );
    let moved = json(307, "");
    let error = Transport::new(Careless(moved))
        .send(get(URL))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        TransportError::Redirect {
            status: 307,
            to: None
        }
    );
}
