//! `plauth oauth`: every command once that works, and how each fails.
use keyfob_sandbox::{Endpoint, Fault, FaultKind};
use serde_json::{Value, json};

use crate::plauth_world::PlauthWorld;
use crate::world::until;

#[test]
fn list_scopes_prints_a_sorted_array() {
    let world = PlauthWorld::logged_in();
    let scopes = world.run("oauth list-scopes").ok();
    let list: Vec<String> = serde_json::from_str(&scopes.out).unwrap();
    assert!(list.contains(&"offline_access".to_owned()), "{list:?}");
    assert!(list.is_sorted(), "{list:?}");
    assert!(scopes.out.starts_with("[\n  \""), "{}", scopes.out);
    let same = world.world.run(&format!(
        "discover {} --scopes -o json",
        world.sandbox().issuer()
    ));
    assert_eq!(same.ok().json()["scopes"], json!(list));
}

#[test]
fn discovery_prints_sorted_json_indented_by_two() {
    let world = PlauthWorld::logged_in();
    let run = world.run("oauth discovery").ok();
    assert_eq!(run.json()["issuer"], world.sandbox().issuer());
    assert_eq!(run.out, format!("{:#}\n", run.json()));
}

// covers: W43, W44
#[test]
fn network_and_json_errors_are_said_in_one_line_with_exit_code_1() {
    let world = PlauthWorld::logged_in();
    for fault in [
        FaultKind::Html { status: 200 },
        FaultKind::TruncatedJson,
        FaultKind::Disconnect,
    ] {
        let at_metadata = Fault::new(fault.clone()).at(Endpoint::Metadata);
        world.sandbox().fault(at_metadata);
        let run = world.run("oauth discovery").exits(1);
        let errors = run.err.lines().filter(|line| line.starts_with("Error: "));
        assert_eq!(errors.count(), 1, "{fault:?}: {}", run.err);
        assert!(
            !run.err.contains("None") && !run.err.contains("Traceback"),
            "{}",
            run.err
        );
        world.sandbox().clear_faults();
    }
}

#[test]
fn validate_prints_the_providers_answer_or_fails_for_a_token_that_is_not_active() {
    let world = PlauthWorld::logged_in();
    for kind in ["access", "refresh"] {
        let run = world.run(&format!("oauth validate-{kind}-token")).ok();
        assert_eq!(run.json()["active"], true, "{}", run.out);
        assert!(run.json()["exp"].is_u64(), "{}", run.out);
        let human = world
            .run(&format!("oauth validate-{kind}-token -H"))
            .ok()
            .json();
        assert!(human["exp"].as_str().unwrap().ends_with("+0000"), "{human}");
    }
    // This provider only knows access and refresh tokens.
    let run = world.run("oauth validate-id-token").exits(1);
    assert!(run.err.starts_with("Error: "), "{}", run.err);
    assert_eq!(run.out, "");
}

// covers: W13
#[test]
fn validate_locally_prints_the_claims_of_a_good_token() {
    let world = PlauthWorld::logged_in();
    let claims = world.run("oauth validate-access-token-local").ok().json();
    assert_eq!(claims["sub"], "user-alice");
    let line = format!(
        "oauth validate-access-token-local --audience nope --audience {} -H",
        world.api()
    );
    let claims = world.run(&line).ok().json();
    assert!(
        claims["exp"].as_str().unwrap().ends_with("+0000"),
        "{claims}"
    );
    let claims = world
        .run("oauth validate-id-token-local --no-human-readable")
        .ok()
        .json();
    assert_eq!(claims["aud"], "demo-cli");
}

#[test]
fn validate_locally_takes_any_of_the_scopes_by_option_or_variable() {
    let world = PlauthWorld::logged_in();
    let command = "oauth validate-access-token-local";
    world
        .run(&format!("{command} --scope nope --scope profile"))
        .ok();
    world.run(&format!("{command} --scope nope")).exits(1);
    world
        .run_with(&[("PL_AUTH_SCOPE", "nope  profile")], command)
        .ok();
    let run = world
        .run_with(&[("PL_AUTH_SCOPE", "nope never")], command)
        .exits(1);
    assert!(run.err.contains("nope, never"), "{}", run.err);
    // An option wins over the variable.
    let line = format!("{command} --scope openid");
    world.run_with(&[("PL_AUTH_SCOPE", "nope")], &line).ok();
}

#[test]
fn validate_locally_refuses_another_audience_a_changed_token_and_an_expired_one() {
    let world = PlauthWorld::logged_in();
    let command = "oauth validate-access-token-local";
    let run = world
        .run(&format!("{command} --audience https://other.example"))
        .exits(1);
    assert!(run.err.starts_with("Error: "), "{}", run.err);
    assert_eq!(run.out, "");
    world.change_token("work", |stored| {
        let token = stored["access_token"].as_str().unwrap();
        let (rest, signature) = token.rsplit_once('.').unwrap();
        let turned: String = signature.chars().rev().collect();
        stored["access_token"] = json!(format!("{rest}.{turned}"));
    });
    world.run(command).exits(1);
}

#[test]
fn userinfo_prints_the_claims() {
    let world = PlauthWorld::logged_in();
    let run = world.run("oauth userinfo").ok();
    assert_eq!(run.json()["sub"], "user-alice");
    assert!(run.out.starts_with("{\n  \""), "{}", run.out);
}

#[test]
fn refresh_is_silent_and_keeps_what_a_new_pair_needs() {
    let world = PlauthWorld::logged_in();
    let before = world.stored("work");
    let run = world.run("oauth refresh").ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    let after = world.stored("work");
    assert_ne!(before["refresh_token"], after["refresh_token"]);
    assert_ne!(before["access_token"], after["access_token"]);
    world.run("oauth refresh").ok();
}

#[test]
fn refresh_with_scopes_gets_a_token_with_fewer() {
    let world = PlauthWorld::logged_in();
    world.run("oauth refresh --scope openid").ok();
    let claims = world.run("oauth validate-access-token-local").ok().json();
    assert_eq!(claims["scope"], "openid");
    world
        .run_with(&[("PL_AUTH_SCOPE", "openid profile")], "oauth refresh")
        .ok();
    let claims = world.run("oauth validate-access-token-local").ok().json();
    assert_eq!(claims["scope"], "openid profile");
    world.run("oauth refresh").ok();
}

#[test]
fn refresh_without_a_refresh_token_says_what_to_do() {
    let world = PlauthWorld::logged_in();
    world.change_token("work", |stored| {
        stored.as_object_mut().unwrap().remove("refresh_token");
    });
    let run = world.run("oauth refresh").exits(1);
    assert!(run.err.starts_with("Error: "), "{}", run.err);
    assert!(
        run.err.contains("hint: plauth --auth-profile work login"),
        "{}",
        run.err
    );
}

// covers: W1
#[test]
fn refresh_keeps_a_refresh_token_that_the_answer_does_not_mention() {
    let world = PlauthWorld::logged_in();
    world
        .sandbox()
        .settings(|settings| settings.rotation = keyfob_sandbox::Rotation::Silent);
    let before = world.stored("work");
    world.run("oauth refresh").ok();
    assert_eq!(
        world.stored("work")["refresh_token"],
        before["refresh_token"]
    );
    world.run("oauth refresh").ok();
}

// covers: W42
#[test]
fn print_access_token_works_for_opaque_tokens_without_audience() {
    let world = PlauthWorld::opaque();
    world.seed("work");
    let mut config = world.config("work");
    config.as_object_mut().unwrap().remove("audiences");
    crate::world::private_file(&world.folder("work").join("auth_client.json"), &config);
    let token = world
        .run("--auth-profile work oauth print-access-token")
        .ok();
    assert_eq!(
        token.out,
        format!(
            "{}\n",
            world.stored("work")["access_token"].as_str().unwrap()
        )
    );
    world.change_token("work", |stored| {
        stored["_exp"] = json!(crate::world::now() - 60);
        stored["_iat"] = json!(crate::world::now() - 3660);
    });
    let old = world
        .run("--auth-profile work oauth print-access-token --no-refresh")
        .ok();
    assert_eq!(old.out, token.out);
    let new = world
        .run("--auth-profile work oauth print-access-token")
        .ok();
    assert_ne!(new.out, token.out);
}

// covers: W42
#[test]
fn print_access_token_logs_a_service_in_the_first_time() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    let line = "--auth-profile svc oauth print-access-token";
    world.run(&format!("{line} --no-refresh")).exits(1);
    let token = world.run(line).ok();
    assert_eq!(token.out.trim(), world.stored("svc")["access_token"]);
    assert_eq!(world.run(line).ok().out, token.out);
}

/// A copy of the program is called `plauth` itself, and must still know how to leave a refresh behind.
#[test]
fn print_access_token_by_a_copy_prints_a_due_token_at_once_and_refreshes_it_aside() {
    let world = PlauthWorld::opaque();
    world.seed("work");
    let copy = world.world.path("plauth");
    std::fs::remove_file(&copy).unwrap();
    let program = env!("CARGO_BIN_EXE_keyfob");
    if std::fs::hard_link(program, &copy).is_err() {
        std::fs::copy(program, &copy).unwrap();
    }
    let due = crate::world::now() + 600;
    world.change_token("work", |stored| {
        stored["_exp"] = json!(due);
        stored["_iat"] = json!(due - 3600);
    });
    let before = world.stored("work");
    let run = world
        .run("--auth-profile work oauth print-access-token")
        .ok();
    assert_eq!(run.out.trim(), before["access_token"]);
    until("the token is refreshed", || {
        (world.stored("work")["access_token"] != before["access_token"]).then_some(())
    });
}

#[test]
fn print_access_token_of_nobody_says_how_to_log_in() {
    let world = PlauthWorld::new();
    world.configure_person("work");
    let run = world
        .run("--auth-profile work oauth print-access-token")
        .exits(1);
    assert_eq!(run.out, "");
    assert!(
        run.err.contains("hint: plauth --auth-profile work login"),
        "{}",
        run.err
    );
}

#[test]
fn decode_shows_raw_header_body_and_signature() {
    let world = PlauthWorld::logged_in();
    let token = world.stored("work")["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let run = world.run("oauth decode-access-token").ok();
    let lead = format!(
        "UNTRUSTED JWT Decoding\n\nRAW:\n    {token}\n\nHEADER:\n    {{\n      \"alg\": \"RS256\",\n"
    );
    assert!(run.out.starts_with(&lead), "{}", run.out);
    assert!(
        run.out.contains("\nBODY:\n    {\n      \"aud\": "),
        "{}",
        run.out
    );
    let signature = run.out.split("SIGNATURE:\n").nth(1).unwrap();
    let first = signature.lines().next().unwrap();
    assert_eq!(first.len(), 4 + 16 * 3 - 1, "{first}");
    assert!(run.out.ends_with("\n\n"), "{:?}", run.out);
    let human = world.run("oauth decode-id-token -H").ok().out;
    assert!(human.contains("+0000\""), "{human}");
}

#[test]
fn decode_of_an_opaque_token_fails_after_the_banner_and_of_an_absent_one_stops_there() {
    let world = PlauthWorld::logged_in();
    let run = world.run("oauth decode-refresh-token").exits(1);
    assert_eq!(run.out, "UNTRUSTED JWT Decoding\n\n");
    assert!(run.err.starts_with("Error: "), "{}", run.err);
    world.change_token("work", |stored| {
        stored.as_object_mut().unwrap().remove("refresh_token");
    });
    let run = world.run("oauth decode-refresh-token").ok();
    assert_eq!(run.out, "UNTRUSTED JWT Decoding\n\n");
}

// covers: W45
#[test]
fn revoked_access_token_is_not_used_any_more_and_the_refresh_token_brings_another() {
    let world = PlauthWorld::logged_in();
    let before = world.stored("work");
    let run = world.run("oauth revoke-access-token").ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    assert_eq!(world.stored("work")["access_token"], Value::Null);
    let token = world.run("oauth print-access-token").ok().out;
    assert_ne!(token.trim(), before["access_token"]);
}

// covers: W45
#[test]
fn revoked_refresh_token_is_forgotten_and_the_login_with_it_once_the_access_token_ends() {
    let world = PlauthWorld::logged_in();
    let run = world.run("oauth revoke-refresh-token").ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    assert_eq!(world.stored("work")["refresh_token"], Value::Null);
    world.run("oauth refresh").exits(1);
    let run = world.run("oauth revoke-refresh-token").exits(1);
    assert!(run.err.contains("no refresh token"), "{}", run.err);
}

#[test]
fn oauth_commands_refuse_a_profile_of_another_kind() {
    let world = PlauthWorld::new();
    world.configure(
        "key",
        &json!({"client_type": "static_apikey", "api_key": "canary-key"}),
    );
    for command in [
        "refresh",
        "userinfo",
        "list-scopes",
        "print-access-token",
        "login",
    ] {
        let run = world
            .run(&format!("--auth-profile key oauth {command}"))
            .exits(1);
        let what = "Error: \"oauth\" commands are for profiles of type OAuth; the profile key is of type static_apikey";
        assert!(run.err.starts_with(what), "{}", run.err);
        assert!(!run.err.contains("canary"), "{}", run.err);
    }
}
