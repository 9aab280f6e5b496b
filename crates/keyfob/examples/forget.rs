//! Forgets tokens without telling the provider: the access token alone, everything, or one client's in all profiles.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example forget`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use keyfob::Profiles;
use keyfob::session::Forget;
use keyfob::transport::Clock;
use keyfob_sandbox::{Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = support::service(&sandbox)?;
    let folder = tempfile::tempdir()?;
    let profiles = Profiles::open(folder.path().join("home"));
    for name in ["staging", "production"] {
        profiles.add(&name.parse()?, &config)?;
        let session =
            profiles.open_session(&name.parse()?, config.transport()?, Clock::system())?;
        session.access_token().await?;
    }

    let staging = "staging".parse()?;
    let session = profiles.open_session(&staging, config.transport()?, Clock::system())?;
    println!(
        "forgot the access token: {}",
        session.forget_access_token().await?
    );
    session.access_token().await?;
    println!("forgot everything: {}", session.forget().await?);

    for client in profiles.clients()? {
        println!(
            "{} is used by {} profiles",
            client.client_id,
            client.profiles.len()
        );
        for gone in profiles.forget_client(&client.issuer, &client.client_id, Forget::Everything)? {
            println!("{}: {}", gone.profile, gone.outcome?);
        }
    }
    Ok(())
}
