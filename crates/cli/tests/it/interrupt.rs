//! Ctrl-C and SIGTERM: the exit codes that shells know, and no login lost half-way.
use std::process::Child;
use std::time::Duration;

use keyfob_sandbox::{Endpoint, Fault, FaultKind};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::world::{Run, World, until};

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn interrupted_login_exits_130_and_stores_nothing() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let world = World::new();
        world.seed_config("work", &json!({}));
        let child = world.start_with_browser("login -p work --browser");
        world.wait_for_browser();
        send(&child, signal);
        Run::from(child.wait_with_output().unwrap()).exits(code);
        assert!(!world.token_file("work").exists());
    }
}

#[test]
fn interrupted_refresh_ends_first_so_that_the_rotated_token_is_kept() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let world = World::new();
        world.seed("work");
        let before = world.stored("work");
        world
            .sandbox
            .settings(|settings| settings.token_latency = Duration::from_secs(1));
        let child = world.command(["refresh", "-p", "work"]).spawn().unwrap();
        until("the refresh is on its way", || {
            (world.sandbox.counters().grant("refresh_token").requests > 0).then_some(())
        });
        send(&child, signal);
        let run = Run::from(child.wait_with_output().unwrap()).ok();
        assert!(run.err.contains("so that no login is lost"), "{}", run.err);
        assert_ne!(
            world.stored("work")["refresh_token"],
            before["refresh_token"]
        );
    }
}

/// However the command that started an early refresh ends, the rotated token is kept.
#[test]
fn an_early_refresh_outlives_what_was_done_beside_it() {
    for interrupted in [false, true] {
        let world = World::new();
        world.seed("work");
        world.make_due("work");
        let before = world.stored("work");
        world
            .sandbox
            .settings(|settings| settings.token_latency = Duration::from_secs(2));
        let beside = if interrupted {
            Fault::new(FaultKind::Hang)
        } else {
            Fault::status(403)
        };
        world.sandbox.fault(beside.at(Endpoint::Userinfo));
        let child = world.command(["userinfo", "-p", "work"]).spawn().unwrap();
        until("the refresh is on its way", || {
            (world.sandbox.counters().grant("refresh_token").requests > 0).then_some(())
        });
        if interrupted {
            send(&child, Signal::INT);
        }
        let run = Run::from(child.wait_with_output().unwrap());
        assert!(!run.err.is_empty());
        assert_ne!(
            world.stored("work")["refresh_token"],
            before["refresh_token"]
        );
    }
}
