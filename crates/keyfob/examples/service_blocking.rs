//! The same service without async code.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example service_blocking`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use keyfob::authenticate::AttachPolicy;
use keyfob::blocking::{AuthorizedClient, Session};
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::Clock;
use keyfob::{Client, session};
use keyfob_sandbox::{Sandbox, SandboxConfig};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = support::service(&sandbox)?;
    let transport = config.transport()?;
    let client = Client::from_config(config, transport, Clock::system())?;
    let session = session::Session::new(client, Store::new(MemoryStore::new()), "service".parse()?);

    let policy = AttachPolicy::for_origins([sandbox.issuer()])?;
    let api = AuthorizedClient::new(Session::new(session)?, policy);
    let answer = api.get(sandbox.url("/api/whoami"))?;
    println!("{} {}", answer.status(), answer.text()?);

    sandbox.revoke_access_tokens();
    let request = api
        .client()
        .post(sandbox.url("/api/echo"))
        .body("a whole body");
    let answer = api.execute(request.build()?)?;
    println!("{} {}", answer.status(), answer.text()?);
    Ok(())
}
