//! `plauth profile`: the profiles of `~/.planet` and the default one in `~/.planet.json`.
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::plauth_world::{PlauthWorld, SERVICE_SECRET};
use crate::world::{private_file, private_folder};

/// The two JSON values under their headings.
fn lists(out: &str) -> (Value, Value) {
    let rest = out.strip_prefix("Built-in profiles:\n").unwrap();
    let (builtin, local) = rest.split_once("\n\nLocally defined profiles:\n").unwrap();
    (
        serde_json::from_str(builtin).unwrap(),
        serde_json::from_str(local).unwrap(),
    )
}

#[test]
fn list_prints_two_arrays_of_the_profiles_that_can_be_used() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    world.configure_person("alice");
    world.configure("odd", &json!({"client_type": "nonsense"}));
    private_folder(&world.folder("empty"));
    let (builtin, local) = lists(&world.run("profile list").ok().out);
    let builtin: Vec<&str> = builtin
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        builtin.contains(&"none") && builtin.is_sorted(),
        "{builtin:?}"
    );
    assert_eq!(local, json!(["alice", "svc"]));
}

// covers: W36
#[test]
fn long_list_hides_secrets_unless_they_are_asked_for() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    let run = world.run("profile list --long").ok();
    assert!(!run.out.contains(SERVICE_SECRET), "{}", run.out);
    let (builtin, local) = lists(&run.out);
    assert_eq!(builtin["none"], json!({"client_type": "none"}));
    assert_eq!(local["svc"]["client_id"], "demo-service");
    assert_eq!(local["svc"]["_file_path"], ".planet/svc/auth_client.json");
    let (_, local) = lists(&world.run("profile list -l --show-secrets").ok().out);
    assert_eq!(local["svc"]["client_secret"], SERVICE_SECRET);
    world.run("profile list --show-secrets").exits(2);
}

#[test]
fn show_prints_three_lines() {
    let world = PlauthWorld::new();
    let out = world.run("profile show").ok().out;
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[1], "User Default: N/A");
    assert!(
        lines[0]
            .strip_prefix("Current: ")
            .is_some_and(|name| lines[2].ends_with(name)),
        "{out}"
    );
    world.configure_service("svc");
    world.configure_service("two");
    world.write_settings(&json!({"PL_AUTH_PROFILE": "svc"}));
    let out = world
        .run_with(&[("PL_AUTH_PROFILE", "TWO")], "profile show")
        .ok()
        .out;
    assert!(
        out.starts_with("Current: two\nUser Default: svc\nGlobal Built-in Default: "),
        "{out}"
    );
    let out = world.run("--auth-profile two profile show").ok().out;
    assert!(out.starts_with("Current: two\n"), "{out}");
}

#[test]
fn set_writes_the_normalised_name_and_keeps_other_keys() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    world.write_settings(&json!({"key": "old sdk", "PL_AUTH_PROFILE": "gone"}));
    let run = world.run("profile set SVC").ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    assert_eq!(
        world.settings(),
        json!({"key": "old sdk", "PL_AUTH_PROFILE": "svc"})
    );
    let mode = std::fs::metadata(world.settings_file())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    world.run("profile set none").ok();
    assert_eq!(world.settings()["PL_AUTH_PROFILE"], "none");
}

// covers: W33
#[test]
fn set_and_copy_refuse_what_is_not_there_and_names_that_lead_elsewhere() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    for name in ["nowhere", "../svc", "/etc", "a/b"] {
        for line in [
            format!("profile set {name}"),
            format!("profile copy {name} x"),
        ] {
            let run = world.run(&line).exits(1);
            assert!(run.err.starts_with("Error: "), "{line}: {}", run.err);
        }
        let run = world
            .run(&format!("--auth-profile {name} oauth userinfo"))
            .exits(1);
        assert!(run.err.starts_with("Error: "), "{name}: {}", run.err);
    }
    for name in ["../x", "/tmp/x", "a/b"] {
        world.run(&format!("profile copy svc {name}")).exits(1);
    }
    assert!(!world.settings_file().exists());
    assert!(!world.world.path("x").exists());
}

// covers: W50
#[test]
fn copy_takes_the_configuration_alone_and_overwrites_nothing() {
    let world = PlauthWorld::logged_in();
    let run = world.run("profile copy work WORK2").ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    assert_eq!(
        world.config("work2")["client_id"],
        world.config("work")["client_id"]
    );
    let before = world.config("work2");
    assert!(!world.token_file("work2").exists());
    // The same again loses nothing.
    world.run("profile copy work work2").ok();
    world.configure_service("svc");
    let run = world.run("profile copy svc work2").exits(1);
    assert!(run.err.contains("--replace"), "{}", run.err);
    assert_eq!(world.config("work2"), before);
    world.run("profile copy svc work2 --replace").ok();
    assert_eq!(world.config("work2"), world.config("svc"));
    let run = world.run("profile copy svc none").exits(1);
    assert!(run.err.contains("built into"), "{}", run.err);
    assert!(!world.folder("none").exists());
}

#[test]
fn copy_of_a_built_in_profile_can_be_used() {
    let world = PlauthWorld::new();
    world.run("profile copy none mine").ok();
    assert_eq!(world.config("mine"), json!({"client_type": "none"}));
    assert_eq!(
        lists(&world.run("profile list").ok().out).1,
        json!(["mine"])
    );
}

#[test]
fn copy_leaves_behind_what_a_login_or_the_environment_chose() {
    let world = PlauthWorld::new();
    world.configure(
        "pw",
        &json!({"client_type": "oidc_resource_owner", "client_id": "demo-cli"}),
    );
    let variables = [
        ("PL_AUTH_USERNAME", "alice"),
        ("PL_AUTH_PASSWORD", "wonderland"),
        ("PL_AUTH_SCOPE", "openid"),
    ];
    world.run_with(&variables, "login --auth-profile pw").ok();
    world.run_with(&variables, "profile copy pw copy").ok();
    assert_eq!(world.config("copy"), world.config("pw"));
    assert!(!world.config("copy").to_string().contains("wonderland"));
}

#[test]
fn damaged_configuration_is_named_with_its_file() {
    let world = PlauthWorld::new();
    private_folder(&world.folder("bad"));
    let path = world.folder("bad").join("auth_client.json");
    private_file(&path, &json!([1]));
    let run = world.run("profile set bad").exits(1);
    assert!(run.err.contains("auth_client.json"), "{}", run.err);
    assert_eq!(lists(&world.run("profile list").ok().out).1, json!([]));
}

#[test]
fn create_and_edit_without_anybody_to_ask_say_so() {
    let world = PlauthWorld::new();
    world.configure_service("svc");
    let run = world.run("profile create new").exits(1);
    assert!(run.err.starts_with("Error: "), "{}", run.err);
    assert!(!world.folder("new").exists());
    let run = world.run("--auth-profile svc profile edit").exits(1);
    assert!(run.err.starts_with("Error: "), "{}", run.err);
}
