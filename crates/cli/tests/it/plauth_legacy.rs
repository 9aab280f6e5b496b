//! `plauth legacy`: user name and password for an API key, against a server of this test's own.
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use keyfob::jose::base64url;
use serde_json::{Value, json};

use crate::plauth_world::PlauthWorld;

/// Answers one request with the token of an account, and tells what it was asked.
fn server(status: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v0/auth/login", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut part = [0; 1024];
        while !request.ends_with(b"}") {
            let read = stream.read(&mut part).unwrap();
            assert!(read > 0);
            request.extend_from_slice(&part[..read]);
        }
        let body = json!({"token": jwt()}).to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        tell.send(String::from_utf8(request).unwrap()).unwrap();
    });
    (url, told)
}

fn jwt() -> String {
    let claims = json!({"api_key": "the-key", "email": "ann@example.com"}).to_string();
    let [header, claims] = [r#"{"alg":"HS256","typ":"JWT"}"#, &claims].map(base64url::encode);
    format!("{header}.{claims}.c2ln")
}

fn world(endpoint: &str) -> PlauthWorld {
    let world = PlauthWorld::new();
    world.configure(
        "old",
        &json!({"client_type": "planet_legacy", "legacy_auth_endpoint": endpoint}),
    );
    world
}

// covers: W41
#[test]
fn login_stores_the_key_and_both_print_commands_show_what_it_brought() {
    let (endpoint, asked) = server("200 OK");
    let world = world(&endpoint);
    let variables = [
        ("PL_AUTH_USERNAME", "ann@example.com"),
        ("PL_AUTH_PASSWORD", "pass"),
    ];
    let run = world
        .run_with(&variables, "--auth-profile old legacy login")
        .ok();
    assert_eq!(
        run.out,
        "Logging in with authentication profile old...\nLogin succeeded.\n"
    );
    let asked = asked.recv().unwrap();
    let body: Value = serde_json::from_str(asked.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(
        body,
        json!({"email": "ann@example.com", "password": "pass"})
    );
    let stored = world.stored("old");
    assert_eq!(stored["key"], "the-key");
    assert_eq!(stored["jwt"], jwt());
    assert_eq!(world.run("legacy print-api-key").ok().out, "the-key\n");
    let token = world.run("legacy print-access-token").ok();
    assert_eq!(token.out, format!("{}\n", jwt()));
}

// covers: W36
#[test]
fn password_on_the_command_line_is_taken_with_a_warning() {
    let (endpoint, _asked) = server("200 OK");
    let world = world(&endpoint);
    let line = "--auth-profile old legacy login --email a@b.c --password canary";
    let run = world.run(line).ok();
    assert!(run.err.contains("PL_AUTH_PASSWORD"), "{}", run.err);
    assert!(!run.err.contains("canary"), "{}", run.err);
}

// covers: W43
#[test]
fn refused_login_is_one_line_and_stores_nothing() {
    let (endpoint, _asked) = server("401 Unauthorized");
    let world = world(&endpoint);
    let variables = [
        ("PL_AUTH_USERNAME", "a@b.c"),
        ("PL_AUTH_PASSWORD", "canary"),
    ];
    let run = world
        .run_with(&variables, "--auth-profile old legacy login")
        .exits(1);
    assert!(run.err.contains("Error: "), "{}", run.err);
    assert!(
        !run.err.contains("canary") && !run.err.contains("the-key"),
        "{}",
        run.err
    );
    assert!(!world.token_file("old").exists());
}

#[test]
fn login_without_a_password_needs_somebody_to_ask() {
    let world = world("http://127.0.0.1:1/login");
    let run = world.run("--auth-profile old legacy login").exits(1);
    assert!(!run.out.contains("succeeded"), "{}", run.out);
    for command in ["print-api-key", "print-access-token"] {
        let run = world
            .run(&format!("--auth-profile old legacy {command}"))
            .exits(1);
        assert!(run.err.starts_with("Error: not logged in"), "{}", run.err);
    }
}

// covers: W41
#[test]
fn print_api_key_shows_configured_keys_of_both_kinds() {
    let world = PlauthWorld::new();
    world.configure(
        "key",
        &json!({"client_type": "static_apikey", "api_key": "k1"}),
    );
    assert_eq!(
        world
            .run("--auth-profile key legacy print-api-key")
            .ok()
            .out,
        "k1\n"
    );
    world.configure(
        "old",
        &json!({"client_type": "planet_legacy", "legacy_auth_endpoint": "https://x.example", "api_key": "k2"}),
    );
    assert_eq!(
        world
            .run("--auth-profile old legacy print-api-key")
            .ok()
            .out,
        "k2\n"
    );
    world
        .run("--auth-profile key legacy print-access-token")
        .exits(1);
}

#[test]
fn legacy_commands_refuse_a_profile_of_another_kind() {
    let world = PlauthWorld::logged_in();
    for command in ["login", "print-api-key", "print-access-token"] {
        let run = world.run(&format!("legacy {command}")).exits(1);
        assert!(
            run.err
                .starts_with("Error: \"legacy\" commands are for profiles of type planet_legacy"),
            "{}",
            run.err
        );
    }
}
