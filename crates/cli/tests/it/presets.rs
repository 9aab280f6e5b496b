//! The command in Planet's own home, and the templates of the other presets.
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::world::{Run, World, now, private_file, private_folder};

/// Runs a command line in Planet's home, with these variables.
fn planet(world: &World, line: &str, variables: &[(&str, &str)]) -> Run {
    let mut command = world.command(line.split_whitespace());
    command.env("KEYFOB_PRESET", "planet");
    command.envs(variables.iter().copied());
    command.output().unwrap().into()
}

fn profile(world: &World, name: &str, more: &Value) -> PathBuf {
    let home = world.path(".planet");
    private_folder(&home);
    let folder = home.join(name);
    private_folder(&folder);
    let mut config = json!({"client_type": "oidc_device_code", "auth_server": world.sandbox.issuer(), "client_id": "demo-device",
        "scopes": ["own"]});
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    private_file(&folder.join("auth_client.json"), &config);
    folder
}

fn token(folder: &std::path::Path, token: &str) {
    let token = json!({"access_token": token, "_iat": now() - 10, "_exp": now() + 3600});
    private_file(&folder.join("token.json"), &token);
}

fn settings(world: &World) -> Value {
    serde_json::from_slice(&std::fs::read(world.path(".planet.json")).unwrap()).unwrap()
}

fn service(world: &World) -> Value {
    let client = world.sandbox.client("demo-service").unwrap();
    json!({"client_type": "oidc_client_credentials_secret", "client_id": "demo-service",
           "client_secret": client.secret().unwrap(), "scopes": ["api:read"]})
}

// issues 643 and 808 of Planet's SDK
// covers: W37
#[test]
fn explain_names_every_source_and_hides_every_secret() {
    let world = World::new();
    profile(&world, "work", &json!({}));
    planet(&world, "switch work", &[]).ok();
    let variables = [("PL_API_KEY", "canary-key"), ("PL_AUTH_SCOPE", "one two")];
    let run = planet(&world, "status --explain -o json", &variables).ok();
    assert!(
        !run.out.contains("canary") && !run.err.contains("canary"),
        "{run:?}"
    );
    assert!(
        run.err.contains("PL_API_KEY") && run.err.contains("work"),
        "{}",
        run.err
    );
    let explained = run.json();
    assert_eq!(
        (&explained["profile"], &explained["origin"]),
        (&json!("_PL_API_KEY"), &json!("ad_hoc"))
    );
    assert_eq!(explained["credential"], Value::Null);
    let first = &explained["settings"][0];
    assert_eq!(
        first["source"],
        json!({"kind": "environment", "variable": "PL_API_KEY"})
    );
    assert_eq!(first["shadowed"][0]["value"], "work");
    assert_eq!(first["shadowed"][0]["source"]["key"], "PL_AUTH_PROFILE");

    let text = planet(&world, "status --explain -p work", &variables).ok();
    for words in [
        "one two",
        "the environment variable PL_AUTH_SCOPE",
        "not scopes",
        "own",
        "the command line",
    ] {
        assert!(text.out.contains(words), "{words}: {}", text.out);
    }
    assert!(
        text.err
            .contains("PL_AUTH_SCOPE is set and overrides the scopes"),
        "{}",
        text.err
    );
    assert_eq!(
        planet(&world, "status --explain -q", &variables).ok().err,
        ""
    );
}

// covers: W39, planet-100
#[test]
fn a_variable_that_names_a_missing_profile_stops_only_those_who_need_it() {
    let world = World::new();
    profile(&world, "work", &json!({}));
    let gone = [("PL_AUTH_PROFILE", "gone")];
    for line in [
        "--version",
        "--help",
        "token --help",
        "list",
        "profile list",
        "switch work",
        "profile show work",
    ] {
        planet(&world, line, &gone).ok();
    }
    for line in [
        "token",
        "status",
        "status --explain",
        "userinfo",
        "login --no-input",
    ] {
        let run = planet(&world, line, &gone).exits(10);
        assert!(
            run.err.contains("gone") && run.err.contains("PL_AUTH_PROFILE"),
            "{}",
            run.err
        );
    }
    let odd = planet(&world, "token", &[("PL_AUTH_PROFILE", "../../etc")]).exits(2);
    assert!(
        odd.err.contains("PL_AUTH_PROFILE") && !odd.err.contains("etc"),
        "{}",
        odd.err
    );
}

#[test]
fn switch_keeps_planets_other_settings_and_takes_built_in_profiles() {
    let world = World::new();
    profile(&world, "work", &json!({}));
    private_file(
        &world.path(".planet.json"),
        &json!({"key": "legacy", "x": {"y": null}}),
    );
    planet(&world, "switch Planet-M2M", &[]).ok();
    assert_eq!(
        settings(&world),
        json!({"PL_AUTH_PROFILE": "planet-m2m", "key": "legacy", "x": {"y": null}})
    );
    let run = planet(&world, "switch work", &[("PL_API_KEY", "k")]).ok();
    assert!(
        run.err.contains("PL_API_KEY is set in this shell"),
        "{}",
        run.err
    );
    planet(&world, "switch nowhere", &[]).exits(10);
    assert_eq!(settings(&world)["PL_AUTH_PROFILE"], "work");
    let listed = planet(&world, "list -o json", &[]).ok().json();
    let row = |name: &str| {
        let all = listed["profiles"].as_array().unwrap();
        all.iter()
            .find(|row| row["profile"] == name)
            .cloned()
            .unwrap()
    };
    assert_eq!(
        (
            &row("planet-user")["builtin"],
            &row("planet-user")["current"]
        ),
        (&json!(true), &json!(false))
    );
    assert_eq!(row("planet-m2m")["state"], "incomplete");
    assert_eq!(
        (&row("work")["builtin"], &row("work")["current"]),
        (&json!(false), &json!(true))
    );
    assert!(
        planet(&world, "list", &[])
            .ok()
            .out
            .contains("planet-user (built in)")
    );
}

// covers: W50
#[test]
fn a_name_that_the_preset_brings_cannot_be_given_to_another_profile() {
    let world = World::new();
    let line = format!(
        "profile add planet-user --issuer {} --client-id c",
        world.sandbox.issuer()
    );
    let run = planet(&world, &line, &[]).exits(2);
    assert!(
        run.err.contains("comes with the preset planet"),
        "{}",
        run.err
    );
    assert!(
        !world
            .path(".planet")
            .join("planet-user/auth_client.json")
            .exists()
    );
}

#[test]
fn a_token_that_plauth_left_is_printed_without_network_for_disk_and_built_in_profiles() {
    let world = World::new();
    token(&profile(&world, "work", &json!({})), "theirs");
    let builtin = world.path(".planet").join("planet-user");
    private_folder(&builtin);
    token(&builtin, "builtin");
    world.sandbox.reset_counters();
    for (line, variables, expected) in [
        ("token", vec![], "builtin\n"),
        ("token", vec![("PL_AUTH_PROFILE", "work")], "theirs\n"),
        ("token -p Work", vec![("PL_API_KEY", "k")], "theirs\n"),
        (
            "token planet-user",
            vec![("PL_AUTH_PROFILE", "work")],
            "builtin\n",
        ),
        // The full path prints the same.
        ("-p work token", vec![], "theirs\n"),
        ("-o text token", vec![], "builtin\n"),
    ] {
        let run = planet(&world, line, &variables).ok();
        assert_eq!(
            (run.out.as_str(), run.err.as_str()),
            (expected, ""),
            "{line} {variables:?}"
        );
    }
    assert!(world.sandbox.requests().is_empty());
    let flag = world.run("token --preset planet --profile work").ok();
    assert_eq!(flag.out, "theirs\n");
}

// covers: planet-95
#[test]
fn an_api_key_goes_out_under_its_own_word_and_lives_in_memory() {
    let world = World::new();
    let key = [("PL_API_KEY", "the-key")];
    assert_eq!(planet(&world, "token", &key).ok().out, "the-key\n");
    let header = planet(&world, "header", &key).ok().out;
    assert_eq!(header, "Authorization: api-key the-key\n");
    let json = planet(&world, "token -o json", &key).ok().json();
    assert_eq!(
        (&json["profile"], &json["expires_at"]),
        (&json!("_PL_API_KEY"), &Value::Null)
    );
    let status = planet(&world, "status -o json", &key).ok().json();
    assert_eq!(
        (&status["folder"], &status["next"]),
        (&Value::Null, &json!("keyfob token"))
    );
    let login = planet(&world, "login", &key).exits(2);
    assert!(
        login.err.contains("PL_API_KEY") && !login.err.contains("the-key"),
        "{}",
        login.err
    );
    assert!(!world.path(".planet").exists(), "nothing is written");
}

// covers: W46
#[test]
fn the_scopes_of_a_login_are_asked_for_again_and_a_flag_changes_them() {
    let world = World::new();
    let folder = profile(&world, "svc", &service(&world));
    let stored = || -> Value {
        serde_json::from_slice(&std::fs::read(folder.join("token.json")).unwrap()).unwrap()
    };
    planet(&world, "login -p svc --scope api:write", &[]).ok();
    assert_eq!(
        stored()["_keyfob"]["requested"],
        json!({"scopes": ["api:write"]})
    );
    let asked = || {
        let last = world.sandbox.requests().pop().unwrap();
        format!("{last:?}")
    };
    planet(&world, "token -p svc --force", &[]).ok();
    assert_eq!(
        stored()["_keyfob"]["requested"],
        json!({"scopes": ["api:write"]}),
        "{}",
        asked()
    );
    assert_eq!(stored()["scope"], "api:write");
    // A login again without a word about scopes keeps them; with one, it changes them.
    planet(&world, "login -p svc", &[]).ok();
    assert_eq!(stored()["scope"], "api:write");
    planet(&world, "login -p svc --scope api:read", &[]).ok();
    assert_eq!(stored()["scope"], "api:read");
    let line = "status --explain -p svc -o json";
    let explained = planet(&world, line, &[]).ok().json();
    let all = explained["settings"].as_array().unwrap();
    let scopes = all.iter().find(|one| one["setting"] == "scopes").unwrap();
    assert_eq!(
        (&scopes["value"], &scopes["source"]["kind"]),
        (&json!("api:read"), &json!("login"))
    );
    // The configuration itself is as it was.
    let config: Value =
        serde_json::from_slice(&std::fs::read(folder.join("auth_client.json")).unwrap()).unwrap();
    assert_eq!(config["scopes"], json!(["api:read"]));
}

// covers: W38
#[test]
fn login_takes_the_profile_of_the_global_flag_and_leaves_the_saved_choice_alone() {
    let world = World::new();
    profile(&world, "svc", &service(&world));
    profile(&world, "work", &json!({}));
    planet(&world, "switch work", &[]).ok();
    planet(&world, "--profile svc login", &[]).ok();
    assert!(world.path(".planet").join("svc/token.json").exists());
    assert_eq!(settings(&world)["PL_AUTH_PROFILE"], "work");
}

#[test]
fn foundry_needs_no_more_than_a_host_and_a_client() {
    let world = World::new();
    let line = "profile add --preset foundry lab --host lab.example:8443 --client-id c --scope offline_access";
    world.run(line).ok();
    let config = world.run("profile show lab -o json").ok().json()["config"].clone();
    assert_eq!(
        config["token_endpoint"],
        "https://lab.example:8443/multipass/api/oauth2/token"
    );
    assert_eq!(
        config["redirect_uri"],
        "https://lab.example:8443/multipass/api/oauth2/callback"
    );
    assert_eq!(
        config["authorize_params"],
        json!({"access_type": "offline"})
    );
    assert_eq!(config["scopes"], json!(["offline_access"]));
    assert_eq!(config["client_type"], "oidc_auth_code");
    let missing = world.run("login --preset foundry --client-id c").exits(2);
    assert!(
        missing.err.contains("host: it is needed"),
        "{}",
        missing.err
    );
    let elsewhere = world.run("login --host lab.example --client-id c").exits(2);
    assert!(
        elsewhere.err.contains("--preset foundry"),
        "{}",
        elsewhere.err
    );
    let unknown = world.run("list --preset nonsense").exits(2);
    assert!(
        unknown.err.contains("keyfob, planet, foundry, keystone"),
        "{}",
        unknown.err
    );
}

// covers: ceg-4, ceg-24, C-7
#[test]
fn keystone_knows_its_providers_and_its_variables_and_never_gives_up_checking_certificates() {
    let world = World::new();
    let add =
        "profile add --preset keystone k --provider stg --client-id c --extra-scope a --scope b";
    let bad = world.run(&format!("{add} --audience z")).exits(2);
    assert!(
        bad.err.contains("z must be among extra_scopes too"),
        "{}",
        bad.err
    );
    world.run(&format!("{add} --audience a")).ok();
    let config = world.run("profile show k -o json").ok().json()["config"].clone();
    assert_eq!(
        config["auth_server"],
        "https://stg-keystone.cegal-geo.com/identity"
    );
    assert_eq!(config["scopes"], json!(["openid", "a", "b"]));
    assert_eq!(config["audiences"], json!(["a"]));
    let explain = |variables: &[(&str, &str)]| {
        let mut command = world.command([
            "status",
            "--explain",
            "--preset",
            "keystone",
            "-p",
            "k",
            "-o",
            "json",
        ]);
        Run::from(command.envs(variables.iter().copied()).output().unwrap()).ok()
    };
    let device = explain(&[("CEGAL_KEYSTONE_AUTH_DEVICE_FLOW", "True")]).json();
    let all = device["settings"].as_array().unwrap().clone();
    let method = all
        .iter()
        .find(|one| one["setting"] == "login_method")
        .unwrap();
    assert_eq!(method["value"], "device");
    let not = explain(&[("CEGAL_KEYSTONE_AUTH_DEVICE_FLOW", "1")]).json();
    assert!(!not["settings"].to_string().contains("login_method"));
    let unheeded = explain(&[
        ("PYVAR_ALLOW_NON_HTTPS", "true"),
        ("CEGAL_KEYSTONE_AUTH_DB", "/tmp/x.db"),
    ]);
    for name in [
        "PYVAR_ALLOW_NON_HTTPS is set and not followed",
        "CEGAL_KEYSTONE_AUTH_DB is set and not followed",
    ] {
        assert!(unheeded.err.contains(name), "{}", unheeded.err);
    }
}

#[test]
fn keystone_takes_words_and_says_what_to_type_under_its_name() {
    let world = World::new();
    let first = world.run("token --preset keystone").exits(10);
    assert!(
        first
            .err
            .contains("hint: keyfob login --preset keystone --client-id my-client\n"),
        "{}",
        first.err
    );
    let mut together = world.command(["profile", "add", "--preset", "keystone", "two"]);
    let words = [
        "--client-id",
        "c",
        "--extra-scope",
        "a b",
        "--audience",
        "b",
    ];
    Run::from(together.args(words).output().unwrap()).ok();
    let status = world
        .run("status --preset keystone -p two -o json")
        .exits(4)
        .json();
    assert_eq!(status["next"], "keyfob login --preset keystone -p two");
    let explained = world.run("status two --explain").ok().out;
    world
        .run("profile add other --issuer https://a.example --client-id c")
        .ok();
    assert!(!explained.contains("shared in"), "{explained}");
    world
        .run("profile edit two --set foundry_cache=/c/oauth")
        .ok();
    let explained = world.run("status two --explain").ok().out;
    assert!(explained.contains("shared in   /c/oauth\n"), "{explained}");
    let shadowed = world.run("status other --explain").ok().out;
    let file = "profile in ";
    assert_eq!(shadowed.matches(file).count(), 1, "{shadowed}");
}
