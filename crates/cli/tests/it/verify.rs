//! `keyfob verify`: every rule that a token breaks is named; nothing is fetched where that was promised.
use std::collections::BTreeSet;
use std::net::TcpListener;

use keyfob::jose::{Algorithm, HeaderFields, JwkSet, SigningKey, jws};
use keyfob_sandbox::{Client, Endpoint, Fault, FaultKind, SandboxConfig};
use serde_json::{Value, json};

use crate::world::{Run, World, now, private_file};

const ISSUER: &str = "https://id.example";
pub(crate) const API: &str = "https://api.example";

/// An issuer without a server: a key, and the file that publishes it.
pub(crate) struct Issuer {
    pub(crate) world: World,
    key: SigningKey,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let key = SigningKey::generate(Algorithm::ES256)
            .unwrap()
            .with_kid("k1");
        let set = JwkSet::from_keys([key.public_jwk().unwrap()]).to_value();
        std::fs::write(world.path("jwks.json"), set.to_string()).unwrap();
        Self { world, key }
    }

    /// A good token with some claims replaced, or with `null` removed.
    pub(crate) fn token(&self, changes: &Value) -> String {
        self.typed("at+jwt", changes)
    }

    /// The same, under another `typ`.
    fn typed(&self, typ: &str, changes: &Value) -> String {
        let mut claims = json!({
            "iss": ISSUER, "sub": "alice", "aud": API, "client_id": "app", "jti": "1",
            "iat": now() - 10, "exp": now() + 300, "scope": "read write",
        });
        let members = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => members.remove(name),
                value => members.insert(name.clone(), value.clone()),
            };
        }
        self.sign(typ, &claims.to_string())
    }

    /// Signs whatever it is.
    pub(crate) fn sign(&self, typ: &str, claims: &str) -> String {
        jws::sign(&self.key, &HeaderFields::typ(typ), claims.as_bytes()).unwrap()
    }

    fn verify(&self, more: &str, token: &str) -> Run {
        let line =
            format!("verify - -o json --jwks jwks.json --issuer {ISSUER} --audience {API} {more}");
        self.world.run_with_input(&line, token)
    }
}

/// The codes of the broken rules, from stdout.
pub(crate) fn broken(run: &Run) -> Vec<String> {
    let found = run.json();
    let rules = found["rules"].as_array().unwrap().iter();
    let broken = rules.filter(|rule| rule["outcome"] == "broken");
    broken
        .map(|rule| rule["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_good_token_exits_0_and_shows_its_claims() {
    let issuer = Issuer::new();
    let run = issuer.verify("", &issuer.token(&json!({}))).ok();
    assert_eq!(run.json()["verified"], true);
    assert_eq!(run.json()["claims"]["sub"], "alice");
    let words = format!("verify - --jwks jwks.json --issuer {ISSUER} --audience {API}");
    let run = issuer
        .world
        .run_with_input(&words, &issuer.token(&json!({})))
        .ok();
    assert!(
        run.out
            .starts_with("The token is good: signature, issuer, audience and dates.\n"),
        "{}",
        run.out
    );
}

#[test]
fn each_broken_rule_exits_9_under_its_own_code() {
    let issuer = Issuer::new();
    let cases = [
        (json!({"iss": "https://evil.example"}), "wrong_issuer"),
        (json!({"iss": null}), "missing_claim"),
        (json!({"aud": "https://other.example"}), "wrong_audience"),
        (json!({"exp": now() - 60}), "expired"),
        (json!({"nbf": now() + 600}), "not_yet_valid"),
        (json!({"iat": now() + 600}), "issued_in_future"),
        (json!({"sub": null}), "missing_claim"),
        (json!({"jti": null}), "missing_claim"),
        (json!({"exp": "soon"}), "malformed_claim"),
        (json!({"cnf": {"jkt": "x"}}), "binding_required"),
    ];
    for (changes, code) in cases {
        let run = issuer.verify("", &issuer.token(&changes)).exits(9);
        assert_eq!(broken(&run), [code], "{changes}");
        assert_eq!(run.error()["code"], code, "{changes}");
        assert_eq!(run.json()["verified"], false);
        assert!(
            run.json().get("claims").is_none(),
            "nobody's word: {}",
            run.out
        );
    }
    let typed = issuer.verify("", &issuer.typed("JWT", &json!({}))).exits(9);
    assert_eq!(broken(&typed), ["wrong_type"]);
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    for (kid, code) in [("k1", "bad_signature"), ("k2", "unknown_key")] {
        let forger = Issuer {
            world: World::new(),
            key: stranger.clone().with_kid(kid),
        };
        let run = issuer.verify("", &forger.token(&json!({}))).exits(9);
        assert_eq!(broken(&run), [code]);
        let hint = run.error()["hint"].as_str().unwrap().to_owned();
        let names_the_keys = hint == format!("keyfob jwk set --issuer {ISSUER}");
        assert_eq!(names_the_keys, code == "unknown_key", "{hint}");
    }
    let run = issuer
        .verify("--algorithm RS256", &issuer.token(&json!({})))
        .exits(9);
    assert_eq!(broken(&run), ["algorithm_refused"]);
    let run = issuer.verify("", "opaque-token").exits(9);
    assert_eq!(broken(&run), ["malformed_token"]);
}

#[test]
fn demands_beyond_being_good_are_named_one_by_one() {
    let issuer = Issuer::new();
    let token =
        issuer.token(&json!({"tenant": "acme", "level": 7, "acr": "mfa", "auth_time": now() - 60}));
    let good = "--scope nope --scope read --all-scope read,write --claim tenant=acme --claim level=7 \
        --claim tenant --acr mfa --acr other --max-age 5m";
    issuer.verify(good, &token).ok();
    let bad = "--all-scope read,admin,root --claim tenant=other --claim none --acr gold --max-age 1s --leeway 1s";
    let run = issuer.verify(bad, &token).exits(9);
    let expected = [
        "insufficient_scope",
        "insufficient_scope",
        "acr_not_met",
        "login_too_old",
        "required_claim_different",
        "required_claim_missing",
    ];
    assert_eq!(broken(&run), expected);
}

#[test]
fn every_broken_rule_is_named_and_not_only_the_first() {
    let issuer = Issuer::new();
    let token = issuer.token(&json!({"aud": "https://other.example", "exp": now() - 3600}));
    let run = issuer.verify("", &token).exits(9);
    assert_eq!(broken(&run), ["wrong_audience", "expired"]);
    assert!(
        run.error()["message"]
            .as_str()
            .unwrap()
            .contains("(wrong_audience, expired)")
    );
    let words = format!("verify - --jwks jwks.json --issuer {ISSUER} --audience {API}");
    let run = issuer.world.run_with_input(&words, &token).exits(9);
    for part in [
        "It breaks 2 rules:\n",
        "  audience: the token was issued for someone else, for https://other.example (wrong_audience)\n",
        "  expiry: the token expired 60 min ago (expired)\n",
        "  kept: form, algorithm, type, signature, issuer, not before, issued at, profile\n",
    ] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    assert!(
        run.err.contains("2 rules (wrong_audience, expired)"),
        "{}",
        run.err
    );
}

#[test]
fn another_time_a_looser_kind_and_a_bound_token_can_be_asked_for() {
    let issuer = Issuer::new();
    let expired = issuer.token(&json!({"exp": now() - 60, "iat": now() - 600}));
    issuer.verify("--at -5m", &expired).ok();
    issuer
        .verify(&format!("--at {}", now() - 300), &expired)
        .ok();
    issuer.verify("--leeway 2m", &expired).ok();
    issuer
        .verify("--at +1h", &issuer.token(&json!({})))
        .exits(9);
    let plain = issuer.typed("JWT", &json!({"jti": null, "client_id": null}));
    issuer.verify("--type plain", &plain).ok();
    let bound = issuer.token(&json!({"cnf": {"jkt": "x"}}));
    issuer.verify("--allow-bound", &bound).ok();
    let words = format!("verify - --jwks jwks.json --issuer {ISSUER} --audience {API}");
    let words = format!("{words} --allow-bound");
    let run = issuer.world.run_with_input(&words, &bound).ok();
    assert!(
        run.out.contains("(cnf); nobody proved to hold that.\n"),
        "{}",
        run.out
    );
    let unbound = issuer.token(&json!({}));
    let run = issuer.world.run_with_input(&words, &unbound).ok();
    assert!(!run.out.contains("nobody proved"), "{}", run.out);
    let id_token = issuer.typed(
        "JWT",
        &json!({"aud": API, "nonce": "n1", "client_id": null}),
    );
    issuer.verify("--type id --nonce n1", &id_token).ok();
    let run = issuer
        .verify("--type id --nonce n2 --at +1h", &id_token)
        .exits(9);
    assert_eq!(broken(&run), ["id_token_expired", "id_token_nonce"]);
    let run = issuer.verify("--type plain", &id_token).exits(9);
    assert_eq!(broken(&run), ["id_token_presented"]);
    let run = issuer
        .verify("--type id", &issuer.token(&json!({})))
        .exits(9);
    assert_eq!(broken(&run), ["id_token_type"]);
}

#[test]
fn with_a_key_file_nothing_goes_over_the_network() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let issuer = Issuer {
        world,
        ..Issuer::new()
    };
    let set = JwkSet::from_keys([issuer.key.public_jwk().unwrap()]).to_value();
    std::fs::write(issuer.world.path("jwks.json"), set.to_string()).unwrap();
    for changes in [
        json!({"iss": address}),
        json!({"iss": address, "exp": 1}),
        json!({"iss": "https://evil.example"}),
    ] {
        let line = format!("verify - --jwks jwks.json --issuer {address} --audience {API}");
        let mut command = issuer.world.command(line.split_whitespace());
        // Whatever would go out would go here.
        for name in [
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "all_proxy",
        ] {
            command.env(name, &address);
        }
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        let token = issuer.token(&changes);
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), token.as_bytes()).unwrap();
        let run = Run::from(child.wait_with_output().unwrap());
        assert!(matches!(run.code, Some(0 | 9)), "{run:?}");
    }
    let nobody_came = listener.accept().unwrap_err();
    assert_eq!(nobody_came.kind(), std::io::ErrorKind::WouldBlock);
    assert!(issuer.world.sandbox.requests().is_empty());
}

#[test]
fn a_token_of_nobody_that_was_named_causes_no_fetch() {
    let issuer = Issuer::new();
    let known = issuer.world.sandbox.issuer();
    let line = format!(
        "verify - -o json --issuer {known} --issuer https://other.example --audience {API}"
    );
    let run = issuer
        .world
        .run_with_input(&line, &issuer.token(&json!({})))
        .exits(9);
    assert_eq!(broken(&run), ["wrong_issuer"]);
    assert!(issuer.world.sandbox.requests().is_empty());
}

#[test]
fn keys_come_as_set_jwk_or_pem_and_damaged_files_are_named() {
    let issuer = Issuer::new();
    let token = issuer.token(&json!({}));
    let public = issuer.key.public_jwk().unwrap();
    std::fs::write(issuer.world.path("key.pem"), public.to_pem().unwrap()).unwrap();
    std::fs::write(issuer.world.path("key.json"), public.to_value().to_string()).unwrap();
    let with = |file: &str| {
        let line = format!("verify - -o json --jwks {file} --issuer {ISSUER} --audience {API}");
        issuer.world.run_with_input(&line, &token)
    };
    with("key.pem").ok();
    with("key.json").ok();
    let good = std::fs::read_to_string(issuer.world.path("jwks.json")).unwrap();
    let damaged = [
        (String::new(), "malformed_key"),
        (good[..good.len() / 2].to_owned(), "malformed_json"),
        (
            good.replace("\"keys\"", "\"keys\":[],\"keys\""),
            "duplicate_member",
        ),
        (r#"{"keys":{}}"#.to_owned(), "malformed_key_set"),
        (
            json!({"keys": vec![json!({}); 101]}).to_string(),
            "malformed_key_set",
        ),
        ("[".repeat(100_000), "too_large"),
        (
            format!("{{\"keys\":{}1{}}}", "[".repeat(40), "]".repeat(40)),
            "malformed_json",
        ),
        (" ".repeat(1024 * 1024 + 1), "too_large"),
    ];
    for (content, code) in damaged {
        std::fs::write(issuer.world.path("bad.json"), &content).unwrap();
        let error = with("bad.json").exits(2).error();
        assert_eq!(error["code"], code, "{error}");
        assert!(
            error["message"].as_str().unwrap().starts_with("bad.json: "),
            "{error}"
        );
    }
    let other = good.replace("\"y\"", "\"z\"");
    std::fs::write(issuer.world.path("bad.json"), other).unwrap();
    let run = with("bad.json").exits(9);
    assert_eq!(broken(&run), ["unknown_key"]);
    assert!(
        run.err.contains(
            "warning: bad.json: key 1 (kid k1) is not used: malformed key: `y` is missing"
        ),
        "{}",
        run.err
    );
    with("nothing.json").exits(2);
}

#[test]
fn what_is_missing_on_the_command_line_is_said_with_a_way_on() {
    let issuer = Issuer::new();
    let token = issuer.token(&json!({}));
    for (line, code, part) in [
        (
            format!("verify - --issuer {ISSUER}"),
            "no_audience",
            "--audience",
        ),
        (
            format!("verify - --issuer http://id.example --audience {API}"),
            "insecure_url",
            "https",
        ),
        (
            format!("verify - --issuer {ISSUER} --audience {API} --nonce n"),
            "usage",
            "--type id",
        ),
        (
            format!("verify - --issuer {ISSUER} --audience {API} --introspect"),
            "usage",
            "-p PROFILE",
        ),
        (
            format!("verify - --issuer {ISSUER} --audience {API} --claim =x"),
            "usage",
            "--claim",
        ),
    ] {
        let run = issuer
            .world
            .run_with_input(&format!("{line} -o json"), &token)
            .exits(2);
        assert_eq!(run.error()["code"], code, "{line}");
        assert!(
            run.error()["hint"].as_str().unwrap().contains(part),
            "{}",
            run.err
        );
    }
    let line = format!("verify - --audience {API} -o json");
    issuer.world.run_with_input(&line, &token).exits(10);
    issuer.world.run("verify - --at soon").exits(2);
    issuer.world.run("verify - --algorithm none").exits(2);
}

/// A provider whose access tokens are JWTs, with alice logged in, and a service that may ask about tokens.
pub(crate) fn world() -> World {
    let config = SandboxConfig::default()
        .with_client(Client::confidential("service", "s3cret-of-the-service"));
    let world = World::with(config);
    world.seed("work");
    std::fs::write(world.path("secret"), "s3cret-of-the-service\n").unwrap();
    world
}

#[test]
fn a_login_a_pipe_and_a_verdict() {
    let world = world();
    let (issuer, api) = (world.sandbox.issuer(), world.sandbox.url("/api"));
    let token = world.run("token work").ok().out;
    let line = format!("verify - --issuer {issuer} --audience {api}");
    let run = world.run_with_input(&line, &token).ok();
    assert!(run.out.contains("user-alice"), "{}", run.out);
    world.run(&format!("verify -p work --audience {api}")).ok();
    let id_token = world.run("verify --id-token -p work -o json").ok();
    assert_eq!(id_token.json()["claims"]["aud"], "demo-cli");
    let both = world.run(&format!("{line} -o json").replace("verify -", "verify -p work"));
    assert_eq!(both.ok().json()["verified"], true);
    let several = line.replace("--issuer", "--issuer https://id.example --issuer");
    world.run_with_input(&several, &token).ok();
    let run = world.run_with_input(
        &format!("{line} --jwks {}", world.sandbox.url("/jwks")),
        &token,
    );
    assert!(matches!(run.code, Some(0 | 5)), "{run:?}");
}

#[test]
fn an_issuer_that_is_down_is_no_verdict_unless_a_rule_is_broken_anyway() {
    let world = world();
    let (issuer, api) = (world.sandbox.issuer(), world.sandbox.url("/api"));
    let token = world.run("token work").ok().out;
    let down = Fault::new(FaultKind::Status {
        status: 503,
        retry_after: None,
    });
    world.sandbox.fault(down.at(Endpoint::Jwks));
    let line = format!("verify - -o json --issuer {issuer} --audience");
    let run = world
        .run_with_input(&format!("{line} {api}"), &token)
        .exits(6);
    assert_eq!(run.json()["verified"], false);
    assert_eq!(broken(&run), [""; 0]);
    let run = world
        .run_with_input(&format!("{line} https://other.example"), &token)
        .exits(9);
    assert_eq!(broken(&run), ["wrong_audience"]);
}

#[test]
fn jwt_verify_is_the_same_and_still_refuses_a_typed_token() {
    let world = world();
    let api = world.sandbox.url("/api");
    let token = world.run("token work").ok().out;
    let line = format!("jwt verify - -p work -o json --audience {api}");
    let one = world.run_with_input(&line, &token).ok();
    let other = world.run_with_input(&line.replace("jwt ", ""), &token).ok();
    assert_eq!(one.out, other.out);
    let typed = format!("verify {} -p work -o json --audience {api}", token.trim());
    let run = world.run(&typed).ok();
    assert!(
        run.err.contains("warning: a token on the command line"),
        "{}",
        run.err
    );
    world.run(&format!("jwt {typed}")).exits(2);
}

#[test]
fn a_token_is_neither_shown_nor_logged() {
    let world = world();
    private_file(&world.path("unused"), &json!({}));
    let (issuer, api) = (world.sandbox.issuer(), world.sandbox.url("/api"));
    let token = world.run("token work").ok().out.trim().to_owned();
    let pieces: BTreeSet<&str> = token.split('.').skip(1).collect();
    for line in [
        format!("verify - --issuer {issuer} --audience {api} -vvvv"),
        format!("verify - --issuer {issuer} --audience x -vvvv -o json"),
        format!("verify - -p work --audience {api} --introspect -vvvv"),
        "jwt explain - -vvvv".to_owned(),
        format!("jwt explain - -vvvv -o json --issuer {issuer}"),
    ] {
        let run = world.run_with_input(&line, &token);
        assert!(matches!(run.code, Some(0 | 9)), "{line}: {run:?}");
        for piece in &pieces {
            assert!(!run.out.contains(piece), "{line}: {}", run.out);
            assert!(!run.err.contains(piece), "{line}: {}", run.err);
        }
        // Whose token it is stands on stdout only.
        assert!(!run.err.contains("user-alice"), "{line}: {}", run.err);
    }
}
