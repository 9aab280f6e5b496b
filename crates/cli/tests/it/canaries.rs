//! Planted secrets: nothing of them appears in logs, errors, arguments, temporary files or results that are not tokens.
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyfob_sandbox::{Client, Endpoint, Fault, SandboxConfig, User};
use serde_json::{Value, json};

use crate::world::{Run, World};

const CLIENT_SECRET: &str = "canary-client-secret-4711-0815-abcdefgh";
const PASSWORD: &str = "canary-password-2342";

fn world() -> World {
    let world = World::with(
        SandboxConfig::default()
            .with_client(Client::confidential("web", CLIENT_SECRET))
            .with_user(User::new("carol", PASSWORD)),
    );
    std::fs::write(world.path("secret"), format!("{CLIENT_SECRET}\n")).unwrap();
    std::fs::write(world.path("password"), format!("{PASSWORD}\n")).unwrap();
    world
}

/// Every secret that a login made or used.
fn secrets(world: &World, recorder: &Recorder) -> BTreeSet<String> {
    let mut secrets = BTreeSet::from([CLIENT_SECRET.to_owned(), PASSWORD.to_owned()]);
    let stored = world.stored("web");
    for member in ["access_token", "refresh_token", "id_token"] {
        let token = stored[member].as_str().unwrap();
        // A piece is as bad as the whole; the header of a JWT is no secret.
        secrets.insert(token.rsplit('.').next().unwrap().to_owned());
    }
    for form in recorder.forms() {
        for name in [
            "code",
            "code_verifier",
            "refresh_token",
            "device_code",
            "password",
        ] {
            secrets.extend(parameter(&form, name));
        }
    }
    assert!(
        secrets.iter().all(|secret| secret.len() >= 12),
        "real secrets were planted"
    );
    secrets
}

#[track_caller]
fn assert_clean(secrets: &BTreeSet<String>, what: &str, text: &str) {
    for secret in secrets {
        assert!(
            !text.contains(secret.as_str()),
            "{what} contains a planted secret:\n{text}"
        );
    }
}

#[test]
fn login_and_refresh_at_trace_level_show_no_secret() {
    let world = world();
    let recorder = Recorder::start(&world);
    let (login, arguments) = traced_login(&world, &recorder);
    let before = secrets(&world, &recorder);
    let mut all = vec![("login", login)];
    all.push(("refresh", world.run("refresh -p web -vvvv").ok()));
    all.push(("status", world.run("status -p web -o json -vvvv").ok()));
    all.push(("show", world.run("profile show web -o json -vvvv").ok()));
    all.push(("list", world.run("list -o json -vvvv").ok()));
    world
        .sandbox
        .fault(Fault::oauth_error("invalid_grant").at(Endpoint::Token));
    all.push((
        "failure",
        world.run("refresh -p web -vvvv -o json").exits(4),
    ));
    world.sandbox.clear_faults();
    let secrets: BTreeSet<String> = before
        .into_iter()
        .chain(secrets_of_refresh(&recorder))
        .collect();
    for (what, run) in &all {
        assert_clean(&secrets, &format!("stdout of {what}"), &run.out);
        assert_clean(&secrets, &format!("stderr of {what}"), &run.err);
    }
    assert!(
        all[0].1.err.lines().count() > 10,
        "trace level was on: {}",
        all[0].1.err
    );
    for line in arguments {
        assert_clean(&secrets, "an argument list", &line);
    }
    no_secret_lies_about(&world, &secrets);
    println!(
        "{} planted secrets, {} outputs searched",
        secrets.len(),
        all.len() * 2
    );
}

#[test]
fn tokens_appear_at_trace_level_on_stdout_only() {
    let world = world();
    let recorder = Recorder::start(&world);
    traced_login(&world, &recorder);
    for line in [
        "token -p web -vvvv",
        "header -p web -vvvv",
        "token -p web -vvvv -o json",
    ] {
        let run = world.run(line).ok();
        assert_clean(&secrets(&world, &recorder), line, &run.err);
    }
}

#[test]
fn password_login_shows_no_password() {
    let world = world();
    world.seed_config(
        "pw",
        &json!({"client_type": "oidc_resource_owner", "username": "carol"}),
    );
    let file = world.path("password");
    let line = format!("login -p pw --password-file {} -vvvv", file.display());
    let run = world.run(&line).ok();
    let secrets = BTreeSet::from([PASSWORD.to_owned()]);
    assert_clean(&secrets, "stderr", &run.err);
    assert_clean(&secrets, "stdout", &run.out);
    assert_clean(
        &secrets,
        "the stored credential",
        &world.stored("pw").to_string(),
    );
    let config = std::fs::read_to_string(world.home().join("pw/auth_client.json")).unwrap();
    assert_clean(&secrets, "the stored config", &config);
}

// covers: C-9
#[test]
fn secrets_typed_as_arguments_are_refused_without_repeating_them() {
    // Another one than the planted secret, for which a test beside this one searches all argument lists.
    const TYPED: &str = "canary-typed-as-an-argument-0815";
    let world = world();
    world.seed("work");
    let secrets = BTreeSet::from([TYPED.to_owned(), "eyJjYW5hcnki".to_owned()]);
    for line in [
        format!("profile add x --issuer https://a.example --client-id b --client-secret={TYPED}"),
        format!("login --password {TYPED}"),
        "introspect eyJjYW5hcnki.eyJjYW5hcnki.eyJjYW5hcnki".to_owned(),
        "revoke eyJjYW5hcnki.eyJjYW5hcnki.eyJjYW5hcnki".to_owned(),
        "jwt decode eyJjYW5hcnki.eyJjYW5hcnki.eyJjYW5hcnki".to_owned(),
        "jwt verify eyJjYW5hcnki.eyJjYW5hcnki.eyJjYW5hcnki".to_owned(),
        "token eyJjYW5hcnki.eyJjYW5hcnki.eyJjYW5hcnki/x".to_owned(),
    ] {
        let run = world.run(&line);
        assert_eq!(run.code, Some(2), "{line}: {run:?}");
        assert_clean(&secrets, &line, &run.err);
        assert_clean(&secrets, &line, &run.out);
    }
}

/// Logs in at trace level through the pages and the recorder; also gives all argument lists that were seen.
fn traced_login(world: &World, recorder: &Recorder) -> (Run, BTreeSet<String>) {
    world.seed_config(
        "web",
        &json!({
            "client_type": "oidc_auth_code_secret",
            "client_id": "web",
            "client_auth_method": "client_secret_post",
            "client_secret_cmd": format!("cat {}", world.path("secret").display()),
            "token_endpoint": recorder.url(),
        }),
    );
    let watch = Watch::start();
    let child = world.start_with_browser("login -p web --browser -vvvv");
    let opened = world.wait_for_browser();
    let no_code_yet = BTreeSet::from([CLIENT_SECRET.to_owned()]);
    no_secret_lies_about(world, &no_code_yet);
    let person = world.sandbox.person().named("carol", PASSWORD);
    person.approve_blocking(&opened).unwrap();
    let run = Run::from(child.wait_with_output().unwrap()).ok();
    // The person is shown the address once; nothing else may know its state and nonce.
    let is_address = |line: &&str| line.contains("/authorize?");
    let (shown, rest): (Vec<&str>, Vec<&str>) = run.err.lines().partition(is_address);
    assert_eq!(shown.len(), 1, "{}", run.err);
    let url = shown.first().unwrap().trim();
    let query = url.split_once('?').unwrap().1;
    let once = ["state", "nonce"]
        .iter()
        .filter_map(|name| parameter(query, name))
        .collect();
    assert_clean(&once, "stderr besides the address", &rest.join("\n"));
    let arguments = watch.stop();
    // In a container, a command in BROWSER may lead out of it, and then gets the address itself.
    if opened != url {
        for line in &arguments {
            assert_clean(&once, "an argument list", line);
        }
    }
    (run, arguments)
}

fn secrets_of_refresh(recorder: &Recorder) -> Vec<String> {
    recorder
        .forms()
        .iter()
        .filter_map(|form| parameter(form, "refresh_token"))
        .collect()
}

/// No file but the credential and the secret's own holds a secret.
#[track_caller]
fn no_secret_lies_about(world: &World, secrets: &BTreeSet<String>) {
    let mut folders = vec![world.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !is_home_of_a_secret(&path) {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                assert_clean(secrets, &path.display().to_string(), &text);
            }
        }
    }
}

fn is_home_of_a_secret(path: &Path) -> bool {
    ["token.json", "secret", "password"]
        .iter()
        .any(|name| path.ends_with(name))
}

fn parameter(form: &str, name: &str) -> Option<String> {
    form.split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .map(str::to_owned)
}

/// Looks at the argument lists of all processes while a command runs.
struct Watch {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<BTreeSet<String>>,
}

impl Watch {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut seen = BTreeSet::new();
            while !stopped.load(Ordering::Relaxed) {
                for entry in std::fs::read_dir("/proc").unwrap().flatten() {
                    let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                    seen.insert(String::from_utf8_lossy(&line).replace('\0', " "));
                }
                std::thread::sleep(Duration::from_millis(3));
            }
            seen
        });
        Self { stop, thread }
    }

    fn stop(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Stands in front of the token endpoint and notes the forms.
struct Recorder {
    port: u16,
    forms: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    fn start(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let forms = Arc::new(Mutex::new(Vec::new()));
        let (noted, issuer) = (forms.clone(), world.sandbox.issuer());
        std::thread::spawn(move || {
            let host = issuer.strip_prefix("http://").unwrap().to_owned();
            for stream in listener.incoming().flatten() {
                relay(stream, &host, &noted);
            }
        });
        Self { port, forms }
    }

    fn url(&self) -> Value {
        json!(format!("http://127.0.0.1:{}/token", self.port))
    }

    fn forms(&self) -> Vec<String> {
        self.forms.lock().unwrap().clone()
    }
}

fn relay(mut stream: TcpStream, host: &str, noted: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let form = loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            return;
        }
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")?
                    .trim()
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        if body.len() >= length {
            break body.to_owned();
        }
    };
    noted.lock().unwrap().push(form.clone());
    let mut server = TcpStream::connect(host).unwrap();
    write!(
        server,
        "POST /token HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    server.read_to_string(&mut answer).unwrap();
    stream
        .write_all(answer.replacen("HTTP/1.0", "HTTP/1.1", 1).as_bytes())
        .unwrap();
}
