//! Limits that nobody has set: what a hung provider and a held lock cost by default, all measured side by side.
use std::time::Duration;

use keyfob_sandbox::{Endpoint, Fault, FaultKind};

use crate::faults_setup::{Met, TOKEN, meet};
use crate::world::{World, until};

/// The default limit of an exchange, and of waiting for a lock.
const DEFAULT: Duration = Duration::from_secs(30);

#[test]
fn a_hung_provider_and_a_held_lock_end_by_themselves() {
    let tests: [fn(); 7] = [
        token_endpoint,
        slow_trickle,
        metadata,
        keys,
        late_in_the_life_of_a_token,
        last_in_the_life_of_a_token,
        lock,
    ];
    let running = tests.map(std::thread::spawn);
    for test in running {
        test.join().unwrap();
    }
}

fn hung(fault: Fault, left: i64) -> World {
    let world = World::with_expired_token();
    world.age(left);
    world.sandbox.fault(fault);
    world
}

#[track_caller]
fn ends_after(met: &Met, least: u64) {
    assert!(met.took >= Duration::from_secs(least), "{:?}", met.took);
}

fn token_endpoint() {
    let world = hung(Fault::new(FaultKind::Hang).grant("refresh_token"), -60);
    let before = world.stored("work");
    let met = meet(&world, "hang, no --timeout", TOKEN, DEFAULT).fails(6, "answer_timeout");
    ends_after(&met, 29);
    world.keeps(&before);
    world.recovers();
}

fn slow_trickle() {
    let drip = FaultKind::Drip { delay_ms: 1000 };
    let world = hung(Fault::new(drip).grant("refresh_token"), -60);
    let met = meet(&world, "one byte a second, no --timeout", TOKEN, DEFAULT);
    let met = met.fails(6, "answer_timeout");
    ends_after(&met, 29);
}

fn metadata() {
    let world = hung(Fault::new(FaultKind::Hang).at(Endpoint::Metadata), -60);
    let before = world.stored("work");
    let fault = "hang of metadata, no --timeout";
    let met = meet(&world, fault, TOKEN, DEFAULT).fails(6, "answer_timeout");
    ends_after(&met, 29);
    world.keeps(&before);
    world.recovers();
}

fn keys() {
    let world = hung(Fault::new(FaultKind::Hang).at(Endpoint::Jwks), -60);
    let before = world.stored("work");
    let met = meet(&world, "hang of the keys, no --timeout", TOKEN, DEFAULT).serves(&world);
    assert_ne!(met.token(), before["access_token"]);
    let after = world.stored("work");
    assert_ne!(after["refresh_token"], before["refresh_token"]);
    assert_eq!(
        after["id_token"], before["id_token"],
        "unchecked, so not kept"
    );
}

/// The token comes at once; what a process of its own does about the next one, nobody waits for.
fn late_in_the_life_of_a_token() {
    let world = hung(Fault::new(FaultKind::Hang).grant("refresh_token"), 650);
    let fault = "hang, no --timeout, 650 s left";
    for run in ["", ", next run"] {
        let limit = Duration::from_secs(1);
        meet(&world, &format!("{fault}{run}"), TOKEN, limit).serves(&world);
        until("the provider is asked", || {
            (world.refreshes() == 1).then_some(())
        });
    }
}

/// A moment's wait for a better token, then the one at hand; the answer is still waited for, so that it is not lost.
fn last_in_the_life_of_a_token() {
    let world = hung(Fault::new(FaultKind::Hang).grant("refresh_token"), 250);
    let fault = "hang, no --timeout, 250 s left";
    let met = meet(&world, fault, TOKEN, DEFAULT).serves(&world);
    let printed = met.printed.unwrap();
    println!(
        "fault: {fault} | token printed after {:.2} s",
        printed.as_secs_f64()
    );
    assert!(printed < Duration::from_secs(10), "{printed:?}");
    let next = format!("{fault}, next run");
    meet(&world, &next, TOKEN, Duration::from_secs(1)).serves(&world);
    assert_eq!(world.refreshes(), 1);
}

fn lock() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    let lease = world.lock().unwrap();
    let met = meet(&world, "held lock, no --timeout", TOKEN, DEFAULT)
        .fails(7, "store_locked")
        .says(&format!("process {}", std::process::id()));
    ends_after(&met, 29);
    drop(lease);
    world.keeps(&before);
    world.recovers();
}
