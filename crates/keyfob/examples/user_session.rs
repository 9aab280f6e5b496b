//! One call for a command-line tool: a token that can be used, by a login only if it must be.
//!
//! Runs against a sandbox that it starts itself, whose scripted person plays the browser:
//! `cargo run -p keyfob --example user_session`.
#![expect(clippy::print_stdout, reason = "an example talks to the terminal")]

use keyfob::login::{
    Answer, Browser, DevicePrompt, Interaction, LoginOptions, Question, Surroundings, UrlPrompt,
};
use keyfob::user::{CacheMode, LoginFlow};
use keyfob::{ClientConfig, UserSession};
use keyfob_sandbox::{Person, Sandbox, SandboxConfig};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start(SandboxConfig::default())?;
    let config = ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_auth_code")
        .with("auth_server", sandbox.issuer())
        .with("client_id", "demo-cli")
        .with("redirect_uri", "http://127.0.0.1/callback")
        .with("scopes", vec!["openid"]);
    let home = tempfile::tempdir()?;

    for run in 1..=2 {
        // A desktop is assumed, so that the example runs anywhere; programs leave these lines out.
        let place = Surroundings {
            desktop: true,
            ..Surroundings::default()
        };
        let options = LoginOptions::new(place).with_browser(Browser::command("true", []));
        let user = UserSession::builder(config.clone())
            .home(home.path().join("my-tool"))
            .cache(CacheMode::ReadWrite)
            .flow(LoginFlow::AuthCode)
            .login_options(options)
            .interaction(Screen(sandbox.person())) // Without it: words on stderr.
            .build()?;
        // Many tasks may ask at once: the person logs in once.
        let (one, two) = tokio::join!(user.access_token(), user.access_token());
        let (one, two) = (one?, two?);
        println!(
            "run {run}: a token good until {:?}, the same for both tasks: {}",
            one.expires_at(),
            one.is_same(&two)
        );
    }
    println!(
        "logins: {}",
        sandbox.counters().grant("authorization_code").success
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
