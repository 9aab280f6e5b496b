//! Embeds a preset of the application's own: its folder, its variables, its profile and where a value came from.
//!
//! The preset is data. A program would keep it in a file and `include_bytes!` it; this one is written out because the
//! sandbox's address is known only when it runs.
//!
//! Runs against a sandbox that it starts itself: `cargo run -p keyfob --example own_preset`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

mod support;

use keyfob::preset::Preset;
use keyfob::settings::{Given, Resolver, Setting};
use keyfob::transport::Clock;
use keyfob::{Environment, Profiles};
use keyfob_sandbox::{Sandbox, SandboxConfig};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let user_home = tempfile::tempdir()?;

    // With the namespace, the variables are ACME_AUTH_PROFILE and ACME_AUTH_SCOPE.
    let preset = Preset::from_json(&acme(&sandbox)?)?.with_namespace("acme")?;
    let home = preset.home(user_home.path()).ok_or("it names a home")?;
    let profiles = Profiles::open(home).with_preset(&preset);

    // The library reads no variables by itself: a program hands in those it heeds.
    let environment = Environment::from_vars([("ACME_AUTH_SCOPE", "api:read")]);
    let sources = Resolver::new(&preset, &profiles, &environment);
    let resolved = sources.resolve(&Given::new())?;
    println!("profile {} ({:?})", resolved.name, resolved.origin);
    if let Some(scopes) = resolved.explain(Setting::Scopes) {
        println!("scopes from {}", scopes.source);
        for lost in &scopes.shadowed {
            println!("not from {}", lost.source);
        }
    }

    let transport = resolved.config.transport()?;
    let session = resolved.open_session(transport, Clock::system())?;
    let token = session.access_token().await?;
    println!("a token good until {:?}", token.expires_at());
    Ok(())
}

fn acme(sandbox: &Sandbox) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let robot = support::service(sandbox)?.with("scopes", json!(["api:read", "api:write"]));
    let preset = json!({
        "name": "acme",
        "about": "Acme's API",
        "home": ".acme",
        "settings": {"file": ".acme.json", "beside_home": true, "keys": {"profile": "AUTH_PROFILE"}},
        "variables": {"profile": "AUTH_PROFILE", "scopes": "AUTH_SCOPE"},
        "profiles": {"robot": robot.values()},
        "default_profile": "robot"
    });
    Ok(serde_json::to_vec(&preset)?)
}
