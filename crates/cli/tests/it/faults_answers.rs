//! A provider that answers wrongly or not at all.
use std::time::Duration;

use keyfob_sandbox::{Endpoint, Fault, FaultKind, Rotation};

use crate::faults_setup::{FORCED, QUICK, TOKEN, meet};
use crate::world::{World, until};

/// A fault that consumes nothing: a typed error, all is kept, the next run goes on with it, and a token that is still
/// valid is served meanwhile.
#[track_caller]
fn costs_nothing(fault: &str, kind: impl Into<Fault>, code: &str) {
    let kind = kind.into();
    let world = World::with_expired_token();
    let before = world.stored("work");
    world.refresh_fault(kind.clone());
    meet(&world, fault, TOKEN, QUICK).fails(6, code);
    assert_eq!(world.refreshes(), 1, "a refresh token is not sent twice");
    world.keeps(&before);
    world.recovers();
    serves_while_valid(&world, fault, &kind);
}

/// Late and last in the life of a token.
#[track_caller]
fn serves_while_valid(world: &World, fault: &str, kind: &Fault) {
    let before = world.stored("work");
    for left in [650, 100] {
        world.sandbox.clear_faults();
        world.refresh_fault(kind.clone());
        world.age(left);
        let refreshes = world.refreshes();
        for run in ["", ", again"] {
            let fault = format!("{fault}, {left} s left{run}");
            meet(world, &fault, TOKEN, QUICK).serves(world);
            // Late in the life a process of its own does the early refresh.
            until("the failure is noted and the lock is free", || {
                let is_noted = world.stored("work")["_keyfob"]["pause"].is_object();
                (is_noted && world.lock().is_some()).then_some(())
            });
        }
        assert_eq!(world.refreshes(), refreshes + 1, "once a minute is enough");
        world.keeps(&before);
    }
}

#[test]
fn a_500_once() {
    costs_nothing("500 once", Fault::status(500).once(), "http_error");
}

#[test]
fn a_500_with_html() {
    let html = FaultKind::Html { status: 500 };
    costs_nothing("500 with HTML", html, "http_error");
}

#[test]
fn a_disconnect_before_the_work() {
    let disconnect = FaultKind::Disconnect;
    costs_nothing("disconnect before processing", disconnect, "answer_lost");
}

#[test]
fn truncated_json() {
    costs_nothing("truncated JSON", FaultKind::TruncatedJson, "not_json");
}

#[test]
fn html_with_200() {
    let html = FaultKind::Html { status: 200 };
    costs_nothing("HTML with 200", html, "not_json");
}

#[test]
fn a_503_that_asks_to_come_back_soon() {
    is_waited_for("503, Retry-After 1 s", 503);
}

#[test]
fn a_429_that_asks_to_come_back_soon() {
    is_waited_for("429, Retry-After 1 s", 429);
}

#[track_caller]
fn is_waited_for(fault: &str, status: u16) {
    let world = World::with_expired_token();
    let before = world.stored("work");
    world.refresh_fault(Fault::retry_after(status, 1).once());
    let met = meet(&world, fault, TOKEN, QUICK).serves(&world);
    assert!(met.took >= Duration::from_secs(1), "{:?}", met.took);
    assert_ne!(met.token(), before["access_token"]);
    assert_eq!(world.refreshes(), 2);
    assert_eq!(world.sandbox.counters().reuse_detected, 0);
}

#[test]
fn a_503_that_asks_to_come_back_late() {
    is_left_alone("503, Retry-After 100 s", 503);
}

#[test]
fn a_429_that_asks_to_come_back_late() {
    is_left_alone("429, Retry-After 100 s", 429);
}

/// The pause binds all processes, but not the person who insists.
#[track_caller]
fn is_left_alone(fault: &str, status: u16) {
    let world = World::with_expired_token();
    let before = world.stored("work");
    world.refresh_fault(Fault::retry_after(status, 100));
    meet(&world, fault, TOKEN, QUICK)
        .fails(6, "http_error")
        .says("run it again in 100 s");
    world.keeps(&before);
    for _ in 0..3 {
        meet(&world, &format!("{fault}, next run"), TOKEN, QUICK).fails(6, "paused_after_failure");
    }
    assert_eq!(world.refreshes(), 1);
    world.sandbox.clear_faults();
    meet(&world, &format!("{fault}, by force"), FORCED, QUICK).serves(&world);
    assert_eq!(world.refreshes(), 2);
    serves_while_valid(&world, fault, &Fault::retry_after(status, 100));
}

#[test]
fn a_hung_token_endpoint_ends_with_the_timeout() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    world.refresh_fault(FaultKind::Hang);
    let (line, limit) = (format!("{TOKEN} --timeout 2s"), Duration::from_secs(2));
    meet(&world, "hang, --timeout 2s", &line, limit).fails(6, "answer_timeout");
    assert_eq!(world.refreshes(), 1);
    world.keeps(&before);
    world.recovers();
}

#[test]
fn hung_metadata_end_with_the_timeout() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    world
        .sandbox
        .fault(Fault::new(FaultKind::Hang).at(Endpoint::Metadata));
    let (line, limit) = (format!("{TOKEN} --timeout 2s"), Duration::from_secs(2));
    meet(&world, "hang of metadata, --timeout 2s", &line, limit).fails(6, "answer_timeout");
    assert_eq!(world.refreshes(), 0);
    world.keeps(&before);
    world.recovers();
}

#[test]
fn a_disconnect_after_the_work_is_said_in_words_by_the_next_run() {
    let kind = FaultKind::Disconnect;
    is_lost_in_rotation("disconnect after processing", kind, "answer_lost");
}

#[test]
fn truncated_json_after_the_work_is_said_in_words_by_the_next_run() {
    let kind = FaultKind::TruncatedJson;
    is_lost_in_rotation("truncated JSON after a rotation", kind, "not_json");
}

/// The one loss that nobody can prevent: the provider has rotated, and the new refresh token never arrived.
#[track_caller]
fn is_lost_in_rotation(fault: &str, kind: FaultKind, code: &str) {
    let world = World::with_expired_token();
    let before = world.stored("work");
    world.refresh_fault(Fault::new(kind).after().once());
    meet(&world, fault, TOKEN, QUICK).fails(6, code);
    world.keeps(&before);
    let next = format!("{fault}, next run");
    meet(&world, &next, FORCED, QUICK)
        .fails(4, "login_lost_in_rotation")
        .says("the reply with the new one never arrived")
        .says("keyfob login -p work");
}

#[test]
fn a_disconnect_after_the_work_costs_nothing_where_nothing_rotates() {
    let world = World::with_expired_token();
    world
        .sandbox
        .settings(|settings| settings.rotation = Rotation::Same);
    let before = world.stored("work");
    world.refresh_fault(Fault::new(FaultKind::Disconnect).after().once());
    let fault = "disconnect after processing, no rotation";
    meet(&world, fault, TOKEN, QUICK).fails(6, "answer_lost");
    world.keeps(&before);
    let next = meet(&world, &format!("{fault}, next run"), FORCED, QUICK).serves(&world);
    assert_ne!(next.token(), before["access_token"]);
}

#[test]
fn no_token_in_the_answer_keeps_the_new_refresh_token() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    world.refresh_fault(FaultKind::NoAccessToken);
    meet(&world, "no token in the answer", TOKEN, QUICK).fails(6, "missing");
    let after = world.stored("work");
    assert_eq!(after["access_token"], before["access_token"]);
    assert_ne!(after["refresh_token"], before["refresh_token"]);
    world.recovers();
}

#[test]
fn an_invalid_grant_ends_the_login_and_is_not_asked_for_again() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    world.sandbox.revoke_refresh_tokens();
    for run in ["invalid_grant", "invalid_grant, next run"] {
        meet(&world, run, TOKEN, QUICK).fails(4, "login_ended");
    }
    assert_eq!(world.refreshes(), 1);
    let after = world.stored("work");
    assert_eq!(after["refresh_token"], serde_json::Value::Null);
    assert_eq!(after["id_token"], before["id_token"], "all else is kept");
}

#[test]
fn an_invalid_grant_leaves_a_token_that_is_still_valid_in_use() {
    let world = World::with_expired_token();
    world.sandbox.revoke_refresh_tokens();
    for left in [100, 90] {
        world.age(left);
        meet(&world, "invalid_grant, token still valid", TOKEN, QUICK).serves(&world);
    }
    assert_eq!(world.refreshes(), 1);
}
