//! The verbs that look: discover, userinfo, introspect, revoke, jwt, sandbox, demo.
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use keyfob_sandbox::SandboxConfig;

use crate::world::World;

/// A provider whose access tokens are JWTs.
fn jwt_world() -> World {
    let world = World::with(SandboxConfig::default());
    world.seed("work");
    world
}

#[test]
fn discover_prints_the_metadata() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    let found = world.run(&format!("discover {issuer} -o json")).ok().json();
    assert_eq!(found["issuer"], issuer);
    assert!(found["token_endpoint"].is_string());
    let text = world.run(&format!("discover {issuer}")).ok().out;
    assert!(text.contains("token_endpoint"), "{text}");
    world.seed("work");
    assert_eq!(
        world.run("discover -p work -o json").ok().json()["issuer"],
        issuer
    );
}

#[test]
fn who_lacks_a_token_is_told_the_login_that_brings_it_and_keeps_the_scopes() {
    let world = World::new();
    world.seed_config("work", &serde_json::json!({}));
    let login = serde_json::json!({"access_token": "a", "scope": "api:read"});
    crate::world::private_file(&world.token_file("work"), &login);
    let run = world.run("jwt decode --id-token").exits(4);
    let hint = "hint: keyfob login -p work --scope 'api:read openid'\n";
    assert!(run.err.ends_with(hint), "{}", run.err);
    world.seed_config(
        "work",
        &serde_json::json!({"client_type": "oidc_client_credentials_secret", "client_secret": "s"}),
    );
    let run = world.run("jwt decode --id-token").exits(4);
    assert!(!run.err.contains("keyfob login"), "{}", run.err);
}

#[test]
fn a_stored_token_is_not_shown_to_another_server_than_the_one_that_issued_it() {
    let world = jwt_world();
    let other = World::new();
    let issuer = other.sandbox.issuer();
    world
        .run(&format!("profile edit work --set auth_server={issuer}"))
        .ok();
    for command in ["revoke", "revoke --refresh-token", "introspect"] {
        world.run(&format!("{command} -p work")).exits(4);
    }
    let seen = other.sandbox.requests();
    assert!(
        seen.iter()
            .all(|request| !request.path.contains("revo") && !request.path.contains("introspect")),
        "{seen:?}"
    );
}

#[test]
fn discover_names_a_foreign_issuer_as_a_failed_check() {
    let world = World::new();
    world
        .sandbox
        .fault(keyfob_sandbox::FaultKind::MetadataWrongIssuer);
    world
        .run(&format!("discover {} -o json", world.sandbox.issuer()))
        .exits(9);
}

#[test]
fn userinfo_prints_the_claims() {
    let world = jwt_world();
    let claims = world.run("userinfo work -o json").ok().json();
    assert_eq!(claims["sub"], "user-alice");
    assert_eq!(claims["preferred_username"], "alice");
}

#[test]
fn introspect_tells_active_and_revoke_ends_it() {
    let world = World::new();
    world.seed("work");
    assert_eq!(
        world.run("introspect -p work -o json").ok().json()["active"],
        true
    );
    world.run("revoke -p work").ok();
    assert_eq!(
        world.run("introspect -p work -o json").ok().json()["active"],
        false
    );
}

#[test]
fn introspect_takes_a_token_from_stdin() {
    let world = World::new();
    world.seed("work");
    let token = world.run("token work").ok().out;
    let answer = world
        .run_with_input("introspect - -p work -o json", &token)
        .ok();
    assert_eq!(answer.json()["active"], true);
    let other = world
        .run_with_input("introspect - -p work -o json", "nonsense")
        .ok();
    assert_eq!(other.json()["active"], false);
}

#[test]
fn jwt_decode_shows_header_and_claims_and_says_that_nothing_was_checked() {
    let world = jwt_world();
    let token = world.run("token work").ok().out;
    let run = world.run_with_input("jwt decode - -o json", &token).ok();
    let decoded = run.json();
    assert_eq!(decoded["claims"]["sub"], "user-alice", "{decoded}");
    assert_eq!(decoded["header"]["alg"], "RS256");
    assert_eq!(decoded["verified"], false);
    assert_eq!(
        world.run("jwt decode -p work -o json").ok().json()["claims"],
        decoded["claims"]
    );
    world.run_with_input("jwt decode -", "no.jwt").exits(2);
}

// covers: planet-42
#[test]
fn jwt_verify_accepts_the_providers_token_and_refuses_a_changed_one() {
    let world = jwt_world();
    world.run("jwt verify -p work").exits(2);
    let audience = world.sandbox.url("/api");
    let line = format!("jwt verify -p work -o json --audience {audience}");
    let verified = world.run(&line).ok().json();
    assert_eq!(verified["verified"], true, "{verified}");
    let token = world.run("token work").ok().out;
    let (rest, signature) = token.trim().rsplit_once('.').unwrap();
    let swapped: String = signature.chars().rev().collect();
    world
        .run_with_input(
            &line.replace("verify", "verify -"),
            &format!("{rest}.{swapped}"),
        )
        .exits(9);
    let id_token = world
        .run("jwt verify --id-token -p work -o json")
        .ok()
        .json();
    assert_eq!(id_token["claims"]["aud"], "demo-cli", "{id_token}");
}

#[test]
fn jwt_verify_demands_one_of_the_scopes() {
    let world = jwt_world();
    let line = format!(
        "jwt verify -p work -o json --audience {}",
        world.sandbox.url("/api")
    );
    world
        .run(&format!("{line} --scope nope --scope profile"))
        .ok();
    let run = world.run(&format!("{line} --scope nope")).exits(9);
    assert_eq!(run.error()["code"], "insufficient_scope");
}

#[test]
fn discover_prints_the_scopes_alone() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    let run = world.run(&format!("discover {issuer} --scopes")).ok();
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines.contains(&"offline_access"), "{lines:?}");
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn sandbox_prints_one_ready_line_and_ends_with_its_lifeline() {
    let world = World::new();
    let mut command = world.command(["sandbox", "--lifeline", "--ttl", "5s", "-q"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let issuer = ready["issuer"].as_str().unwrap();
    world.run(&format!("discover {issuer}")).ok();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    line.clear();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "");
}

#[test]
fn sandbox_on_a_taken_port_says_so() {
    let world = World::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = world.run(&format!("sandbox --port {port} -o json"));
    assert_eq!(run.exits(1).error()["hint"], "keyfob sandbox --port 0");
}

#[test]
fn profile_given_as_a_token_file_is_told_where_profiles_go() {
    let world = World::new();
    world.seed("work");
    for verb in ["introspect", "revoke", "jwt decode"] {
        let error = world.run(&format!("{verb} work -o json")).exits(2).error();
        assert!(error["hint"].as_str().unwrap().contains("-p"), "{error}");
    }
}

#[test]
fn demo_runs_through_without_showing_a_token() {
    let world = World::new();
    let run = world.run("demo").ok();
    for word in ["RFC 7636", "RFC 8628", "RFC 6749", "RFC 7009", "401"] {
        assert!(run.out.contains(word), "{word}:\n{}", run.out);
    }
    assert!(!run.out.contains("eyJ"), "{}", run.out);
    // Nothing stays behind in the real home.
    assert_eq!(
        world.run("profile list -o json").ok().json()["profiles"],
        serde_json::json!([])
    );
}
