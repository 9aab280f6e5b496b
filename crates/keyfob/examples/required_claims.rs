//! Hands out a token only if it claims what the program needs, and says what is missing if not.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example required_claims`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use keyfob::session::SessionPolicy;
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::Clock;
use keyfob::verify::RequiredClaims;
use keyfob::{Client, Session};
use keyfob_sandbox::{Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = support::service(&sandbox)?;
    for (what, required) in [
        (
            "an issuer",
            RequiredClaims::new().with("iss", sandbox.issuer()),
        ),
        ("any subject", RequiredClaims::new().with("sub", ())),
        ("a tenant", RequiredClaims::new().with("tenant", "research")),
        (
            "an audience in a list",
            RequiredClaims::new().with("aud", vec!["somebody else"]),
        ),
    ] {
        let transport = config.transport()?;
        let client = Client::from_config(config.clone(), transport, Clock::system())?;
        let policy = SessionPolicy::default().with_required_claims(required);
        let store = Store::new(MemoryStore::new());
        let session = Session::with_policy(client, store, "service".parse()?, policy);
        match session.access_token().await {
            Ok(_) => println!("{what}: handed out"),
            Err(error) => println!("{what}: {error} ({})", error.code()),
        }
    }
    Ok(())
}
