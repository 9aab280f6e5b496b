//! One call for a command-line tool without async code; here the person uses another device.
//!
//! Runs against a sandbox that it starts itself, whose scripted person types the code in:
//! `cargo run -p keyfob --example user_session_blocking`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::time::Duration;

use keyfob::login::{
    Answer, DevicePrompt, Interaction, LoginOptions, Question, Surroundings, UrlPrompt,
};
use keyfob::user::{CacheMode, LoginFlow};
use keyfob::{ClientConfig, UserSession};
use keyfob_sandbox::{Person, Sandbox, SandboxConfig};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    sandbox.settings(|settings| settings.device_interval = Duration::ZERO);
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_auth_code")
        .with("auth_server", sandbox.issuer())
        .with("client_id", "demo-cli")
        .with("redirect_uri", "http://127.0.0.1/callback")
        .with("scopes", vec!["openid", "offline_access"]);

    let user = UserSession::builder(config)
        .cache(CacheMode::Noop) // Nothing on disk: everything ends with the program.
        .flow(LoginFlow::DeviceCode)
        .login_options(LoginOptions::new(Surroundings::default()))
        .interaction(Screen(sandbox.person()))
        .build_blocking()?;
    let first = user.access_token()?;
    let second = user.access_token()?;
    println!("the second call asked nobody: {}", first.is_same(&second));
    let renewed = user.session().refresh()?;
    println!("renewed, good until {:?}", renewed.expires_at());
    Ok(())
}

struct Screen(Person);

impl Interaction for Screen {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        println!("open {}", shown.url);
    }

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        println!("enter {} at {}", shown.user_code, shown.verification_uri);
        let (person, code) = (self.0.clone(), shown.user_code.to_owned());
        std::thread::spawn(move || person.approve_device_blocking(&code));
    }

    fn ask<'a>(&'a self, _: &Question<'_>) -> Answer<'a> {
        Box::pin(async { None })
    }
}
