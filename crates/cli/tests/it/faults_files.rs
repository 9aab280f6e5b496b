//! Files that are damaged, gone, or not files at all.
use std::path::Path;

use serde_json::{Value, json};

use crate::faults_setup::{QUICK, TOKEN, meet};
use crate::world::World;

/// A token file that is of no use: a typed error without a request, and a login mends it.
#[track_caller]
fn is_mended_by_a_login(fault: &str, exit: i32, code: &str, damage: impl Fn(&Path)) -> World {
    let world = World::with_expired_token();
    damage(&world.token_file("work"));
    for line in [TOKEN, "refresh -p work -o json"] {
        meet(&world, &format!("{fault}: {line}"), line, QUICK).fails(exit, code);
    }
    assert!(world.sandbox.requests().is_empty());
    world.login("login -p work --browser -o json");
    meet(&world, &format!("{fault}, after a login"), TOKEN, QUICK).serves(&world);
    world
}

#[test]
fn a_truncated_token_file() {
    let half = r#"{"access_token": "precious", "refresh_tok"#;
    let world = is_mended_by_a_login("token file truncated", 7, "store_corrupt", |path| {
        std::fs::write(path, half).unwrap();
    });
    let aside = world.home().join("work/token.json.corrupt-1");
    let kept = std::fs::read_to_string(aside).unwrap();
    assert_eq!(kept, half, "what was there is kept aside");
}

#[test]
fn an_empty_token_file() {
    is_mended_by_a_login("token file empty", 7, "store_corrupt", |path| {
        std::fs::write(path, "").unwrap();
    });
}

#[test]
fn a_token_file_that_is_gone() {
    is_mended_by_a_login("token file gone", 4, "login_needed", |path| {
        std::fs::remove_file(path).unwrap();
    });
}

#[test]
fn a_token_file_that_is_a_symlink_is_not_followed() {
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("target.json");
    let world = is_mended_by_a_login("token file is a symlink", 7, "store_unsafe", |path| {
        std::fs::rename(path, &target).unwrap();
        std::os::unix::fs::symlink(&target, path).unwrap();
    });
    let there: Value = serde_json::from_slice(&std::fs::read(&target).unwrap()).unwrap();
    let here = world.stored("work");
    assert_ne!(there["access_token"], here["access_token"]);
    assert!(!world.token_file("work").is_symlink());
}

#[test]
fn a_token_file_that_is_a_folder_is_found_before_a_person_is_troubled() {
    let world = World::with_expired_token();
    let (file, kept) = (world.token_file("work"), world.path("kept.json"));
    std::fs::rename(&file, &kept).unwrap();
    std::fs::create_dir(&file).unwrap();
    for line in [
        TOKEN,
        "login -p work --browser -o json",
        "login -p work --device -o json",
    ] {
        meet(
            &world,
            &format!("token file is a folder: {line}"),
            line,
            QUICK,
        )
        .fails(7, "store_unsafe")
        .says("mv ");
    }
    assert!(world.browsed().is_empty() && world.sandbox.requests().is_empty());
    std::fs::remove_dir(&file).unwrap();
    std::fs::rename(&kept, &file).unwrap();
    world.recovers();
}

#[test]
fn a_broken_configuration_is_named_and_the_login_is_kept() {
    for (fault, content, exit, code, says) in [
        (
            "truncated",
            r#"{"client_type": "oidc_au"#,
            7,
            "store_corrupt",
            "mend or remove",
        ),
        ("empty", "", 7, "store_corrupt", "mend or remove"),
        ("a list", "[]", 7, "store_corrupt", "mend or remove"),
        (
            "without a server",
            r#"{"client_type": "oidc_auth_code", "client_id": "demo-cli"}"#,
            2,
            "config_missing",
            "auth_server",
        ),
        (
            "of no known type",
            r#"{"client_type": "x"}"#,
            2,
            "client_type_unknown",
            "client_type",
        ),
    ] {
        let world = World::with_expired_token();
        let before = world.stored("work");
        let path = world.home().join("work/auth_client.json");
        std::fs::write(&path, content).unwrap();
        for line in [TOKEN, "login -p work --browser -o json"] {
            meet(
                &world,
                &format!("auth_client.json {fault}: {line}"),
                line,
                QUICK,
            )
            .fails(exit, code)
            .says(says);
        }
        assert!(world.browsed().is_empty() && world.sandbox.requests().is_empty());
        world.keeps(&before);
        world.seed_config("work", &json!({}));
        world.recovers();
    }
}
