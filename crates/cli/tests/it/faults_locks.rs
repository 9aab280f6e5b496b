//! A lock that another process holds.
use std::time::Duration;

use keyfob_sandbox::FaultKind;

use crate::faults_setup::{QUICK, Started, TOKEN, meet};
use crate::world::{World, until};

/// A process that holds the lock: it refreshes, and the provider does not answer it.
fn holder(world: &World) -> Started {
    world.refresh_fault(FaultKind::Hang);
    let line = "refresh -p work -o json --timeout 10m";
    let holder = Started::new(&mut world.command(line.split_whitespace()));
    until("the lock is held", || {
        (world.refreshes() == 1).then_some(())
    });
    holder
}

#[test]
fn a_held_lock_is_a_typed_error_that_names_the_holder() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    let holder = holder(&world);
    let name = format!("process {} (keyfob)", holder.id());
    for line in [
        TOKEN,
        "logout -p work -o json",
        "login -p work --browser -o json",
    ] {
        let (limited, limit) = (format!("{line} --timeout 2s"), Duration::from_secs(2));
        meet(&world, &format!("held lock: {line}"), &limited, limit)
            .fails(7, "store_locked")
            .says(&name);
    }
    assert!(world.browsed().is_empty());
    assert_eq!(world.refreshes(), 1, "without the lock nobody asks");
    holder.kill();
    world.keeps(&before);
    world.recovers();
}

#[test]
fn a_held_lock_does_not_hold_up_who_has_a_valid_token() {
    let world = World::with_expired_token();
    let holder = holder(&world);
    for left in [3000, 650] {
        world.age(left);
        let limit = Duration::from_secs(1);
        let met = meet(&world, &format!("held lock, {left} s left"), TOKEN, limit);
        met.serves(&world);
    }
    // Within the margin before its end, a moment's wait for a better one.
    world.age(100);
    meet(&world, "held lock, 100 s left", TOKEN, QUICK).serves(&world);
    assert_eq!(world.refreshes(), 1);
    holder.kill();
}
