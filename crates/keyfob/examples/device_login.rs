//! A device login in steps, for a program that draws the code itself and polls from its own event loop.
//!
//! Runs against a sandbox that it starts itself, whose scripted person types the code in:
//! `cargo run -p keyfob --example device_login`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::time::Duration;

use keyfob::login::{self, BeginOptions, DevicePoll, PendingDevice};
use keyfob::transport::{Clock, ReqwestTransport, Transport};
use keyfob::{Client, ClientConfig};
use keyfob_sandbox::{Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    sandbox.settings(|settings| settings.device_interval = Duration::ZERO);
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_device_code")
        .with("auth_server", sandbox.issuer())
        .with("client_id", "demo-device")
        .with("scopes", vec!["openid"]);
    let transport = Transport::new(ReqwestTransport::builder().build());
    let client = Client::from_config(config, transport, Clock::system())?;

    let begun = login::begin_device(&client, &BeginOptions::new()).await?;
    println!(
        "enter {} at {}",
        begun.user_code(),
        begun.verification_uri()
    );
    if let Some(qr) = begun.qr(false) {
        println!("{qr}");
    }
    // It may wait in a file of the user's own, for another process to go on.
    let mut pending = PendingDevice::from_json(begun.to_json().expose())?;

    let mut polls = 0;
    loop {
        match login::poll_device(&client, &mut pending).await? {
            DevicePoll::Done(logged_in) => {
                let id_token = logged_in.id_token.as_ref();
                let name = id_token.map_or("stranger", |token| token.subject());
                println!("hello {name}, after {polls} polls");
                return Ok(());
            }
            DevicePoll::Trouble { error, next_in } => {
                println!("{error}; asking again in {next_in:?}");
            }
            poll => println!("not yet: {poll:?}"),
        }
        polls += 1;
        if polls == 2 {
            let (person, code) = (sandbox.person(), pending.user_code());
            person.approve_device(code).await?;
        }
        let wait = pending.wait(client.clock().now()).unwrap_or_default();
        tokio::time::sleep(wait).await;
    }
}
