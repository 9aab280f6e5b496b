//! `keyfob profile edit`: single keys, whole files, and an editor.
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::world::{Run, World};

fn config(world: &World) -> Value {
    let path = world.home().join("work/auth_client.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// An editor that is a shell script with the file as `$1`.
fn edit_with(world: &World, script: &str) -> Run {
    let editor = world.path("my editor");
    std::fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = world.command("profile edit work --editor".split(' '));
    command.env("EDITOR", format!("'{}'", editor.display()));
    command.output().unwrap().into()
}

fn copies(world: &World) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(world.home().join("work")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".edit-"))
        .collect()
}

// covers: W50
#[test]
fn keys_are_set_and_removed_and_unknown_ones_are_kept() {
    let world = World::new();
    world.seed_config("work", &json!({"_comment": "kept", "audiences": ["a"]}));
    world
        .command([
            "profile",
            "edit",
            "work",
            "--set",
            "scopes=openid email",
            "--set",
            "timeout=5",
            "--unset",
            "audiences",
        ])
        .output()
        .map(Run::from)
        .unwrap()
        .ok();
    let config = config(&world);
    assert_eq!(config["scopes"], json!(["openid", "email"]));
    assert_eq!(config["timeout"], json!(5));
    assert_eq!(config["_comment"], "kept");
    assert_eq!(config.get("audiences"), None);
}

// covers: W36
#[test]
fn secrets_come_by_stdin_or_file_and_never_by_argument() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let run = world
        .run("profile edit work --set client_secret=canary")
        .exits(2);
    assert!(
        run.err.contains("--secret-stdin client_secret"),
        "{}",
        run.err
    );
    assert!(!run.err.contains("canary"), "{}", run.err);
    world
        .run_with_input(
            "profile edit work --secret-stdin client_secret",
            "from stdin\n",
        )
        .ok();
    assert_eq!(config(&world)["client_secret"], "from stdin");
    std::fs::write(world.path("secret"), "from file\n").unwrap();
    world
        .run("profile edit work --set-file client_secret=secret")
        .ok();
    assert_eq!(config(&world)["client_secret"], "from file");
}

#[test]
fn a_result_that_cannot_work_is_refused_and_nothing_changes() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let before = config(&world);
    for change in [
        "--unset client_id",
        "--set foundry_cache=here/oauth",
        "--set auth_server=http://id.example",
        "--set client_type=oidc_magic",
        "--set client_type=oidc_auth_code_secret",
        "--set scopes={}",
        "--set bad/key=1",
        "",
    ] {
        let run = world.run(&format!("profile edit work {change}")).exits(2);
        assert!(run.err.contains("hint: "), "{}", run.err);
        assert_eq!(config(&world), before, "{change}");
    }
    world.run("profile edit nobody --set a=b").exits(10);
}

#[test]
fn editor_gets_a_private_copy_whose_good_result_is_taken() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let run = edit_with(
        &world,
        "stat -c %a \"$1\" > mode; sed -i s/demo-cli/edited/ \"$1\"",
    )
    .ok();
    assert_eq!(run.out, "Changed the profile work.\n");
    assert_eq!(config(&world)["client_id"], "edited");
    assert_eq!(
        std::fs::read_to_string(world.path("mode")).unwrap(),
        "600\n"
    );
    assert!(copies(&world).is_empty());
}

#[test]
fn broken_text_is_kept_and_taken_over_once_it_is_mended() {
    let world = World::new();
    world.seed_config("work", &json!({"client_secret": "canary"}));
    let before = config(&world);
    let run = edit_with(&world, "sed -i 's/demo-cli\",/mended\"/' \"$1\"");
    assert_ne!(run.code, Some(0));
    assert_eq!(config(&world), before);
    assert!(!run.err.contains("canary"), "{}", run.err);
    let [copy] = copies(&world).try_into().unwrap();
    assert!(run.err.contains(&copy.display().to_string()), "{}", run.err);
    let mended = std::fs::read_to_string(&copy)
        .unwrap()
        .replace("mended\"", "mended\",");
    std::fs::write(&copy, mended).unwrap();
    let hint = run
        .err
        .lines()
        .find_map(|line| line.split_once("with: keyfob "))
        .unwrap()
        .1;
    world.run(hint).ok();
    assert_eq!(config(&world)["client_id"], "mended");
    assert!(copies(&world).is_empty());
    world.run("profile remove work").ok();
    assert!(!world.home().join("work").exists());
}

#[test]
fn editor_that_fails_or_changes_nothing_changes_nothing() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let before = config(&world);
    edit_with(&world, "exit 7").exits(3);
    let run = edit_with(&world, "true").ok();
    assert_eq!(run.out, "work is as it was.\n");
    assert_eq!(config(&world), before);
    assert!(copies(&world).is_empty());
    let run = world.run("profile edit work --editor").exits(2);
    assert!(run.err.contains("EDITOR"), "{}", run.err);
}

#[test]
fn what_somebody_else_changed_meanwhile_is_not_lost() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let other = format!(
        "sed s/demo-cli/theirs/ '{0}' > other; chmod 600 other; mv other '{0}'; sed -i s/demo-cli/ours/ \"$1\"",
        world.home().join("work/auth_client.json").display()
    );
    let run = edit_with(&world, &other).exits(7);
    assert!(run.err.contains("changed by somebody else"), "{}", run.err);
    assert_eq!(config(&world)["client_id"], "theirs");
    assert_eq!(copies(&world).len(), 1);
}

#[test]
fn a_login_that_planets_client_made_is_not_sent_to_the_server_that_the_profile_is_moved_to() {
    let world = World::new();
    world.seed("work");
    world.expire("work");
    let before = world.stored("work");
    assert_eq!(before.get("_keyfob"), None, "planet-auth notes nothing");
    world
        .run("profile edit work --set auth_server=http://127.0.0.1:9")
        .ok();
    let run = world.run("token work --no-input").exits(4);
    assert!(run.err.contains("another configuration"), "{}", run.err);
    assert_eq!(
        world.stored("work")["refresh_token"],
        before["refresh_token"]
    );
}
