//! `keyfob reset`: revoked, removed, reported, and nothing kept under another name.
use keyfob_sandbox::{Endpoint, Fault};
use serde_json::json;

use crate::screen::Screen;
use crate::world::{Run, World, private_file, private_folder};

fn names(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.home()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with(".lock") && name != "keyfob.json")
        .collect();
    names.sort();
    names
}

// covers: W45
#[test]
fn reset_revokes_then_removes_and_leaves_no_secret_on_disk() {
    let world = World::new();
    world.seed("work");
    world.seed("home");
    let token = world.stored("work")["refresh_token"].clone();
    std::fs::write(world.home().join("notes.txt"), "mine").unwrap();
    let run = world.run("reset --yes -o json").ok().json();
    assert_eq!(run["logins"][0]["revoked"]["refresh_token"], "revoked");
    assert_eq!(run["removed_profiles"], json!(["home", "work"]));
    assert_eq!(names(&world), ["notes.txt"]);
    let found = std::process::Command::new("grep")
        .args(["-rl", token.as_str().unwrap()])
        .arg(world.path(""))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    assert_eq!(
        world.run("reset --yes").ok().out,
        "There is nothing to remove.\n"
    );
}

#[test]
fn reset_keeps_profiles_when_told() {
    let world = World::new();
    world.seed("work");
    world.run("reset --yes --keep-profiles").ok();
    assert_eq!(names(&world), ["work"]);
    assert!(!world.token_file("work").exists());
}

#[test]
fn a_provider_that_fails_does_not_stop_the_rest() {
    let world = World::new();
    world.seed("work");
    world.seed("zzz");
    std::fs::write(world.home().join("work/auth_client.json"), "{").unwrap();
    world
        .sandbox
        .fault(Fault::status(500).at(Endpoint::Revocation));
    let run = world.run("reset --yes");
    assert_ne!(run.code, Some(0));
    assert!(
        run.out.contains("not revoked") && run.out.contains("failed"),
        "{}",
        run.out
    );
    assert!(!world.token_file("work").exists());
    assert!(!world.token_file("zzz").exists());
}

#[test]
fn reset_without_revocation_asks_no_provider() {
    let world = World::new();
    world.seed("work");
    world.sandbox.reset_counters();
    world.run("reset --yes --no-revoke").ok();
    assert_eq!(world.sandbox.counters().requests(Endpoint::Revocation), 0);
    assert!(names(&world).is_empty());
}

#[test]
fn reset_asks_first_and_needs_somebody_or_yes() {
    let world = World::new();
    world.seed("work");
    let run = world.run("reset").exits(2);
    assert!(run.err.contains("--yes"), "{}", run.err);
    let mut screen = Screen::start(&world, "reset");
    screen.answer("? [y/N] ", "");
    screen.finish().exits(3);
    assert!(world.token_file("work").exists());
    let mut screen = Screen::start(&world, "reset");
    screen.answer("? [y/N] ", "y");
    screen.answer("too? [y/N] ", "n");
    screen.finish().ok();
    assert!(!world.token_file("work").exists());
    assert!(world.home().join("work/auth_client.json").exists());
}

// covers: W45
#[test]
fn reset_of_planets_home_takes_the_keys_out_of_its_settings() {
    let world = World::new();
    let home = world.path(".planet");
    private_folder(&home.join("work"));
    private_file(
        &home.join("work/auth_client.json"),
        &json!({"client_type": "none"}),
    );
    let settings = world.path(".planet.json");
    private_file(
        &settings,
        &json!({"PL_AUTH_PROFILE": "work", "PL_API_KEY": "canary", "theirs": 1}),
    );
    let run: Run = world
        .command(["--preset", "planet", "reset", "--yes"])
        .env_remove("KEYFOB_HOME")
        .output()
        .unwrap()
        .into();
    let run = run.ok();
    assert!(!run.out.contains("canary"), "{}", run.out);
    let left = std::fs::read_to_string(settings).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&left).unwrap(),
        json!({"theirs": 1})
    );
    assert!(!home.join("work").exists());
}
