//! Damaged, unsafe and locked files: what the command says, and that its hint mends them.
use std::os::unix::fs::PermissionsExt;

use keyfob::store::{FileStore, TryLock};
use keyfob_sandbox::{Fault, FaultKind};

use crate::world::{World, until};

#[test]
fn damaged_token_file_exits_7_and_a_login_mends_it() {
    for damage in ["", "{\"access_token\": \"abc", "[1]"] {
        let world = World::new();
        world.seed("work");
        std::fs::write(world.token_file("work"), damage).unwrap();
        let run = world.run("token work").exits(7);
        assert!(
            run.err.contains("\nhint: keyfob login -p work\n"),
            "{}",
            run.err
        );
        world.login("login -p work --browser");
        world.run("token work").ok();
    }
}

#[test]
fn file_that_others_can_write_exits_7_and_the_hint_mends_it() {
    let world = World::new();
    world.seed("work");
    let writable = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(world.token_file("work"), writable).unwrap();
    let run = world.run("token work").exits(7);
    let hint = run
        .err
        .lines()
        .find_map(|line| line.strip_prefix("hint: "))
        .unwrap();
    assert!(hint.starts_with("chmod "), "{hint}");
    let mended = std::process::Command::new("sh")
        .args(["-c", hint])
        .status()
        .unwrap();
    assert!(mended.success());
    world.run("token work").ok();
}

#[test]
fn held_lock_exits_7_within_the_limit_and_names_the_holder() {
    let world = World::new();
    world.seed("work");
    world.expire("work");
    let store = FileStore::new(world.home());
    let TryLock::Held(lease) = store.try_lock_now(&"work".parse().unwrap()).unwrap() else {
        panic!("the lock is free")
    };
    let begin = std::time::Instant::now();
    let run = world.run("token work --timeout 2s").exits(7);
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
    assert!(
        run.err.contains(&std::process::id().to_string()),
        "{}",
        run.err
    );
    drop(lease);
    world.run("token work").ok();
}

#[test]
fn login_lost_in_a_rotation_is_said_in_words() {
    let world = World::new();
    world.seed("work");
    world.expire("work");
    world.sandbox.fault(
        Fault::new(FaultKind::Disconnect)
            .grant("refresh_token")
            .after()
            .once(),
    );
    world.run("token work").exits(6);
    let run = until("the next attempt", || {
        let run = world.run("token work");
        (run.code != Some(6)).then_some(run)
    });
    let run = run.exits(4);
    assert!(run.err.contains("lost in a rotation"), "{}", run.err);
    assert!(
        run.err.contains("\nhint: keyfob login -p work\n"),
        "{}",
        run.err
    );
}
