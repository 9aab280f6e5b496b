//! Profiles without tokens: API keys, planet-auth's legacy login, none at all, validators.
use std::io::{Read, Write};
use std::net::TcpListener;

use keyfob::jose::base64url;
use serde_json::{Value, json};

use crate::world::World;

/// Answers one legacy login, and tells what was sent.
fn legacy_server(status: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/login", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut sent, mut buffer) = (String::new(), [0; 4096]);
        while !sent.ends_with('}') {
            let read = stream.read(&mut buffer).unwrap();
            sent.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
        let body = json!({"token": jwt()}).to_string();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        sent
    });
    (url, server)
}

fn jwt() -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let claims = part(&json!({"api_key": "PLAK-canary", "user_id": 7}));
    format!("{}.{claims}.c2ln", part(&json!({"alg": "HS256"})))
}

#[test]
fn a_fixed_key_is_stored_by_login_and_goes_out_with_its_scheme_until_logout() {
    let world = World::new();
    world
        .run("profile add api --type static_apikey --key-scheme api-key")
        .ok();
    let run = world.run("status api").exits(4);
    assert!(run.err.contains("keyfob login"), "{}", run.err);
    let run = world.run("login api").exits(2);
    assert!(run.err.contains("--api-key-stdin"), "{}", run.err);
    let run = world
        .run_with_input("login api --api-key-stdin", "PLAK-canary\n")
        .ok();
    assert!(!run.out.contains("canary") && !run.err.contains("canary"));
    assert!(run.out.contains("does not expire"), "{}", run.out);
    let expected = json!({"api_key": "PLAK-canary", "bearer_token_prefix": "api-key"});
    assert_eq!(world.stored("api"), expected);
    assert_eq!(world.run("token api").ok().out, "PLAK-canary\n");
    assert_eq!(world.run("token api --offline").ok().out, "PLAK-canary\n");
    assert_eq!(
        world.run("header api").ok().out,
        "Authorization: api-key PLAK-canary\n"
    );
    let shown = world.run("token api -o json").ok().json();
    assert_eq!(
        (&shown["token_type"], &shown["expires_at"]),
        (&json!("api-key"), &json!(null))
    );
    let status = world.run("status api -o json").ok().json();
    assert_eq!(
        (&status["state"], &status["client_type"]),
        (&json!("fresh"), &json!("static_apikey"))
    );
    let run = world.run("refresh api").exits(2);
    assert!(run.err.contains("static_apikey"), "{}", run.err);
    let report = world.run("logout api -o json").ok().json();
    assert_eq!(
        report["revoked"],
        json!({"refresh_token": "none", "access_token": "none"})
    );
    assert_eq!(
        (&report["removed"], &report["key_in_config"]),
        (&json!(true), &json!(false))
    );
    assert!(!world.token_file("api").exists());
    world.run("token api").exits(4);
}

#[test]
fn a_configured_key_needs_no_login_and_stays_after_logout() {
    let world = World::new();
    let line = "login -p api --type static-apikey --api-key-stdin";
    world.run_with_input(line, "PLAK-canary").ok();
    assert!(!world.token_file("api").exists());
    assert_eq!(
        world.run("header api").ok().out,
        "Authorization: Bearer PLAK-canary\n"
    );
    for line in [
        "profile show api",
        "status api",
        "list",
        "status api -o json",
    ] {
        let run = world.run(line).ok();
        assert!(
            !run.out.contains("canary") && !run.err.contains("canary"),
            "{line}"
        );
    }
    let run = world.run("logout api").ok();
    assert!(run.err.contains("keyfob profile remove"), "{}", run.err);
    assert_eq!(world.run("token api").ok().out, "PLAK-canary\n");
}

#[test]
fn a_key_is_read_from_a_variable_or_a_file_at_every_use() {
    let world = World::new();
    world
        .run("profile add env --type static-apikey --api-key-env MY_KEY")
        .ok();
    let mut command = world.command(["token", "env"]);
    let output = command.env("MY_KEY", "from-variable").output().unwrap();
    assert_eq!(output.stdout, b"from-variable\n");
    let run = world.run("token env").exits(2);
    assert!(run.err.contains("MY_KEY"), "{}", run.err);
    let path = world.path("key");
    let line = format!(
        "profile add file --type static-apikey --api-key-file {}",
        path.display()
    );
    world.run(&line).ok();
    for key in ["one", "two"] {
        std::fs::write(&path, format!("{key}\n")).unwrap();
        assert_eq!(world.run("token file").ok().out, format!("{key}\n"));
    }
}

// covers: W41
#[test]
fn a_legacy_login_exchanges_name_and_password_once_and_keeps_key_and_jwt() {
    let world = World::new();
    let (url, server) = legacy_server("200 OK");
    world
        .run(&format!("profile add old --type planet_legacy --legacy-endpoint {url} --username ann@example.com"))
        .ok();
    let run = world
        .run_with_input("login old --password-stdin", "hunter-canary\n")
        .ok();
    assert!(!run.out.contains("canary") && !run.err.contains("canary"));
    let sent = server.join().unwrap();
    let body = sent.split_once("\r\n\r\n").unwrap().1;
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        json!({"email": "ann@example.com", "password": "hunter-canary"})
    );
    assert_eq!(world.stored("old")["key"], "PLAK-canary");
    assert_eq!(world.stored("old")["jwt"], jwt());
    assert_eq!(world.run("token old").ok().out, "PLAK-canary\n");
    assert_eq!(
        world.run("header old").ok().out,
        "Authorization: api-key PLAK-canary\n"
    );
    assert_eq!(
        world.run("token old --jwt").ok().out,
        format!("{}\n", jwt())
    );
    world.run("status old").ok();
    world.run("logout old").ok();
    world.run("token old").exits(4);
    let run = world.run("token old --jwt").exits(4);
    assert!(run.err.contains("not logged in"), "{}", run.err);
}

#[test]
fn a_refused_legacy_login_stores_nothing() {
    let world = World::new();
    let (url, server) = legacy_server("401 Unauthorized");
    world
        .run(&format!(
            "profile add old --type planet-legacy --legacy-endpoint {url} --username ann"
        ))
        .ok();
    let run = world.run_with_input("login old --password-stdin", "wrong-canary");
    assert_ne!(run.code, Some(0));
    assert!(!run.err.contains("canary"), "{}", run.err);
    server.join().unwrap();
    assert!(!world.token_file("old").exists());
}

// covers: W40
#[test]
fn a_profile_of_type_none_prints_no_token_and_says_why_without_failing() {
    let world = World::new();
    world.run("profile add plain --type none").ok();
    for line in ["token plain", "header plain"] {
        let run = world.run(line).ok();
        assert_eq!(run.out, "");
        assert!(run.err.contains("needs no token"), "{}", run.err);
    }
    assert_eq!(
        world.run("token plain -o json").ok().json()["access_token"],
        json!(null)
    );
    assert_eq!(
        world.run("status plain -o json").ok().json()["state"],
        "ready"
    );
    let run = world.run("login plain").ok();
    assert!(run.out.contains("needs no login"), "{}", run.out);
    world.run("logout plain").ok();
    assert!(!world.token_file("plain").exists());
}

// covers: planet-48, planet-62
#[test]
fn a_validator_profile_checks_tokens_and_cannot_log_in() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    world
        .run(&format!(
            "profile add check --type oidc_client_validator --issuer {issuer}"
        ))
        .ok();
    let text = std::fs::read_to_string(world.home().join("check/auth_client.json")).unwrap();
    assert!(
        text.contains("__OidcClientValidatorAuthClientConfig__"),
        "{text}"
    );
    for line in [
        "login check",
        "token check",
        "header check",
        "refresh check",
    ] {
        let run = world.run(line).exits(2);
        assert!(
            run.err.contains("oidc_client_validator"),
            "{line}: {}",
            run.err
        );
    }
    assert_eq!(
        world.run("status check -o json").ok().json()["state"],
        "checks_tokens"
    );
    world.run("logout check").ok();
    world.run("discover -p check").ok();
}

#[test]
fn a_flag_that_means_nothing_to_the_type_is_refused_by_name() {
    let world = World::new();
    for (line, flag) in [
        (
            "profile add x --type none --issuer https://a.example",
            "--issuer",
        ),
        (
            "profile add x --type static-apikey --client-id c",
            "--client-id",
        ),
        ("profile add x --type planet-legacy", "--legacy-endpoint"),
        ("profile add x --type validator", "--issuer"),
    ] {
        let run = world.run(line).exits(2);
        assert!(run.err.contains(flag), "{line}: {}", run.err);
    }
    assert!(!world.home().join("x").exists());
}
