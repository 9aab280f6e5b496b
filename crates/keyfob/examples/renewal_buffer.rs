//! Renews a token when less than a minute of it is left, and not before.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example renewal_buffer`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use std::time::{Duration, SystemTime};

use keyfob::session::SessionPolicy;
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::{Clock, ManualClock};
use keyfob::{Client, Session};
use keyfob_sandbox::{Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = support::service(&sandbox)?;
    let transport = config.transport()?;
    // A clock that is moved by hand, so that nobody has to wait for an hour. A program takes `Clock::system()`.
    let clock = ManualClock::new(SystemTime::now());
    let client = Client::from_config(config, transport, Clock::from(clock.clone()))?;
    let policy = SessionPolicy::default().with_renewal_buffer(Duration::from_mins(1))?;
    let store = Store::new(MemoryStore::new());
    let session = Session::with_policy(client, store, "service".parse()?, policy);

    let hour = session.access_token().await?.expires_at();
    for left in [600, 61, 59] {
        let now = SystemTime::now().max(clock.now());
        let ahead = hour
            .duration_since(now)?
            .saturating_sub(Duration::from_secs(left));
        clock.advance(ahead);
        let token = session.access_token().await?;
        let renewed = if token.expires_at() > hour {
            "renewed"
        } else {
            "still good"
        };
        println!("{left} s left: {renewed}");
    }
    // When the provider is down, a token that is still good is handed out all the same.
    Ok(())
}
