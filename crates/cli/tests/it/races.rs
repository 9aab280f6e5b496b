//! A hundred processes at once: one token request, no reuse; no login where nobody can be asked.
use std::process::Child;
use std::time::{Duration, Instant};

use crate::world::{Run, World};

const PROCESSES: usize = 100;

fn all(world: &World, line: &str) -> (Vec<Run>, Duration) {
    let begin = Instant::now();
    let children: Vec<Child> = (0..PROCESSES)
        .map(|_| world.command(line.split_whitespace()).spawn().unwrap())
        .collect();
    let runs = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap().into())
        .collect();
    (runs, begin.elapsed())
}

#[test]
fn hundred_processes_with_one_expired_credential_make_one_token_request() {
    let world = World::new();
    world.seed("work");
    world.expire("work");
    let old = world.stored("work")["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .sandbox
        .settings(|settings| settings.token_latency = Duration::from_millis(200));
    world.sandbox.reset_counters();

    let (runs, took) = all(&world, "token -p work");

    let counters = world.sandbox.counters();
    let refreshes = counters.grant("refresh_token");
    let tokens: std::collections::BTreeSet<_> = runs.iter().map(|run| run.out.clone()).collect();
    println!(
        "{PROCESSES} processes: {} token requests, {} reuse, {} different tokens, {} failures, {took:.2?}",
        refreshes.requests,
        counters.reuse_detected,
        tokens.len(),
        runs.iter().filter(|run| run.code != Some(0)).count(),
    );
    for run in runs {
        run.ok();
    }
    assert_eq!((refreshes.requests, counters.reuse_detected), (1, 0));
    assert_eq!(tokens.len(), 1);
    let new = world.stored("work")["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(new, old);
    assert_eq!(tokens.into_iter().next().unwrap().trim(), new);
}

#[test]
fn hundred_processes_that_need_a_login_open_no_browser_and_exit_4() {
    let world = World::new();
    world.seed_config("work", &serde_json::json!({}));
    let begin = Instant::now();
    let children: Vec<Child> = (0..PROCESSES)
        .map(|_| {
            let mut command = world.command(["token", "-p", "work"]);
            // Everything that could tempt it: a desktop and a browser.
            command
                .env("BROWSER", world.path("browser"))
                .env("DISPLAY", ":0");
            command.spawn().unwrap()
        })
        .collect();
    let runs: Vec<Run> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap().into())
        .collect();

    println!(
        "{PROCESSES} processes: {} browsers, {} exit 4, {:.2?}",
        world.browsed().len(),
        runs.iter().filter(|run| run.code == Some(4)).count(),
        begin.elapsed()
    );
    assert!(world.browsed().is_empty());
    for run in runs {
        let run = run.exits(4);
        assert!(
            run.err.contains("hint: keyfob login -p work"),
            "{}",
            run.err
        );
        assert_eq!(run.out, "");
    }
    assert_eq!(
        world
            .sandbox
            .counters()
            .requests(keyfob_sandbox::Endpoint::Token),
        0
    );
}
