//! `keyfob login`: through the real pages with a fake browser, by paste, by device, by the client itself.
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::json;

use crate::world::{Run, World};

#[test]
fn logs_in_through_the_browser_and_makes_the_profile_on_the_fly() {
    let world = World::new();
    let line = format!(
        "login -p new --issuer {} --client-id demo-cli --scope openid --scope offline_access --browser -o json",
        world.sandbox.issuer()
    );
    let run = world.login(&line);
    let facts = run.json();
    assert_eq!(facts["profile"], "new");
    assert_eq!(facts["account"], "user-alice", "{facts}");
    assert_eq!(facts["has_refresh_token"], true);
    let stored = world.stored("new");
    assert!(!run.out.contains(stored["access_token"].as_str().unwrap()));
    world.run("token").ok();
    world.run("token new").ok();
}

#[test]
fn new_profile_asks_for_a_refresh_token_where_the_server_has_them() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    let run = world.login(&format!(
        "login {issuer} --client-id demo-cli --browser -o json"
    ));
    let facts = run.json();
    assert!(
        facts["profile"].as_str().unwrap().starts_with("127.0.0.1-"),
        "{facts}"
    );
    assert_eq!(facts["has_refresh_token"], true, "{facts}");
}

#[test]
fn exits_3_when_the_person_says_no() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let child = world.start_with_browser("login -p work --browser -o json");
    let url = world.wait_for_browser();
    world.sandbox.person().deny_blocking(&url).unwrap();
    let run = Run::from(child.wait_with_output().unwrap()).exits(3);
    assert_eq!(run.error()["code"], "login_denied", "{run:?}");
    assert!(!world.token_file("work").exists());
}

#[test]
fn failed_login_on_the_fly_leaves_no_profile() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    let child = world.start_with_browser(&format!(
        "login -p new --issuer {issuer} --client-id demo-cli --browser"
    ));
    let url = world.wait_for_browser();
    world.sandbox.person().deny_blocking(&url).unwrap();
    assert!(!child.wait_with_output().unwrap().status.success());
    assert_eq!(
        world.run("profile list -o json").ok().json()["profiles"],
        json!([])
    );
}

#[test]
fn hint_of_a_failed_login_on_the_fly_is_the_command_itself() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    let line = format!("login --issuer {issuer} --client-id demo-cli");
    let hint = |line: &str, code| {
        let error = world.run(line).exits(code).error();
        error["hint"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        hint(&format!("-o json {line} --no-input"), 4),
        format!("run this in a terminal: keyfob -o json {line}")
    );
    let line = format!("-o json login --issuer {issuer}");
    assert_eq!(
        hint(&line, 2),
        format!("keyfob {line} --client-id my-client")
    );
    let line = "-o json login --issuer http://id.example --client-id x";
    assert_eq!(
        hint(line, 2),
        format!("mend this and run it again: keyfob {line}")
    );
}

#[test]
fn logs_in_by_device_code() {
    let world = World::new();
    world
        .sandbox
        .settings(|settings| settings.device_interval = std::time::Duration::from_secs(1));
    world.seed_config(
        "tv",
        &json!({"client_type": "oidc_device_code", "client_id": "demo-device"}),
    );
    let mut command = world.command(["login", "-p", "tv", "--device"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut seen = String::new();
    for line in lines {
        let line = line.unwrap();
        if let Some(code) = line.strip_prefix("and type the code") {
            world
                .sandbox
                .person()
                .approve_device_blocking(code.trim())
                .unwrap();
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    assert!(child.wait().unwrap().success(), "{seen}");
    world.run("token tv").ok();
}

#[test]
fn logs_in_by_pasting_the_address_that_the_browser_ended_at() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let mut command = world.command(["login", "-p", "work", "--paste"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = lines.find_map(|line| {
        let line = line.unwrap();
        line.trim()
            .starts_with("http://")
            .then(|| line.trim().to_owned())
    });
    let redirect = world
        .sandbox
        .person()
        .redirect_blocking(&url.unwrap())
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A bare code does not say whose login it answers, so it is not taken by accident.
    let code = redirect
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    writeln!(stdin, "nonsense with spaces\n{code}\n{redirect}").unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    assert!(
        rest.iter().any(|line| line.contains("That did not work")),
        "{rest:?}"
    );
    assert!(
        rest.iter()
            .any(|line| line.contains("one word, not an address")),
        "{rest:?}"
    );
    world.run("token work").ok();
}

#[test]
fn takes_a_bare_code_where_the_page_shows_nothing_else() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let mut command = world.command(["login", "-p", "work", "--code-only"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = lines.find_map(|line| {
        let line = line.unwrap();
        line.trim()
            .starts_with("http://")
            .then(|| line.trim().to_owned())
    });
    let redirect = world
        .sandbox
        .person()
        .redirect_blocking(&url.unwrap())
        .unwrap();
    let code = redirect
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{code}").unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success(), "{rest:?}");
    world.run("token work").ok();
}

#[test]
fn says_what_it_still_waits_for_when_input_ends() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    // Nothing listens: the page elsewhere shows a code.
    world.seed_config(
        "shown",
        &json!({"redirect_uri": "https://app.example/shows-the-code"}),
    );
    let run = world.run("login -p shown --paste -o json");
    assert!(
        run.err
            .contains("input has ended, and there is no other way"),
        "{}",
        run.err
    );
    assert_eq!(run.error()["code"], "login_unanswered", "{run:?}");
    let run = world.run("login -p work --paste --timeout 1s -o json");
    assert!(
        run.err.contains("input has ended; waiting for the browser"),
        "{}",
        run.err
    );
    assert_eq!(run.code, Some(8), "{run:?}");
}

#[test]
fn service_logs_in_by_itself_with_each_source_of_its_secret() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    let client = world.sandbox.client("demo-service").unwrap();
    let secret = client.secret().unwrap();
    std::fs::write(world.path("secret"), format!("{secret}\n")).unwrap();
    let base = format!("--issuer {issuer} --client-id demo-service --type client-credentials");
    let file = world.path("secret");
    let file = file.display();
    world
        .run(&format!("login -p a {base} --client-secret-file {file}"))
        .ok();
    world
        .run_with_input(&format!("login -p b {base} --client-secret-stdin"), secret)
        .ok();
    world
        .run_with_input(&format!("login -p c {base} --client-secret-file -"), secret)
        .ok();
    let by_variable = world
        .command(format!("login -p d {base} --client-secret-env THE_SECRET").split(' '))
        .env("THE_SECRET", secret)
        .output()
        .unwrap();
    Run::from(by_variable).ok();
    let mut by_command: Vec<String> = format!("login -p e {base} --client-secret-cmd")
        .split(' ')
        .map(str::to_owned)
        .collect();
    by_command.push(format!("cat {file}"));
    Run::from(world.command(by_command).output().unwrap()).ok();
    for profile in ["a", "b", "c", "d", "e"] {
        world.run(&format!("token {profile}")).ok();
        let config =
            std::fs::read_to_string(world.home().join(profile).join("auth_client.json")).unwrap();
        let stored = matches!(profile, "b" | "c");
        assert_eq!(
            config.contains(secret),
            stored,
            "{profile}: references stay references"
        );
    }
}

#[test]
fn service_needs_no_login_at_all() {
    let world = World::new();
    let secret = world
        .sandbox
        .client("demo-service")
        .unwrap()
        .secret()
        .unwrap()
        .to_owned();
    let issuer = world.sandbox.issuer();
    world
        .run_with_input(
            &format!("profile add svc --issuer {issuer} --client-id demo-service --type client-credentials --client-secret-stdin"),
            &secret,
        )
        .ok();
    world.run("token svc").ok();
    assert_eq!(
        world.sandbox.counters().grant("client_credentials").success,
        1
    );
}

#[test]
fn missing_secret_is_a_usage_error_without_a_terminal() {
    let world = World::new();
    let issuer = world.sandbox.issuer();
    let run = world
        .run(&format!(
            "login -p x --issuer {issuer} --client-id demo-service --type client-credentials"
        ))
        .exits(2);
    assert!(run.err.contains("--client-secret-file"), "{}", run.err);
}

#[test]
fn http_is_refused_for_issuers_elsewhere() {
    let world = World::new();
    let run = world.run("login -p x --issuer http://id.example --client-id a --device");
    assert!(matches!(run.code, Some(2 | 9)), "{run:?}");
    assert!(run.err.contains("https"), "{}", run.err);
}

#[test]
fn failed_id_token_check_exits_9_and_stores_nothing() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    world.sandbox.fault(keyfob_sandbox::FaultKind::WrongNonce);
    let child = world.start_with_browser("login -p work --browser -o json");
    let url = world.wait_for_browser();
    world.sandbox.person().approve_blocking(&url).unwrap();
    Run::from(child.wait_with_output().unwrap()).exits(9);
    assert!(!world.token_file("work").exists());
}
