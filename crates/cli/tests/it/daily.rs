//! The daily verbs: status, list, switch, refresh, logout.
use serde_json::json;

use crate::world::World;

#[test]
fn status_tells_who_and_until_when_and_never_the_token() {
    let world = World::new();
    world.seed("work");
    let run = world.run("status work -o json").ok();
    let status = run.json();
    assert_eq!(status["profile"], "work");
    assert_eq!(status["state"], "fresh", "{status}");
    assert_eq!(status["client_id"], "demo-cli");
    assert_eq!(status["has_refresh_token"], true);
    assert_eq!(status["issuer"], world.sandbox.issuer());
    for member in ["access_token", "refresh_token", "id_token"] {
        assert!(
            !run.out
                .contains(world.stored("work")[member].as_str().unwrap()),
            "{member}"
        );
    }
    let text = world.run("status work").ok().out;
    assert!(text.contains("work") && text.contains("demo-cli"), "{text}");
}

#[test]
fn status_exits_4_when_a_login_is_needed_and_still_prints_what_it_knows() {
    let world = World::new();
    world.seed_config("work", &json!({}));
    let run = world.run("status work -o json").exits(4);
    assert_eq!(run.json()["state"], "login_needed");
    assert!(run.err.contains("keyfob login -p work"), "{}", run.err);
}

#[test]
fn list_shows_all_profiles_and_marks_the_current_one() {
    let world = World::new();
    world.seed("work");
    world.seed_config("home", &json!({}));
    world.run("switch work").ok();
    let list = world.run("list -o json").ok().json();
    let profiles = list["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 2);
    let states: Vec<_> = profiles
        .iter()
        .map(|profile| {
            (
                profile["profile"].as_str().unwrap(),
                profile["current"].as_bool().unwrap(),
                profile["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        states,
        [("home", false, "login_needed"), ("work", true, "fresh")]
    );
    let text = world.run("list").ok().out;
    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn refresh_makes_a_new_token_and_tells_facts_only() {
    let world = World::new();
    world.seed("work");
    let before = world.stored("work");
    let run = world.run("refresh work -o json").ok();
    let after = world.stored("work");
    assert_ne!(before["access_token"], after["access_token"]);
    assert_ne!(before["refresh_token"], after["refresh_token"]);
    assert!(run.json()["expires_at"].is_u64(), "{}", run.out);
    assert!(!run.out.contains(after["access_token"].as_str().unwrap()));
}

#[test]
fn token_can_be_forced_and_asked_to_last() {
    let world = World::new();
    world.seed("work");
    let old = world.run("token work").ok().out;
    assert_eq!(world.run("token work --min-ttl 10m").ok().out, old);
    assert_ne!(world.run("token work --force").ok().out, old);
    let short = world.run("token work --min-ttl 5h").ok();
    assert!(
        short
            .err
            .starts_with("warning: the provider gives no longer token"),
        "{}",
        short.err
    );
    let id_token = world.run("token work --id-token").ok().out;
    assert_eq!(
        id_token.trim(),
        world.stored("work")["id_token"].as_str().unwrap()
    );
}

#[test]
fn one_v_shows_each_request_and_its_outcome() {
    let world = World::new();
    world.seed("work");
    let shown = world.run("refresh work -v").ok().err;
    assert!(
        shown.contains("token endpoint") && shown.contains("status=200"),
        "{shown}"
    );
}

#[test]
fn offline_never_calls_the_provider() {
    let world = World::new();
    world.seed("work");
    world.run("token work --offline").ok();
    world.expire("work");
    world.sandbox.reset_counters();
    let run = world.run("token work --offline -o json");
    assert_eq!((run.code, run.out.as_str()), (Some(6), ""), "{run:?}");
    assert!(world.sandbox.requests().is_empty());
}

#[test]
fn logout_revokes_then_removes_and_reports_each_step() {
    let world = World::new();
    world.seed("work");
    let refresh_token = world.stored("work")["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let report = world.run("logout work -o json").ok().json();
    assert_eq!(report["removed"], true, "{report}");
    assert!(
        report["revoked"]
            .as_object()
            .unwrap()
            .values()
            .all(|step| step == "revoked"),
        "{report}"
    );
    assert!(!world.token_file("work").exists());
    let answer = world.token_request(&format!(
        "grant_type=refresh_token&client_id=demo-cli&refresh_token={refresh_token}"
    ));
    assert_eq!(answer["error"], "invalid_grant");
    world.run("token work").exits(4);
}

#[test]
fn logout_removes_although_the_provider_is_gone_and_says_so() {
    let world = World::new();
    world.seed("work");
    world.seed_config(
        "work",
        &json!({"revocation_endpoint": "http://127.0.0.1:9/revoke"}),
    );
    let run = world.run("logout work");
    assert!(!world.token_file("work").exists());
    assert_eq!(run.code, Some(6), "{run:?}");
    assert!(
        run.err.contains("the refresh token was not revoked"),
        "{}",
        run.err
    );
    assert!(run.out.contains("removed"), "{}", run.out);
}

#[test]
fn logout_twice_is_no_error() {
    let world = World::new();
    world.seed("work");
    world.run("logout work").ok();
    let run = world.run("logout work -o json").ok();
    assert_eq!(run.json()["removed"], false);
}

#[test]
fn expired_id_token_is_renewed_or_refused_and_never_printed() {
    let world = World::new();
    world
        .sandbox
        .settings(|settings| settings.id_token_ttl = std::time::Duration::from_secs(1));
    world.seed("work");
    let old = world.stored("work")["id_token"].clone();
    let seeded = crate::world::now();
    crate::world::until("the ID token has expired", || {
        (crate::world::now() > seeded + 2).then_some(())
    });
    let line = "token work --id-token --offline -o json";
    let run = world.run(line).exits(6);
    assert_eq!(
        (run.out.as_str(), run.error()["code"].as_str()),
        ("", Some("offline"))
    );
    // The access token is good all the while.
    world.run("token work --offline").ok();
    world.sandbox.fault(keyfob_sandbox::FaultKind::NoIdToken);
    let run = world.run("token work --id-token -o json").exits(4);
    assert_eq!(run.error()["code"], "id_token_not_renewed");
    world.sandbox.clear_faults();
    world
        .sandbox
        .settings(|settings| settings.id_token_ttl = std::time::Duration::from_hours(1));
    let new = world.run("token work --id-token").ok().out;
    assert_eq!(new.trim(), world.stored("work")["id_token"]);
    assert_ne!(new.trim(), old);
}
