//! A login in two steps without async code; the redirect page of this provider shows the code only.
//!
//! Runs against a sandbox that it starts itself, whose scripted person plays the browser:
//! `cargo run -p keyfob --example split_login_blocking`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use keyfob::login::{BeginOptions, RedirectAnswer, blocking as login};
use keyfob::protocol::danger::PastedCode;
use keyfob::transport::{Clock, ReqwestTransport, Transport};
use keyfob::{Client, ClientConfig};
use keyfob_sandbox::{Sandbox, SandboxConfig};
use url::Url;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_auth_code")
        .with("auth_server", sandbox.issuer())
        .with("client_id", "demo-cli")
        .with("redirect_uri", "http://127.0.0.1:9/callback")
        .with("scopes", vec!["openid"]);
    let transport = Transport::new(ReqwestTransport::builder().build());
    let client = Client::from_config(config, transport, Clock::system())?;

    let begun = login::begin(&client, &BeginOptions::new())?;
    println!("open {}", begun.url);
    let redirected = Url::parse(&sandbox.person().redirect_blocking(begun.url.as_str())?)?;
    let shown = redirected.query_pairs().find(|(name, _)| name == "code");
    let code = shown.ok_or("no code")?.1;

    // A bare code does not tell whose login it answers, so it is not taken by accident...
    if let Err(refused) = login::finish(&client, &begun.pending, &*code) {
        println!("refused: {refused}");
    }
    // ...but for pages that show nothing else; PKCE and the nonce still bind it to this login.
    let answer = RedirectAnswer::from_bare_code(&code, PastedCode);
    let logged_in = login::finish(&client, &begun.pending, answer)?;
    let id_token = logged_in.id_token.as_ref();
    println!(
        "hello {}",
        id_token.map_or("stranger", |token| token.subject())
    );
    Ok(())
}
