//! User sessions against the sandbox: which way the person logs in, and how often.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyfob::login::{
    Answer, Browser, DevicePrompt, Interaction, LoginOptions, Progress, Question, Surroundings,
    UrlPrompt,
};
use keyfob::user::{CacheMode, LoginFlow, Stderr, UserSessionBuilder};
use keyfob::{ClientConfig, UserSession, blocking};
use keyfob_sandbox::{Endpoint, Person, Sandbox};
use serde_json::json;

use super::login_setup::{LIMIT, sandbox};

/// A person who agrees to everything, and counts.
#[derive(Clone)]
struct Willing {
    person: Person,
    urls: Arc<AtomicUsize>,
    codes: Arc<AtomicUsize>,
    failed: Arc<AtomicUsize>,
}

impl Willing {
    fn new(sandbox: &Sandbox) -> Self {
        Self {
            person: sandbox.person(),
            urls: Arc::default(),
            codes: Arc::default(),
            failed: Arc::default(),
        }
    }

    /// How often an address was shown, and how often a code.
    fn asked(&self) -> (usize, usize) {
        (
            self.urls.load(Ordering::SeqCst),
            self.codes.load(Ordering::SeqCst),
        )
    }
}

impl Interaction for Willing {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        self.urls.fetch_add(1, Ordering::SeqCst);
        let (person, url) = (self.person.clone(), shown.url.to_string());
        if shown.listening {
            std::thread::spawn(move || person.approve_blocking(&url));
        }
    }

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        self.codes.fetch_add(1, Ordering::SeqCst);
        let (person, code) = (self.person.clone(), shown.user_code.to_owned());
        std::thread::spawn(move || person.approve_device_blocking(&code));
    }

    fn ask<'a>(&'a self, _: &Question<'_>) -> Answer<'a> {
        Box::pin(std::future::pending())
    }

    fn progress(&self, progress: &Progress<'_>) {
        if matches!(progress, Progress::BrowserFailed { .. }) {
            self.failed.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn config(sandbox: &Sandbox) -> ClientConfig {
    let config = json!({
        "client_type": "oidc_auth_code", "auth_server": sandbox.issuer(), "client_id": "demo-cli",
        "redirect_uri": "http://127.0.0.1/callback", "scopes": ["openid"],
    });
    ClientConfig::from_json(config.to_string().as_bytes()).unwrap()
}

fn on(browser: Browser, desktop: bool) -> LoginOptions {
    let place = Surroundings {
        terminal: true,
        desktop,
        ..Surroundings::default()
    };
    LoginOptions::new(place)
        .with_browser(browser)
        .with_timeout(LIMIT)
}

fn quiet() -> LoginOptions {
    on(Browser::command("true", []), true)
}

fn builder(sandbox: &Sandbox, home: &Path, person: &Willing) -> UserSessionBuilder {
    sandbox.settings(|settings| settings.device_interval = Duration::ZERO);
    UserSession::builder(config(sandbox))
        .home(home)
        .interaction(person.clone())
        .login_options(quiet())
}

// covers: ceg-26, ceg-16, P13
#[tokio::test]
async fn many_tasks_at_once_log_in_once() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let person = Willing::new(&sandbox);
    let home = folder.path().join("home");
    let user = builder(&sandbox, &home, &person).build().unwrap();
    let each = (0..8).map(|_| user.access_token());
    let tokens = futures_util::future::join_all(each).await;
    let first = tokens[0].as_ref().unwrap();
    assert!(
        tokens
            .iter()
            .all(|token| token.as_ref().unwrap().is_same(first))
    );
    assert_eq!(person.asked(), (1, 0));
    // Another object, as another program would make it, uses what is stored, without any request.
    let before = sandbox.counters().connections;
    let other = builder(&sandbox, &home, &person).build().unwrap();
    assert!(other.access_token().await.is_ok());
    assert_eq!(
        (person.asked(), sandbox.counters().connections),
        ((1, 0), before)
    );
}

// covers: ceg-26, P27
#[tokio::test]
async fn two_programs_at_once_log_in_once() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let person = Willing::new(&sandbox);
    let home = folder.path().join("home");
    let (one, two) = (
        builder(&sandbox, &home, &person).build().unwrap(),
        builder(&sandbox, &home, &person).build().unwrap(),
    );
    let (first, second) = tokio::join!(one.access_token(), two.access_token());
    assert_eq!(first.unwrap().expose(), second.unwrap().expose());
    assert_eq!(person.asked(), (1, 0));
}

// covers: ceg-26
#[test]
fn threads_at_once_log_in_once() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let person = Willing::new(&sandbox);
    let user: blocking::UserSession = builder(&sandbox, &folder.path().join("home"), &person)
        .build_blocking()
        .unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| user.access_token().unwrap());
        }
    });
    assert_eq!(person.asked(), (1, 0));
    let token = user.access_token().unwrap();
    let again = user.log_in().unwrap();
    assert!(
        !token.is_same(&again),
        "asked for in words, it logs in anew"
    );
    assert_eq!(person.asked(), (2, 0));
}

// covers: C-16
#[tokio::test]
async fn asks_for_a_refresh_token_where_the_provider_has_them() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let person = Willing::new(&sandbox);
    let home = folder.path().join("home");
    let user = builder(&sandbox, &home, &person).build().unwrap();
    user.access_token().await.unwrap();
    sandbox.revoke_access_tokens();
    user.session().refresh().await.unwrap();
    assert_eq!(sandbox.counters().grant("refresh_token").success, 1);
    assert_eq!(person.asked(), (1, 0));
    let other = builder(&sandbox, &home, &person).build().unwrap();
    other.access_token().await.unwrap();
    assert_eq!(
        person.asked(),
        (1, 0),
        "its own scopes still describe the login"
    );
}

// covers: C-25, ceg-23, P32, W22
#[tokio::test]
async fn a_browser_that_does_not_open_becomes_a_device_code_unless_that_is_ruled_out() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let broken = || on(Browser::command("false", []), true);
    let person = Willing::new(&sandbox);
    // Nobody opens the address on screen either.
    let deaf = Deaf(person.clone());
    let user = builder(&sandbox, &folder.path().join("a"), &person)
        .interaction(deaf.clone())
        .login_options(broken());
    assert!(user.clone().build().unwrap().access_token().await.is_ok());
    assert_eq!(person.asked(), (0, 1));
    assert_eq!(
        person.failed.load(Ordering::SeqCst),
        1,
        "and the person was told why"
    );
    let strict = user
        .clone()
        .home(folder.path().join("b"))
        .flow(LoginFlow::AuthCodeNoFallback)
        .login_options(on(Browser::command("false", []), true).with_no_input(true));
    let error = strict.build().unwrap().access_token().await.unwrap_err();
    assert_eq!(error.code(), "browser_failed");
    assert_eq!(person.asked(), (0, 1));
}

/// Shows no address to anybody.
#[derive(Clone)]
struct Deaf(Willing);

impl Interaction for Deaf {
    fn show_url(&self, _: &UrlPrompt<'_>) {}

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        self.0.show_device_code(shown);
    }

    fn ask<'a>(&'a self, question: &Question<'_>) -> Answer<'a> {
        self.0.ask(question)
    }

    fn progress(&self, progress: &Progress<'_>) {
        self.0.progress(progress);
    }
}

// covers: ceg-23, ceg-24
#[tokio::test]
async fn the_flow_and_the_place_decide_the_way() {
    let nowhere = || on(Browser::command("true", []), false);
    for (options, flow, asked) in [
        (quiet(), LoginFlow::Auto, (1, 0)),
        (quiet(), LoginFlow::DeviceCode, (0, 1)),
        (nowhere(), LoginFlow::Auto, (0, 1)),
        (nowhere(), LoginFlow::AuthCode, (0, 1)),
        (nowhere(), LoginFlow::AuthCodeNoFallback, (1, 0)),
    ] {
        let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
        let person = Willing::new(&sandbox);
        let user = builder(&sandbox, &folder.path().join("home"), &person)
            .flow(flow)
            .login_options(options);
        user.build().unwrap().access_token().await.unwrap();
        assert_eq!(person.asked(), asked, "{flow:?}");
    }
}

// covers: ceg-24
#[tokio::test]
async fn the_configured_method_decides_unless_the_program_rules_out_another_way() {
    for (flow, asked) in [
        (LoginFlow::AuthCode, (0, 1)),
        (LoginFlow::AuthCodeNoFallback, (1, 0)),
    ] {
        let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
        sandbox.settings(|settings| settings.device_interval = Duration::ZERO);
        let person = Willing::new(&sandbox);
        // What CEGAL_KEYSTONE_AUTH_DEVICE_FLOW=true sets.
        let config = config(&sandbox).with("login_method", "device");
        let user = UserSession::builder(config)
            .home(folder.path().join("home"))
            .interaction(person.clone())
            .login_options(quiet())
            .flow(flow);
        user.build().unwrap().access_token().await.unwrap();
        assert_eq!(person.asked(), asked, "{flow:?}");
    }
}

#[tokio::test]
async fn a_profile_that_was_made_out_logs_in_to_its_own_folder() {
    use keyfob::settings::{Given, Resolver, Setting};
    use keyfob::{Preset, Profiles, client::Environment};
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let home = folder.path().join("home");
    let profiles = Profiles::open(&home);
    profiles
        .add(&"work".parse().unwrap(), &config(&sandbox))
        .unwrap();
    let (preset, environment) = (Preset::builtin("keyfob").unwrap(), Environment::none());
    let given = Given::new().with(Setting::Profile, "work");
    let resolved = Resolver::new(&preset, &profiles, &environment)
        .resolve(&given)
        .unwrap();
    let person = Willing::new(&sandbox);
    let user = UserSession::builder(resolved)
        .interaction(person.clone())
        .login_options(quiet());
    user.build().unwrap().access_token().await.unwrap();
    assert_eq!(person.asked(), (1, 0));
    assert!(home.join("work").join("token.json").is_file());
}

#[tokio::test]
async fn reauth_makes_its_home_like_any_other_mode() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let person = Willing::new(&sandbox);
    let home = folder.path().join("not").join("there");
    let user = builder(&sandbox, &home, &person).cache(CacheMode::Reauth);
    user.build().unwrap().access_token().await.unwrap();
    assert_eq!(person.asked(), (1, 0));
}

// covers: ceg-31, C-14
#[tokio::test]
async fn noop_leaves_no_file() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let person = Willing::new(&sandbox);
    let home = folder.path().join("home");
    let user = builder(&sandbox, &home, &person)
        .cache(CacheMode::Noop)
        .build()
        .unwrap();
    user.access_token().await.unwrap();
    user.session().refresh().await.unwrap();
    assert!(!home.exists());
}

// covers: P3, P4, C-6
#[tokio::test]
async fn the_same_client_at_two_providers_is_two_logins() {
    let (here, there) = (sandbox(), sandbox());
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let (ann, bob) = (Willing::new(&here), Willing::new(&there));
    let production = builder(&here, &home, &ann).build().unwrap();
    let staging = builder(&there, &home, &bob).build().unwrap();
    let first = production.access_token().await.unwrap();
    let second = staging.access_token().await.unwrap();
    assert_ne!(first.expose(), second.expose());
    staging.session().refresh().await.unwrap();
    assert_eq!(here.counters().grant("refresh_token").requests, 0);
    production.session().refresh().await.unwrap();
    assert_eq!((ann.asked(), bob.asked()), ((1, 0), (1, 0)));
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_said_before_anybody_is_troubled() {
    let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
    let home = folder.path().join("home");
    std::fs::write(&home, "a file").unwrap();
    let person = Willing::new(&sandbox);
    let user = builder(&sandbox, &home, &person).build().unwrap();
    let error = user.access_token().await.unwrap_err();
    assert_eq!(person.asked(), (0, 0), "{error}");
}

/// What the child process of the next test does.
#[test]
#[ignore = "runs in a process of its own"]
fn child_logs_in_with_the_words_on_stderr() {
    let sandbox = sandbox();
    sandbox.settings(|settings| settings.device_interval = Duration::ZERO);
    let person = Willing::new(&sandbox);
    for flow in [LoginFlow::AuthCode, LoginFlow::DeviceCode] {
        let user = UserSession::builder(config(&sandbox))
            .interaction(Loud(person.clone()))
            .flow(flow)
            .login_options(quiet())
            .build_blocking()
            .unwrap();
        user.access_token().unwrap();
    }
    assert!(sandbox.counters().requests(Endpoint::Token) > 0);
}

/// Shows on stderr as programs do, and has somebody react.
struct Loud(Willing);

impl Interaction for Loud {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        Stderr::new().show_url(shown);
        self.0.show_url(shown);
    }

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        Stderr::new().show_device_code(shown);
        self.0.show_device_code(shown);
    }

    fn ask<'a>(&'a self, question: &Question<'_>) -> Answer<'a> {
        self.0.ask(question)
    }

    fn progress(&self, progress: &Progress<'_>) {
        Stderr::new().progress(progress);
    }
}

// covers: C-40, P32, W23
#[test]
fn prompts_go_to_stderr_and_never_to_stdout() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "user_logins::child_logs_in_with_the_words_on_stderr",
        ])
        .args(["--ignored", "--nocapture"])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr),
    );
    assert!(child.status.success(), "{out} {err}");
    assert!(out.contains("1 passed"), "{out}");
    for word in ["http", "Open", "browser", "code"] {
        let said = out.lines().filter(|line| !line.starts_with("test "));
        assert!(
            !said.clone().any(|line| line.contains(word)),
            "{word}: {out}"
        );
    }
    assert!(
        err.contains("Opening your browser") && err.contains("type the code"),
        "{err}"
    );
}
