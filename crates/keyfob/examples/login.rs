//! A person logs in: address on screen, callback on loopback, ID token verified, tokens stored.
//!
//! Runs against a sandbox that it starts itself, whose scripted person plays the browser:
//! `cargo run -p keyfob --example login`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use keyfob::login::{
    Answer, Browser, DevicePrompt, Interaction, Login, LoginMethod, LoginOptions, Question,
    Surroundings, UrlPrompt,
};
use keyfob::store::{MemoryStore, Store};
use keyfob::transport::{Clock, ReqwestTransport, Transport};
use keyfob::{Client, ClientConfig, Session};
use keyfob_sandbox::{Person, Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_auth_code")
        .with("auth_server", sandbox.issuer())
        .with("client_id", "demo-cli")
        .with("redirect_uri", "http://127.0.0.1/callback")
        .with("scopes", vec!["openid", "offline_access"]);
    let transport = Transport::new(ReqwestTransport::builder().build());
    let client = Client::from_config(config, transport, Clock::system())?;

    let options = LoginOptions::new(Surroundings::capture())
        .with_method(LoginMethod::Browser)
        .with_browser(Browser::command("true", [])); // Leave this line out to see a real one.
    let logged_in = Login::begin(&client, options)?
        .run(&Screen(sandbox.person()))
        .await?;
    println!(
        "hello {}",
        logged_in
            .id_token
            .as_ref()
            .map_or("stranger", |token| token.subject())
    );

    let session = Session::new(client, Store::new(MemoryStore::new()), "me".parse()?);
    println!(
        "token good until {:?}",
        session.adopt(logged_in).await?.expires_at()
    );
    Ok(())
}

struct Screen(Person);

impl Interaction for Screen {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        println!("open {}", shown.url);
        let (person, url) = (self.0.clone(), shown.url.to_string());
        tokio::spawn(async move { person.approve(&url).await });
    }

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        println!("enter {} at {}", shown.user_code, shown.verification_uri);
    }

    fn ask<'a>(&'a self, _: &Question<'_>) -> Answer<'a> {
        Box::pin(async { None })
    }
}
