//! A service calls an API with tokens of its own: client credentials, kept fresh by a session.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example service`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use keyfob::authenticate::{AttachPolicy, AuthorizedClient};
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::{Clock, ReqwestTransport, Transport};
use keyfob::{Client, ClientConfig, Session};
use keyfob_sandbox::{Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let secret = sandbox
        .client("demo-service")
        .and_then(|demo| demo.secret().map(str::to_owned));
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_client_credentials_secret")
        .with("auth_server", sandbox.issuer())
        .with("client_id", "demo-service")
        .with("client_secret", secret);

    let transport = Transport::new(ReqwestTransport::builder().build());
    let client = Client::from_config(config, transport, Clock::system())?;
    let session = Session::new(client, Store::new(MemoryStore::new()), "service".parse()?);

    let api = AuthorizedClient::new(session, AttachPolicy::for_origins([sandbox.issuer()])?);
    let answer = api.get(sandbox.url("/api/whoami")).await?;
    println!("{} {}", answer.status(), answer.text().await?);
    Ok(())
}
