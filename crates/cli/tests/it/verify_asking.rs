//! `keyfob verify --introspect`: who is asked about which token, and what is never sent.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyfob_sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::verify::{API, Issuer, broken, world};
use crate::world::{Run, World, now};

/// An issuer that calls every token active, and counts how often it is asked.
struct Yes {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Yes {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (own, count) = (url.clone(), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                drop(stream.and_then(|stream| answer(stream, &own, &count)));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Checks a token of this issuer, which is asked as `service`.
    fn verify(&self, keys: &Issuer, more: &str, token: &str) -> Run {
        let line = format!(
            "verify - -o json --jwks jwks.json --audience {API} --issuer {} --introspect {more}",
            self.url
        );
        keys.world.run_with_input(&line, token)
    }
}

const AS_SERVICE: &str = "--client-id service --client-secret-file secret";

fn answer(mut stream: TcpStream, url: &str, asked: &AtomicUsize) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let body = if first.starts_with("POST /introspect ") {
        asked.fetch_add(1, Ordering::SeqCst);
        json!({"active": true, "aud": API})
    } else {
        json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/jwks"),
            "introspection_endpoint": format!("{url}/introspect"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        })
    }
    .to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn keys() -> Issuer {
    let keys = Issuer::new();
    std::fs::write(keys.world.path("secret"), "s3cret").unwrap();
    keys
}

fn hint(run: &Run) -> String {
    run.error()["hint"].as_str().unwrap().to_owned()
}

#[test]
fn a_damaged_jwt_is_refused_whatever_its_issuer_would_say() {
    let (keys, yes) = (keys(), Yes::start());
    yes.verify(&keys, AS_SERVICE, "opaque-token").ok();
    assert_eq!(yes.asked(), 1, "an opaque token is a matter of its issuer");
    let good = keys.token(&json!({"iss": yes.url}));
    let (header, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let twice = format!(
        r#"{{"iss":"{url}","iss":"{url}","sub":"alice","aud":"{API}","exp":{exp}}}"#,
        url = yes.url,
        exp = now() + 300,
    );
    // {"alg":"ES256","alg":"ES256"}
    let header_twice = "eyJhbGciOiJFUzI1NiIsImFsZyI6IkVTMjU2In0";
    for (damaged, code) in [
        (keys.sign("at+jwt", &twice), "duplicate_member"),
        (
            format!("{header_twice}.{claims}.{signature}"),
            "duplicate_member",
        ),
        (
            format!("{header}.{claims}!.{signature}"),
            "malformed_base64url",
        ),
        (
            format!("{header}.{claims}.{signature}="),
            "malformed_base64url",
        ),
        (keys.sign("at+jwt", "{"), "malformed_json"),
        (format!("{good}."), "malformed_token"),
    ] {
        let run = yes.verify(&keys, AS_SERVICE, &damaged).exits(9);
        assert!(broken(&run).iter().any(|found| found == code), "{run:?}");
        assert_eq!(run.json()["verified"], false);
        assert!(!hint(&run).contains("--introspect"), "{run:?}");
    }
    assert_eq!(yes.asked(), 1, "nobody is asked about a damaged JWT");
}

#[test]
fn among_several_issuers_the_one_that_the_token_names_is_asked() {
    let (keys, yes) = (keys(), Yes::start());
    let token = keys.token(&json!({"iss": yes.url}));
    let several = format!("--issuer https://id.example {AS_SERVICE}");
    for first in [&yes.url, "https://id.example"] {
        let line = format!(
            "verify - -o json --jwks jwks.json --audience {API} --issuer {first} --issuer {} \
             --introspect {AS_SERVICE}",
            if first == yes.url {
                "https://id.example"
            } else {
                &yes.url
            }
        );
        keys.world.run_with_input(&line, &token).ok();
    }
    assert_eq!(yes.asked(), 2);
    let run = yes.verify(&keys, &several, "opaque-token").exits(2);
    assert!(hint(&run).contains("name one --issuer"), "{run:?}");
    assert_eq!(yes.asked(), 2);
}

#[test]
fn a_profiles_client_asks_its_own_issuer_only() {
    let (keys, yes) = (keys(), Yes::start());
    keys.world.seed("work");
    let token = keys.token(&json!({"iss": yes.url}));
    let run = yes.verify(&keys, "-p work", &token).exits(2);
    assert!(hint(&run).contains("--client-id"), "{run:?}");
    let run = yes.verify(&keys, "", &token).exits(2);
    assert!(hint(&run).contains("-p PROFILE"), "{run:?}");
    assert_eq!(yes.asked(), 0);
}

#[test]
fn a_stored_token_is_sent_only_to_the_server_that_issued_it() {
    let (keys, yes) = (keys(), Yes::start());
    let world = &keys.world;
    world.seed("work");
    let line = format!("verify -p work -o json --audience {API} --introspect");
    let run = world.run(&format!("{line} --issuer {} {AS_SERVICE}", yes.url));
    assert_eq!(run.exits(2).error()["code"], "usage");
    let run = world.run(&format!("{line} --refresh-token")).exits(2);
    assert!(run.err.contains("--refresh-token"), "{}", run.err);
    world
        .run(&format!("profile edit work --set auth_server={}", yes.url))
        .ok();
    let run = world.run(&line).exits(4);
    assert!(run.err.contains("another configuration"), "{}", run.err);
    assert_eq!(yes.asked(), 0);
}

#[test]
fn an_opaque_token_is_judged_by_its_issuers_word() {
    let world = World::new();
    world.seed("work");
    let answer = world.run("introspect -p work -o json").ok().json();
    let audience = answer["aud"][0].as_str().unwrap();
    let line = format!("verify -p work -o json --introspect --audience {audience}");
    let run = world.run(&line).ok();
    assert_eq!(
        run.json()["rules"],
        json!([{"rule": "introspection", "outcome": "kept"}])
    );
    for name in ["sub", "aud", "client_id", "exp"] {
        assert_ne!(answer[name], Value::Null, "{answer}");
        assert_eq!(run.json()["claims"][name], answer[name], "{}", run.out);
    }
    let run = world.run(&line.replace(" --introspect", "")).exits(9);
    assert_eq!(broken(&run), ["malformed_token"]);
    assert!(hint(&run).contains("--introspect"), "{run:?}");
}

#[test]
fn an_opaque_token_for_another_audience_is_refused() {
    let world = World::new();
    world.seed("work");
    let line = "verify -p work -o json --introspect --audience https://none.example";
    let run = world.run(line).exits(9);
    assert_eq!(broken(&run), ["wrong_audience"]);
    assert!(run.json().get("claims").is_none(), "{}", run.out);
}

#[test]
fn the_issuer_is_asked_only_about_tokens_that_are_good_by_themselves() {
    let world = world();
    let api = world.sandbox.url("/api");
    let asked = || {
        let requests = world.sandbox.requests();
        requests
            .iter()
            .filter(|request| request.path.contains("introspect"))
            .count()
    };
    let line = format!("verify -p work -o json --audience {api} --introspect");
    world
        .run(&line.replace(&api, "https://other.example"))
        .exits(9);
    assert_eq!(asked(), 0);
    world.run(&line).ok();
    let service = format!("{line} --client-id service --client-secret-file secret");
    world.run(&service).ok();
    assert_eq!(asked(), 2);
    std::fs::write(world.path("secret"), "wrong").unwrap();
    world.run(&service).exits(5);
    let token = world.run("token work").ok().out;
    world.run("revoke -p work").ok();
    let line = line.replace("verify", "verify -");
    let run = world.run_with_input(&line, &token).exits(9);
    assert_eq!(broken(&run), ["inactive"]);
    let down = Fault::new(FaultKind::Status {
        status: 503,
        retry_after: None,
    });
    world.sandbox.fault(down.at(Endpoint::Introspection));
    world.run_with_input(&line, &token).exits(6);
}
