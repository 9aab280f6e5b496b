//! The fast path: what it prints, what it touches, and that the full path prints the same.
use std::time::Duration;

use crate::world::World;

#[test]
fn cached_token_is_printed_without_network() {
    let world = World::new();
    world.seed("work");
    world.sandbox.reset_counters();
    let stored = world.stored("work");
    let token = stored["access_token"].as_str().unwrap();
    assert_eq!(world.run("token -p work").ok().out, format!("{token}\n"));
    assert_eq!(world.run("token work").ok().out, format!("{token}\n"));
    assert_eq!(
        world.run("header work").ok().out,
        format!("Authorization: Bearer {token}\n")
    );
    assert_eq!(
        world.run("token work -o header").ok().out,
        format!("Authorization: Bearer {token}\n")
    );
    let json = world.run("token work -o json").ok().json();
    assert_eq!(json["access_token"], token);
    assert!(
        (3500..=3600).contains(&json["expires_in"].as_i64().unwrap()),
        "{json}"
    );
    assert!(world.sandbox.requests().is_empty());
}

#[test]
fn full_path_prints_the_same_as_the_fast_one() {
    let world = World::new();
    world.seed("work");
    for shape in ["token", "header", "text", "json"] {
        let fast = world.run(&format!("token work -o {shape}")).ok();
        // A global flag before the verb is not for the fast path.
        let full = world.run(&format!("-o {shape} token work")).ok();
        if shape == "json" {
            let (mut fast, mut full) = (fast.json(), full.json());
            for value in [&mut fast, &mut full] {
                value.as_object_mut().unwrap().remove("expires_in");
            }
            assert_eq!(fast, full);
        } else {
            assert_eq!(fast.out, full.out, "{shape}");
        }
    }
}

#[test]
fn expired_token_is_refreshed_and_never_printed() {
    let world = World::new();
    world.seed("work");
    let old = world.stored("work")["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    world.expire("work");
    let new = world.run("token work").ok().out;
    assert_ne!(new.trim(), old);
    assert_eq!(world.sandbox.counters().grant("refresh_token").success, 1);
}

#[test]
fn profile_comes_from_the_environment_and_from_switch() {
    let world = World::new();
    world.seed("work");
    world.seed("home");
    let token = |profile: &str| {
        format!(
            "{}\n",
            world.stored(profile)["access_token"].as_str().unwrap()
        )
    };
    let by_variable = world
        .command(["token"])
        .env("KEYFOB_PROFILE", "work")
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(by_variable.stdout).unwrap(),
        token("work")
    );
    world.run("switch home").ok();
    assert_eq!(world.run("token").ok().out, token("home"));
    world.run("switch work").ok();
    assert_eq!(world.run("token").ok().out, token("work"));
}

#[test]
fn cached_token_is_printed_while_another_process_holds_the_lock() {
    let world = World::new();
    world.seed("work");
    world
        .sandbox
        .settings(|settings| settings.token_latency = Duration::from_secs(3));
    let mut refresh = world.command(["refresh", "-p", "work"]).spawn().unwrap();
    crate::world::until("the refresh is on its way", || {
        (world.sandbox.counters().grant("refresh_token").requests > 0).then_some(())
    });
    let begin = std::time::Instant::now();
    world.run("token work").ok();
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "{:?}",
        begin.elapsed()
    );
    assert!(refresh.wait().unwrap().success());
}

#[test]
fn nobody_waits_for_an_early_refresh() {
    let world = World::new();
    world.seed("work");
    world.make_due("work");
    let old = world.stored("work")["access_token"].clone();
    world
        .sandbox
        .settings(|settings| settings.token_latency = Duration::from_secs(3));
    for _ in 0..5 {
        assert_eq!(world.run("token work").ok().out.trim(), old);
    }
    assert_eq!(world.sandbox.counters().grant("refresh_token").success, 0);
    crate::world::until("the refresh is stored", || {
        (world.stored("work")["access_token"] != old).then_some(())
    });
    assert_eq!(world.sandbox.counters().grant("refresh_token").requests, 1);
    assert_ne!(world.run("token work").ok().out.trim(), old);
}
