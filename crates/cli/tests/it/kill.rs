//! kill -9 at random moments of a refresh loop: the stored file is always whole, and a login is lost
//! only where the provider rotated and its reply never arrived, which the next run says.
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::World;

/// Kills per world; two worlds run side by side.
const KILLS: usize = 250;

#[derive(Debug, Default)]
struct Tally {
    killed: usize,
    ended_before: usize,
    rotated_and_stored: usize,
    lost_and_said: usize,
}

#[test]
fn kill_at_any_moment_of_a_refresh_loses_a_login_only_in_rotation_and_says_so() {
    let worlds = [0x2545_f491_4f6c_dd1d, 0x9e37_79b9_7f4a_7c15]
        .map(|seed| std::thread::spawn(move || kill_often(Dice(seed))));
    let tallies = worlds.map(|world| world.join().unwrap());
    println!("{tallies:?}");
    assert!(
        tallies.iter().all(|tally| tally.rotated_and_stored > 0),
        "some refreshes got through"
    );
}

fn kill_often(mut dice: Dice) -> Tally {
    let world = World::new();
    world.seed("work");
    world
        .sandbox
        .settings(|settings| settings.token_latency = Duration::from_millis(8));
    let mut tally = Tally::default();
    let mut usual = Duration::from_millis(50);
    while tally.killed < KILLS {
        // Busy machines change their pace: the moment is chosen by how long a refresh takes now.
        let took = round(&world, dice.up_to(usual + usual / 8), &mut tally);
        usual = (usual * 7 + took) / 8;
    }
    tally
}

/// One refresh that is killed, one that shows what is left; gives how long the latter took.
fn round(world: &World, wait: Duration, tally: &mut Tally) -> Duration {
    let before = world.stored("work");
    let rotations_before = rotations(world);
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
    let was_stored = after["refresh_token"] != before["refresh_token"];
    tally.rotated_and_stored += usize::from(was_stored);
    let begin = Instant::now();
    let next = world.run("refresh -p work -o json");
    let took = begin.elapsed();
    if next.code != Some(0) {
        let error = next.exits(4).error();
        assert_eq!(error["code"], "login_lost_in_rotation", "{error}");
        assert!(!was_stored, "what was written is not lost");
        assert!(
            rotations(world) > rotations_before,
            "the provider did rotate"
        );
        tally.lost_and_said += 1;
        std::fs::remove_file(world.token_file("work")).unwrap();
        world.seed("work");
    }
    took
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
