//! `plauth jwt`: any token, by argument, file, stdin or variable.
use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;

use crate::plauth_world::PlauthWorld;
use crate::world::Run;

fn token(world: &PlauthWorld) -> String {
    world.stored("work")["access_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn decode_takes_a_token_from_a_file_with_a_line_break() {
    let world = PlauthWorld::logged_in();
    let path = world.world.path("token.txt");
    std::fs::write(&path, format!("{}\n", token(&world))).unwrap();
    let stored = world.run("oauth decode-access-token").ok().out;
    let line = format!("jwt decode --token-file {}", path.display());
    assert_eq!(world.run(&line).ok().out, stored);
    let path = path.to_str().unwrap();
    let by_variable = world
        .run_with(&[("PL_AUTH_TOKEN_FILE", path)], "jwt decode")
        .ok();
    assert_eq!(by_variable.out, stored);
    let missing = world.run("jwt decode --token-file /nowhere/token").exits(2);
    assert!(
        missing
            .err
            .contains("Path '/nowhere/token' does not exist."),
        "{}",
        missing.err
    );
}

// covers: W36
#[test]
fn token_on_the_command_line_wins_and_is_warned_about() {
    let world = PlauthWorld::logged_in();
    let line = format!("jwt decode --token-file /nowhere --token {}", token(&world));
    let run = world.run(&line).exits(0);
    assert_eq!(run.out, world.run("oauth decode-access-token").ok().out);
    assert!(run.err.contains("--token-file - for stdin"), "{}", run.err);
    assert!(!run.err.contains("eyJ"), "{}", run.err);
}

#[test]
fn token_comes_by_stdin_too() {
    let world = PlauthWorld::logged_in();
    let mut command = world.command("jwt decode --token-file - -H");
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(token(&world).as_bytes()).unwrap();
    drop(stdin);
    let run = Run::from(child.wait_with_output().unwrap()).ok();
    assert!(run.out.contains("+0000\""), "{}", run.out);
}

#[test]
fn decode_marks_a_past_expiry_for_people_only() {
    let world = PlauthWorld::new();
    let claims = r#"{"exp": 100, "iat": 50, "sub": "é"}"#;
    let [header, claims] = [r#"{"alg":"none"}"#, claims].map(keyfob_encode);
    let token = format!("{header}.{claims}.");
    let plain = world.run(&format!("jwt decode --token {token}")).ok().out;
    assert!(plain.contains("\"exp\": 100,"), "{plain}");
    assert!(plain.contains("\"sub\": \"\\u00e9\""), "{plain}");
    let human = world
        .run(&format!("jwt decode -H --token {token}"))
        .ok()
        .out;
    assert!(
        human.contains("\"exp\": \"1970-01-01T00:01:40+0000 (Expired)\""),
        "{human}"
    );
    assert!(
        human.contains("\"iat\": \"1970-01-01T00:00:50+0000\""),
        "{human}"
    );
}

fn keyfob_encode(text: &str) -> String {
    keyfob::jose::base64url::encode(text)
}

#[test]
fn validate_oauth_accepts_a_good_token_by_its_own_issuer_and_audience() {
    let world = PlauthWorld::logged_in();
    let path = world.world.path("token.txt");
    std::fs::write(&path, token(&world)).unwrap();
    let path = path.to_str().unwrap();
    let variables = [("PL_AUTH_TOKEN_FILE", path)];
    let run = world.run_with(&variables, "jwt validate-oauth").ok();
    assert!(run.out.starts_with("TOKEN OK\n\nRAW:\n"), "{}", run.out);
    world
        .run_with(&variables, "jwt validate-oauth --audience nope")
        .exits(1);
    let line = format!("jwt validate-oauth --audience {}", world.api());
    world.run_with(&variables, &line).ok();
    let other = [
        ("PL_AUTH_TOKEN_FILE", path),
        ("PL_AUTH_ISSUER", "http://127.0.0.1:1"),
    ];
    let run = world.run_with(&other, "jwt validate-oauth").exits(1);
    assert!(run.err.contains("Error: "), "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn validate_oauth_of_a_token_without_issuer_is_a_wrong_command_line() {
    let world = PlauthWorld::new();
    let [header, claims] = [r#"{"alg":"RS256"}"#, r#"{"sub":"a"}"#].map(keyfob_encode);
    let run = world
        .run(&format!(
            "jwt validate-oauth --token {header}.{claims}.AAAA"
        ))
        .exits(2);
    assert!(run.err.contains("--issuer"), "{}", run.err);
    let claims = keyfob_encode(&json!({"iss": world.sandbox().issuer()}).to_string());
    let run = world
        .run(&format!(
            "jwt validate-oauth --token {header}.{claims}.AAAA"
        ))
        .exits(2);
    assert!(run.err.contains("--audience"), "{}", run.err);
}

#[test]
fn what_is_no_jwt_is_refused_without_being_repeated() {
    let world = PlauthWorld::new();
    for command in ["decode", "validate-oauth"] {
        let run = world
            .run(&format!("jwt {command} --token canary-token"))
            .exits(1);
        assert!(run.err.contains("Error: "), "{}", run.err);
        assert!(!run.err.contains("canary"), "{}", run.err);
    }
}
