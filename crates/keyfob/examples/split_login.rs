//! A login in two steps for a program with its own pages, such as a notebook or a web application.
//!
//! Runs against a sandbox that it starts itself, whose scripted person plays the browser:
//! `cargo run -p keyfob --example split_login`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use keyfob::login::{self, BeginOptions, PendingLogin};
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::{Clock, ReqwestTransport, Transport};
use keyfob::{Client, ClientConfig, Session};
use keyfob_sandbox::{Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_auth_code")
        .with("auth_server", sandbox.issuer())
        .with("client_id", "demo-cli")
        .with("redirect_uri", "http://127.0.0.1:9/callback")
        .with("scopes", vec!["openid", "offline_access"]);
    let transport = Transport::new(ReqwestTransport::builder().build());
    let client = Client::from_config(config, transport, Clock::system())?;

    let begun = login::begin(&client, &BeginOptions::new()).await?;
    println!("send the person to {}", begun.url);
    // What to remember holds secrets: a file of the user's own, or the server's side of a web session.
    let kept = begun.pending.to_json();

    // The person logs in wherever they like; the program gets the address that the browser ended at.
    let redirected = sandbox.person().redirect(begun.url.as_str()).await?;

    // Another call, or another process: the answer must be the answer to this very login.
    let pending = PendingLogin::from_json(kept.expose())?;
    let stray = redirected.replace("state=", "state=not-");
    if let Err(refused) = login::finish(&client, &pending, stray).await {
        println!("a stranger's answer is refused: {refused}");
    }
    let logged_in = login::finish(&client, &pending, redirected).await?;
    let id_token = logged_in.id_token.as_ref();
    println!(
        "hello {}",
        id_token.map_or("stranger", |token| token.subject())
    );

    let session = Session::new(client, Store::new(MemoryStore::new()), "me".parse()?);
    let token = session.adopt(logged_in).await?;
    println!("token good until {:?}", token.expires_at());
    Ok(())
}
