//! `keyfob profile` and `keyfob switch`.
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::world::World;

#[test]
fn added_profile_is_stored_in_the_planet_auth_format() {
    let world = World::new();
    world
        .run("profile add work --issuer https://id.example --client-id cli --scope openid,email --audience api --type device")
        .ok();
    let path = world.home().join("work/auth_client.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(config["client_type"], "oidc_device_code");
    assert_eq!(config["auth_server"], "https://id.example");
    assert_eq!(config["scopes"], json!(["openid", "email"]));
    assert_eq!(config["audiences"], json!(["api"]));
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

// covers: W36
#[test]
fn every_kind_of_client_is_added_without_asking() {
    let world = World::new();
    let run = world.run_with_input(
        "profile add api --client-type static_apikey --secret-stdin api_key --set bearer_token_prefix=api-key",
        "canary\n",
    );
    assert!(!run.ok().out.contains("canary"));
    world.run("profile add plain --client-type none").ok();
    world
        .run("profile add check --client-type oidc_client_validator --set auth_server=https://id.example")
        .ok();
    world
        .run("profile add old --client-type planet_legacy --set legacy_auth_endpoint=https://id.example/login")
        .ok();
    world
        .run("profile add tuned --issuer https://id.example --client-id c --set timeout=5")
        .ok();
    let api = world.run("profile show api --secrets -o json").ok().json();
    assert_eq!(api["config"]["api_key"], "canary");
    world.run("profile add x --client-type magic").exits(2);
    world
        .run("profile add x --client-type none --issuer https://id.example")
        .exits(2);
    assert!(!world.home().join("x").exists());
}

#[test]
fn existing_profile_is_replaced_only_when_told() {
    let world = World::new();
    let line = "profile add work --client-id cli --issuer";
    world.run(&format!("{line} https://a.example")).ok();
    let run = world.run(&format!("{line} https://b.example")).exits(2);
    assert!(run.err.contains("--replace"), "{}", run.err);
    world
        .run(&format!("{line} https://b.example --replace"))
        .ok();
    let shown = world.run("profile show work -o json").ok().json();
    assert_eq!(shown["config"]["auth_server"], "https://b.example");
}

// covers: W36
#[test]
fn show_never_shows_a_secret() {
    let world = World::new();
    world
        .run_with_input(
            "profile add svc --issuer https://a.example --client-id b --type client-credentials --client-secret-stdin",
            "canary-secret",
        )
        .ok();
    for line in [
        "profile show svc",
        "profile show svc -o json",
        "status svc",
        "list",
    ] {
        let run = world.run(line);
        assert!(
            !run.out.contains("canary") && !run.err.contains("canary"),
            "{line}: {run:?}"
        );
    }
}

// covers: W33
#[test]
fn names_that_are_no_folders_are_refused_without_touching_anything() {
    let world = World::new();
    for name in ["../evil", "a/b", ".hidden", "nul"] {
        let line = format!("profile add {name} --issuer https://a.example --client-id b");
        world.run(&line).exits(2);
    }
    assert!(!world.path("evil").exists());
}

#[test]
fn removed_profile_is_gone_with_its_credential() {
    let world = World::new();
    world.seed("work");
    let refused = world.run("profile remove work").exits(2);
    assert!(
        refused
            .err
            .contains("keyfob profile remove -p work --revoke"),
        "{}",
        refused.err
    );
    world.run("profile remove work --force").ok();
    assert!(!world.home().join("work").exists());
    world.run("profile remove work").exits(10);
}

#[test]
fn switch_names_the_current_profile_and_refuses_unknown_ones() {
    let world = World::new();
    world.seed("work");
    world.seed("home");
    world.run("switch nobody").exits(10);
    assert_eq!(
        world.run("switch home -o json").ok().json()["profile"],
        "home"
    );
    assert_eq!(world.run("status -o json").ok().json()["profile"], "home");
}
