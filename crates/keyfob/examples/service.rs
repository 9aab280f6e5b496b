//! A service calls an API with tokens of its own: client credentials, kept fresh by a session, renewed after a 401.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example service`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use keyfob::authenticate::{AttachPolicy, AuthorizedClient};
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::Clock;
use keyfob::{Client, Session};
use keyfob_sandbox::{Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = support::service(&sandbox)?;
    let transport = config.transport()?;
    let client = Client::from_config(config, transport, Clock::system())?;
    let session = Session::new(client, Store::new(MemoryStore::new()), "service".parse()?);

    let api = AuthorizedClient::new(session, AttachPolicy::for_origins([sandbox.issuer()])?);
    let answer = api.get(sandbox.url("/api/whoami")).await?;
    println!("{} {}", answer.status(), answer.text().await?);

    // The provider takes the token back. The API answers 401, and the request is repeated once, body and all.
    sandbox.revoke_access_tokens();
    let request = api
        .client()
        .post(sandbox.url("/api/echo"))
        .body("a whole body");
    let answer = api.execute(request.build()?).await?;
    println!("{} {}", answer.status(), answer.text().await?);
    let requests = sandbox.counters().grant("client_credentials").requests;
    println!("{requests} token requests");
    Ok(())
}
