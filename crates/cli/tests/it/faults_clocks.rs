//! Clocks that are off, here or at the provider: what counts is the difference.
use std::time::Duration;

use keyfob_sandbox::AccessTokenFormat::{self, Jwt, Opaque};
use keyfob_sandbox::FaultKind;
use serde_json::json;

use crate::faults_setup::{FORCED, Met, QUICK, TOKEN, meet};
use crate::world::{Run, World, now};

const OFF: [i64; 4] = [-600, -60, 60, 600];

fn all() -> impl Iterator<Item = (AccessTokenFormat, i64)> {
    [Opaque, Jwt]
        .into_iter()
        .flat_map(|format| OFF.map(|seconds| (format, seconds)))
}

/// The next ten runs serve the same token, without a request.
#[track_caller]
fn stays(world: &World, first: &Met, line: &str) {
    let requests = world.sandbox.requests().len();
    for _ in 0..10 {
        let run = world.run(line).ok();
        assert_eq!(run.json()["access_token"], first.token());
    }
    assert_eq!(world.sandbox.requests().len(), requests);
}

#[test]
fn a_refresh_at_a_provider_whose_clock_is_off_works_once_and_for_an_hour() {
    for (format, off) in all() {
        let world = World::with_skew(format, off);
        world.seed("work");
        world.age(-60);
        world.sandbox.reset_counters();
        let fault = format!("refresh, provider's clock {off:+} s, {format:?} token");
        let first = meet(&world, &fault, TOKEN, QUICK).serves(&world);
        stays(&world, &first, TOKEN);
        assert_eq!(world.refreshes(), 1, "{fault}");
        let expires = first.run.json()["expires_at"].as_u64().unwrap();
        assert!((now() + 3500..=now() + 3600).contains(&expires), "{fault}");
    }
}

#[test]
fn a_login_at_a_provider_whose_clock_is_off_works() {
    for (format, off) in all() {
        let world = World::with_skew(format, off);
        world.seed_config("work", &json!({}));
        world.login("login -p work --browser -o json");
        let fault = format!("login, provider's clock {off:+} s, {format:?} token");
        let first = meet(&world, &fault, TOKEN, QUICK).serves(&world);
        stays(&world, &first, TOKEN);
        assert_eq!(world.sandbox.counters().token_success, 1, "{fault}");
    }
}

/// A login whose ID token is dated by another clock than the answer.
fn login_with_claims_off(seconds: i64, lifetime: u64) -> (World, Run) {
    let world = World::new();
    world
        .sandbox
        .settings(|settings| settings.id_token_ttl = Duration::from_secs(lifetime));
    world.seed_config("work", &json!({}));
    world.sandbox.fault(FaultKind::ClockSkew { seconds });
    let child = world.start_with_browser("login -p work --browser -o json");
    let url = world.wait_for_browser();
    world.sandbox.person().approve_blocking(&url).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    let error = run.err.lines().last().unwrap_or_default();
    println!(
        "fault: login, ID token {seconds:+} s, lifetime {lifetime} s | exit {:?} | {error}",
        run.code
    );
    (world, run)
}

#[test]
fn a_login_with_an_id_token_a_minute_off_works() {
    for off in [-60, 60] {
        let (world, run) = login_with_claims_off(off, 3600);
        run.ok();
        meet(&world, "login, ID token a minute off", TOKEN, QUICK).serves(&world);
    }
    // One that is ten minutes old and still valid shows nothing wrong.
    login_with_claims_off(-600, 3600).1.ok();
}

#[test]
fn a_login_with_an_id_token_ten_minutes_off_says_that_it_may_be_the_clock() {
    for (off, lifetime, code) in [
        (600, 3600, "id_token_future"),
        (-600, 300, "id_token_expired"),
    ] {
        let (world, run) = login_with_claims_off(off, lifetime);
        let run = run.exits(9);
        let error = run.error();
        assert_eq!((error["code"].as_str(), run.out.as_str()), (Some(code), ""));
        let words = |name: &str| error[name].as_str().unwrap().to_owned();
        assert!(words("message").contains("clock"), "{error}");
        assert!(words("hint").contains("date -u"), "{error}");
        assert!(!world.token_file("work").exists());
        assert_eq!(world.sandbox.counters().token_success, 1, "no second try");
    }
}

#[test]
fn a_refresh_with_an_id_token_that_is_off_keeps_all_but_that() {
    for (off, lifetime) in [
        (-60, 3600),
        (60, 3600),
        (-600, 3600),
        (600, 3600),
        (-600, 300),
    ] {
        let world = World::with_expired_token();
        let before = world.stored("work");
        world
            .sandbox
            .settings(|settings| settings.id_token_ttl = Duration::from_secs(lifetime));
        world.sandbox.fault(FaultKind::ClockSkew { seconds: off });
        let fault = format!("refresh, ID token {off:+} s, lifetime {lifetime} s");
        let first = meet(&world, &fault, TOKEN, QUICK).serves(&world);
        stays(&world, &first, TOKEN);
        assert_eq!(world.refreshes(), 1, "{fault}");
        let after = world.stored("work");
        assert_ne!(after["refresh_token"], before["refresh_token"], "{fault}");
        if off.abs() == 600 {
            assert_eq!(after["id_token"], before["id_token"], "{fault}");
        }
        meet(&world, &format!("{fault}, again"), FORCED, QUICK).serves(&world);
    }
}

#[test]
fn a_provider_that_sets_its_clock_right_is_followed() {
    for off in OFF {
        let world = World::with_skew(Jwt, off);
        world.seed("work");
        world.age(-60);
        world.sandbox.reset_counters();
        world.sandbox.settings(|settings| settings.clock_skew = 0);
        let fault = format!("provider's clock was {off:+} s at the login");
        let first = meet(&world, &fault, TOKEN, QUICK).serves(&world);
        stays(&world, &first, TOKEN);
        assert_eq!(world.refreshes(), 1, "{fault}");
    }
}

#[test]
fn a_machine_that_sets_its_clock_refreshes_once_at_most() {
    for (by, refreshes) in [(-600, 1), (-50, 0), (60, 0), (600, 0), (3600, 1)] {
        let world = World::new();
        world.seed("work");
        // A clock that goes forward finds all stored times that much further back.
        world.age(3600 - by);
        world.sandbox.reset_counters();
        let fault = format!("this machine's clock set by {by:+} s");
        let first = meet(&world, &fault, TOKEN, QUICK).serves(&world);
        stays(&world, &first, TOKEN);
        assert_eq!(world.refreshes(), refreshes, "{fault}");
    }
}

#[test]
fn a_service_whose_assertions_are_dated_by_a_wrong_clock_is_told_the_time() {
    for (off, requests) in [(-600, 2), (-60, 1), (60, 1), (600, 2)] {
        let world = World::with_skew(Opaque, off);
        let secret = world.sandbox.client("demo-service").unwrap();
        world.seed_config(
            "work",
            &json!({"client_type": "oidc_client_credentials_secret", "client_id": "demo-service",
                    "client_secret": secret.secret(), "client_auth_method": "client_secret_jwt",
                    "redirect_uri": null, "scopes": []}),
        );
        let fault = format!("service with assertions, provider's clock {off:+} s");
        let first = meet(&world, &fault, TOKEN, QUICK).serves(&world);
        stays(&world, &first, TOKEN);
        let asked = world.sandbox.counters().grant("client_credentials");
        assert_eq!((asked.requests, asked.success), (requests, 1), "{fault}");
    }
}

#[test]
fn a_wrong_secret_is_not_tried_a_third_time_by_a_wrong_clock() {
    let world = World::with_skew(Opaque, 600);
    world.seed_config(
        "work",
        &json!({"client_type": "oidc_client_credentials_secret", "client_id": "demo-service",
                "client_secret": "wrong-secret-wrong-secret-wrong-secret",
                "client_auth_method": "client_secret_jwt", "redirect_uri": null, "scopes": []}),
    );
    meet(&world, "wrong secret and wrong clock", TOKEN, QUICK).fails(5, "oauth_error");
    let asked = world.sandbox.counters().grant("client_credentials");
    assert_eq!(asked.requests, 2);
}
