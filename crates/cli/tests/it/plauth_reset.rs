//! `plauth reset`: nothing stays valid, nothing stays on this disk.
use serde_json::json;

use crate::plauth_world::PlauthWorld;

// covers: W45
#[test]
fn reset_revokes_and_removes_and_prints_nothing() {
    let world = PlauthWorld::logged_in();
    world.configure_service("svc");
    let refresh_token = world.stored("work")["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let run = world.run("reset").ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    let left = std::fs::read_dir(world.world.path("")).unwrap();
    let left: Vec<String> = left
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".planet"))
        .collect();
    for name in &left {
        assert!(
            [".planet", ".planet.json"].contains(&name.as_str()),
            "{left:?}"
        );
    }
    for profile in ["work", "svc"] {
        assert!(!world.folder(profile).join("auth_client.json").exists());
        assert!(!world.token_file(profile).exists());
    }
    let answer = world.world.token_request(&format!(
        "grant_type=refresh_token&client_id=demo-cli&refresh_token={refresh_token}"
    ));
    assert_eq!(answer["error"], "invalid_grant");
    assert!(
        world
            .run("profile show")
            .ok()
            .out
            .contains("User Default: N/A\n")
    );
}

#[test]
fn reset_of_nothing_succeeds() {
    let world = PlauthWorld::new();
    let run = world.run("reset").ok();
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
}

#[test]
fn reset_with_a_provider_out_of_reach_removes_all_the_same_and_says_what_was_not_revoked() {
    let world = PlauthWorld::logged_in();
    world.configure("work", &json!({
        "auth_server": "http://127.0.0.1:1", "client_type": "oidc_auth_code", "client_id": "demo-cli",
        "redirect_uri": "http://127.0.0.1/callback",
    }));
    let run = world.run("reset").exits(1);
    assert!(run.err.contains("Error: "), "{}", run.err);
    assert!(!world.token_file("work").exists());
}
