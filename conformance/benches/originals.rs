//! Process start, session from a profile, first authorised request: keyfob against each Python original.
//!
//! `cargo bench -p keyfob-conformance --bench originals -- --check`: every program is a child process with a good cached token,
//! at one provider and one resource, in interleaved rounds; medians are compared, and below the limit it fails. Cegal's client
//! is not measured: its licence allows no such use.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that cannot run says why and stops"
)]

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use keyfob::authenticate::{AttachPolicy, AuthorizedClient};
use keyfob::transport::Clock;
use keyfob::{ClientConfig, Profiles};
use keyfob_conformance::command::World;
use keyfob_conformance::originals::{Originals, Redis};
use keyfob_conformance::provider::Provider;
use serde_json::{Value, json};

/// Set in the child that plays an application with keyfob: profile and URL.
const CHILD: &str = "KEYFOB_BENCH_CHILD";
const MIN_RATIO: f64 = 20.0;
const CLIENT: &str = "service-post";
const SECRET: &str = "service-post-secret-0123456789-abcdefghijklmnop";
const SCOPE: &str = "read";

fn main() -> ExitCode {
    if let Some(given) = std::env::var_os(CHILD) {
        return child(given.to_str().expect("text"));
    }
    let options: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let at = options.iter().position(|option| option == name)?;
        options.get(at + 1)?.parse::<usize>().ok()
    };
    let Some(originals) = Originals::find().expect("the original clients") else {
        return ExitCode::SUCCESS;
    };
    let Some(redis) = Redis::start().expect("redis-server") else {
        return ExitCode::SUCCESS;
    };
    let provider = Provider::start(&[]).expect("the provider");
    let world = World::new().expect("a home");
    let programs = programs(&originals, &redis, &provider, &world);
    let slow = measure(programs, after("--rounds").unwrap_or(15));
    if slow && options.iter().any(|option| option == "--check") {
        println!("below the limit");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// An application with keyfob's library: what stands here is what it has to write.
fn child(given: &str) -> ExitCode {
    let (home, rest) = given.split_once('\n').expect("home, profile and URL");
    let (profile, url) = rest.split_once('\n').expect("profile and URL");
    let status = runtime().block_on(async {
        let profiles = Profiles::open(home);
        let name = profile.parse().expect("a profile name");
        let transport = profiles.show(&name).expect("a profile").transport();
        let session = profiles
            .open_session(&name, transport.expect("a transport"), Clock::system())
            .expect("a session");
        let origin = url::Url::parse(url).expect("a URL").origin();
        let policy = AttachPolicy::for_origins([origin.ascii_serialization()]).expect("a policy");
        let api = AuthorizedClient::new(session, policy);
        api.get(url).await.expect("an answer").status()
    });
    println!("{}", status.as_u16());
    ExitCode::SUCCESS
}

/// The programs with their names, keyfob's first; each has its good token where it looks for one.
fn programs(
    originals: &Originals,
    redis: &Redis,
    provider: &Provider,
    world: &World,
) -> Vec<(&'static str, Command)> {
    let home = world.home();
    let (issuer, url) = (provider.issuer(), format!("{}/whoami", provider.api()));
    let port = redis.port().to_string();
    let endpoint = format!("{issuer}/token");
    let planets = home.join(".planet");
    log_in(&planets, issuer);

    let mut keyfob = Command::new(std::env::current_exe().expect("the path of this program"));
    keyfob.env(
        CHILD,
        format!("{}\nwork\n{url}", planets.to_str().expect("text")),
    );
    let mut planet = originals.script("first_request", home);
    planet.args(["planet", "work", &url]);
    // Left alone it refreshes at every start; an access token written into its cache by hand is its best case.
    foundry_cache(home, &planets);
    let mut palantir = originals.script("first_request", home);
    palantir.args(["palantir", "foundry.example.test", CLIENT, SCOPE, &url]);
    let mut alf = originals.script("first_request", home);
    alf.args(["alf", &port, &endpoint, "service-basic"]);
    alf.args(["service-basic-secret-0123456789-abcdefghijklmnop", &url]);
    vec![
        ("keyfob", keyfob),
        ("planet-auth", planet),
        ("palantir-oauth-client", palantir),
        ("alf", alf),
    ]
}

/// A profile with a token that lives for five minutes, in planet-auth's files.
fn log_in(planets: &Path, issuer: &str) {
    let config = json!({
        "client_type": "oidc_client_credentials_secret", "auth_server": issuer,
        "client_id": CLIENT, "client_secret": SECRET,
    });
    let config = ClientConfig::from_json(config.to_string().as_bytes()).expect("a configuration");
    let (profiles, name) = (Profiles::open(planets), "work".parse().expect("a name"));
    profiles.add(&name, &config).expect("a profile");
    let transport = config.transport().expect("a transport");
    let session = profiles
        .open_session(&name, transport, Clock::system())
        .expect("a session");
    runtime()
        .block_on(session.access_token())
        .expect("an access token");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn foundry_cache(home: &Path, planets: &Path) {
    let token = std::fs::read(planets.join("work/token.json")).expect("a token");
    let token: Value = serde_json::from_slice(&token).expect("JSON");
    let token = token.get("access_token").and_then(Value::as_str);
    let section = format!(
        "[foundry.example.test]\ntoken_uri = https://foundry.example.test/multipass/api/oauth2/token\n\
         client_id = {CLIENT}\nscopes = {SCOPE}\naccess_token = {}\n",
        token.expect("an access token")
    );
    std::fs::create_dir(home.join(".foundry")).expect("a folder");
    std::fs::write(home.join(".foundry/oauth"), section).expect("a file");
}

/// Runs everything in turn, prints the medians, and tells whether a ratio is below the limit.
fn measure(mut programs: Vec<(&'static str, Command)>, rounds: usize) -> bool {
    let mut times: Vec<Vec<Duration>> = programs.iter().map(|_| Vec::new()).collect();
    // The first round fills caches (and alf's Redis) and does not count.
    for round in 0..=rounds {
        for ((name, command), times) in programs.iter_mut().zip(&mut times) {
            let started = Instant::now();
            let output = command.output().unwrap_or_else(|e| panic!("{name}: {e}"));
            let took = started.elapsed();
            let said = String::from_utf8_lossy(&output.stdout);
            let words = String::from_utf8_lossy(&output.stderr);
            assert_eq!(said.trim(), "200", "{name}: {words}");
            if round > 0 {
                times.push(took);
            }
        }
    }
    let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
    let ours = medians.first().copied().unwrap_or_default();
    println!("process start to first authorised request, medians of {rounds} rounds in turn");
    let mut slow = false;
    for ((name, _), median) in programs.iter().zip(&medians) {
        let ratio = median.as_secs_f64() / ours.as_secs_f64();
        let milliseconds = median.as_secs_f64() * 1e3;
        let limit = if *name == "keyfob" {
            String::new()
        } else {
            slow |= ratio < MIN_RATIO;
            format!("{ratio:7.1} times keyfob's (at least {MIN_RATIO})")
        };
        println!("{name:<24}{milliseconds:9.2} ms{limit}");
    }
    println!("Cegal Keystone client   not measured: its licence allows no such use");
    slow
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
