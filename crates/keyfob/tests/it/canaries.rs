//! Planted secrets appear in no log at trace level, no error, no event and no `Debug`.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Response;
use keyfob::Error;
use keyfob::transport::ManualClock;
use keyfob::transport::testing::{json, lost, respond};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{HOUR, World, config, granted, oauth_error, start};

/// What every planted secret contains.
const CANARY: &str = "canary";

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Everything that an error can show, its causes included.
fn shown(error: &Error) -> String {
    let mut texts = vec![format!("{error} {error:?} {}", error.code())];
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        texts.push(format!("{inner} {inner:?}"));
        cause = inner.source();
    }
    texts.join(" ")
}

fn answers() -> Vec<Response<Bytes>> {
    vec![
        granted("canary-new-access", Some("canary-new-refresh")),
        oauth_error("invalid_grant"),
        json(400, r#"{"error":"invalid_client","x":"canary"}"#),
        respond(500, "text/html", "<p>canary</p>"),
        respond(200, "application/json", r#"{"access_token":"canary-half"#),
        json(
            200,
            r#"{"access_token":"canary-dead","refresh_token":"canary-next","expires_in":0}"#,
        ),
        json(200, r#"{"access_token":"canary bad","expires_in":60}"#),
        json(
            200,
            r#"{"access_token":"canary-a","id_token":"canary.canary.canary","expires_in":60}"#,
        ),
    ]
}

/// Lets a session meet one answer, then a lost one, and returns all that it shows of itself.
async fn meet(answer: Response<Bytes>) -> String {
    let confidential = config()
        .with("client_type", "oidc_device_code_secret")
        .with("client_secret", "canary-client-secret");
    let world = World::with(confidential, ManualClock::new(start()));
    let secrets = json!({
        "access_token": "canary-old-access", "refresh_token": "canary-old-refresh",
        "id_token": "eyJhbGciOiJub25lIn0.canary.", "custom": "canary-member"
    });
    world.seed_with(HOUR + 1, &secrets).await;
    world
        .script
        .otherwise(move |request| match request.uri().path() {
            "/jwks" => json(200, r#"{"keys":[]}"#),
            _ => answer.clone(),
        });
    let first = match world.session.access_token().await {
        Ok(token) => {
            let verdict = world.session.invalidate(&token);
            format!("{token:?} {:?} {verdict:?}", token.header_value())
        }
        Err(error) => shown(&error),
    };
    world.script.otherwise(|_| lost());
    let second = world
        .session
        .access_token()
        .await
        .map_or_else(|error| shown(&error), |token| format!("{token:?}"));
    let status = world.session.status().await.unwrap();
    let client = world.session.client();
    format!(
        "{first} {second} {status:?} {:?} {client:?} {:?}",
        world.session,
        client.config()
    )
}

#[tokio::test]
async fn no_log_error_or_debug_shows_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let mut shown = String::new();
    for _ in 0..2 {
        for answer in answers() {
            shown += &meet(answer).await;
        }
        // A log line that another test's thread met first may count as unwanted by all.
        tracing::callsite::rebuild_interest_cache();
    }
    let logged = log.text();
    assert!(
        logged.contains("no new token"),
        "the log was collected: {logged}"
    );
    for (what, text) in [("log", logged), ("error or debug", shown)] {
        let at = text.find(CANARY);
        assert!(
            at.is_none(),
            "{what}: {}",
            &text[at.unwrap().saturating_sub(200)..]
        );
    }
}
