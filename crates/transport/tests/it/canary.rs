//! Planted secrets, and every log line that the way out writes.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;
use keyfob_protocol::{Endpoint, Repeat, RequestPolicy};
use keyfob_transport::{ReqwestTransport, RetryPolicy, Transport};
use tracing_subscriber::filter::LevelFilter;

use crate::server::{Server, closed_port, ok};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn secretive(url: &str) -> Request<Bytes> {
    let mut request = Request::post(format!("{url}?q=canary-query"))
        .header(AUTHORIZATION, "Basic canary-header")
        .body(Bytes::from("refresh_token=canary-body"))
        .unwrap();
    request
        .extensions_mut()
        .insert(RequestPolicy::new(Endpoint::Token, Repeat::Always));
    request
}

#[test]
fn no_log_line_at_trace_level_shows_a_planted_secret() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let good = Server::answering(ok(r#"{"access_token":"canary-answer"}"#)).await;
            let garbage = Server::answering("canary-garbage\r\n\r\n").await;
            let closed = format!("http://{}/", closed_port().await);
            let retry = RetryPolicy::default().with_attempts(2);
            let transport = Transport::new(ReqwestTransport::default()).with_retry(retry);
            for _ in 0..2 {
                for url in [good.url("/"), garbage.url("/"), closed.clone()] {
                    let _outcome = transport.exchange(secretive(&url)).await;
                }
                // A log line that another test's thread met first may count as unwanted by all.
                tracing::callsite::rebuild_interest_cache();
            }
        });
    });
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("repeating the request"),
        "nothing was logged: {text}"
    );
    assert!(!text.contains("canary"), "{text}");
}
