//! Repeats what failed for a moment: five times after a 500, with growing waits. Only what may be repeated is.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example retry_policy`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use std::time::Duration;

use keyfob::store::{MemoryStore, Store};
use keyfob::transport::{Clock, RetryPolicy};
use keyfob::{Client, Session};
use keyfob_sandbox::{Fault, Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    sandbox.fault(Fault::status(500).grant("client_credentials").times(2));

    let retry = RetryPolicy::default()
        .with_attempts(6)
        .with_statuses([http::StatusCode::INTERNAL_SERVER_ERROR])
        .with_waits(Duration::from_millis(300), Duration::from_mins(2))
        .checked()?;
    let config = support::service(&sandbox)?;
    let transport = config.transport()?.with_retry(retry);
    let client = Client::from_config(config, transport, Clock::system())?;
    let session = Session::new(client, Store::new(MemoryStore::new()), "service".parse()?);

    session.access_token().await?;
    let requests = sandbox.counters().grant("client_credentials").requests;
    println!("a token after {requests} requests, of which two failed");

    // The same in a configuration: `"retry": {"attempts": 6, "statuses": [500], "backoff": 0.3, "backoff_cap": 120}`.
    let refused = RetryPolicy::default()
        .with_statuses([http::StatusCode::BAD_REQUEST])
        .checked();
    if let Err(error) = refused {
        println!("{}: {error}", error.code());
    }
    Ok(())
}
