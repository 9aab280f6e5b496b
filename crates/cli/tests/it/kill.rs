//! kill -9 at random moments of a refresh loop: the stored file is always whole, and a login is lost
//! only where the provider rotated and its reply never arrived, which the next run says.
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::World;

const KILLS: usize = 500;

#[derive(Debug, Default)]
struct Tally {
    ended_before: usize,
    killed: usize,
    rotated_and_stored: usize,
    lost_and_said: usize,
}

#[test]
fn kill_at_any_moment_of_a_refresh_loses_a_login_only_in_rotation_and_says_so() {
    let world = World::new();
    world.seed("work");
    world
        .sandbox
        .settings(|settings| settings.token_latency = Duration::from_millis(8));
    let usual = usual_duration(&world);
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut tally = Tally::default();
    while tally.killed < KILLS {
        round(&world, dice.up_to(usual + usual / 8), &mut tally);
    }
    println!("usual refresh {usual:.1?}; {tally:?}");
    assert!(
        tally.rotated_and_stored > 0,
        "some refreshes got through: {tally:?}"
    );
}

/// One refresh that is killed, one that shows what is left.
fn round(world: &World, wait: Duration, tally: &mut Tally) {
    let before = world.stored("work");
    let rotations = rotations(world);
    let mut child = world.command(["refresh", "-p", "work"]).spawn().unwrap();
    std::thread::sleep(wait);
    let ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    if ended {
        tally.ended_before += 1;
    } else {
        tally.killed += 1;
    }
    let after = whole(world);
    if after["refresh_token"] != before["refresh_token"] {
        tally.rotated_and_stored += 1;
    }
    let next = world.run("refresh -p work -o json");
    if next.code == Some(0) {
        return;
    }
    let error = next.exits(4).error();
    assert_eq!(error["code"], "login_lost_in_rotation", "{error}");
    assert_eq!(
        after["refresh_token"], before["refresh_token"],
        "what was written is not lost"
    );
    assert!(
        self::rotations(world) > rotations,
        "the provider did rotate"
    );
    tally.lost_and_said += 1;
    std::fs::remove_file(world.token_file("work")).unwrap();
    world.seed("work");
}

/// The stored credential: a whole JSON object with all its tokens.
#[track_caller]
fn whole(world: &World) -> Value {
    let text = std::fs::read(world.token_file("work")).unwrap();
    let value: Value = serde_json::from_slice(&text).expect("the stored file is whole");
    for member in ["access_token", "refresh_token", "id_token"] {
        assert!(
            value[member]
                .as_str()
                .is_some_and(|token| !token.is_empty()),
            "{member}"
        );
    }
    value
}

fn rotations(world: &World) -> u64 {
    world.sandbox.counters().grant("refresh_token").success
}

fn usual_duration(world: &World) -> Duration {
    let mut times: Vec<Duration> = (0..7)
        .map(|_| {
            let begin = Instant::now();
            world.run("refresh -p work").ok();
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Xorshift: moments that differ, the same in every run.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, limit: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let micros = u64::try_from(limit.as_micros()).unwrap();
        Duration::from_micros(self.0 % micros)
    }
}
