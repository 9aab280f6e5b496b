//! A home that cannot be written, and a disk that is full: real mounts, in a namespace of the command's own.
use std::process::{Command, Stdio};
use std::time::Duration;

use keyfob_sandbox::Endpoint;
use serde_json::Value;

use crate::faults_setup::{Met, Started, TOKEN};
use crate::world::{World, until};

/// Mounting takes its time on a busy machine.
const LIMIT: Duration = Duration::from_secs(10);

/// Shell lines that put the home onto a small disk of its own.
const SMALL_DISK: &str = "mount -t tmpfs -o size=256k,mode=700 none \"$SMALL\"\n\
    cp -a \"$KEYFOB_HOME/.\" \"$SMALL\"\n\
    export KEYFOB_HOME=\"$SMALL\"\n";
const READ_ONLY: &str = "mount --bind \"$KEYFOB_HOME\" \"$KEYFOB_HOME\"\n\
    mount -o remount,bind,ro \"$KEYFOB_HOME\"\n";

/// `keyfob`, after shell lines that mount; none where this machine allows no mounts, which fails in CI.
fn mounted(world: &World, script: &str, line: &str) -> Option<Command> {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["--mount", "sh", "-euc", script, "sh"]);
        command
    };
    let probe = unshare("mount -t tmpfs none /mnt").output();
    if !probe.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "mounts are not allowed");
        println!("not tested, for want of the right to mount");
        return None;
    }
    let inner = world.command(line.split_whitespace());
    std::fs::create_dir_all(world.path("small")).unwrap();
    let mut command = unshare(&format!("{script}\nexec \"$@\""));
    command
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear();
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command
        .env("SMALL", world.path("small"))
        .env("WORLD", world.path(""))
        .env("BROWSER", world.path("browser"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Some(command)
}

/// Runs a command line on such a disk.
fn meet_on(world: &World, script: &str, fault: &str, line: &str) -> Option<Met> {
    let mut command = mounted(world, script, line)?;
    Some(Started::new(&mut command).finish(fault, LIMIT))
}

#[test]
fn a_read_only_home_is_found_before_the_refresh_token_is_sent() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    for line in [TOKEN, "refresh -p work -o json", "logout -p work -o json"] {
        let Some(met) = meet_on(&world, READ_ONLY, &format!("read-only home: {line}"), line) else {
            return;
        };
        met.fails(7, "store_unwritable").says("read-only");
    }
    assert_eq!(world.refreshes(), 0);
    world.keeps(&before);
    world.recovers();
}

#[test]
fn a_read_only_home_is_found_before_a_person_is_troubled() {
    let world = World::with_expired_token();
    let issuer = world.sandbox.issuer();
    for line in [
        "login -p work --browser -o json".to_owned(),
        "login -p work --device -o json".to_owned(),
        format!("login -p new --issuer {issuer} --client-id demo-cli --browser -o json"),
        format!("profile add new --issuer {issuer} --client-id demo-cli -o json"),
    ] {
        let Some(met) = meet_on(
            &world,
            READ_ONLY,
            &format!("read-only home: {}", &line[..20]),
            &line,
        ) else {
            return;
        };
        met.fails(7, "store_unwritable").says("read-only");
    }
    assert!(world.browsed().is_empty(), "no browser was opened");
    let counters = world.sandbox.counters();
    for endpoint in [Endpoint::DeviceAuthorization, Endpoint::Token] {
        assert_eq!(counters.requests(endpoint), 0, "nobody was asked");
    }
}

#[test]
fn a_read_only_home_serves_a_token_that_is_still_valid() {
    let world = World::with_expired_token();
    for left in [3000, 700, 100] {
        world.age(left);
        let Some(met) = meet_on(
            &world,
            READ_ONLY,
            &format!("read-only home, {left} s left"),
            TOKEN,
        ) else {
            return;
        };
        met.serves(&world);
    }
    assert_eq!(world.refreshes(), 0);
}

/// Writes until nothing more fits.
const FILL: &str = "dd if=/dev/zero of=\"$SMALL/ballast\" bs=1k 2>/dev/null || true\n";

/// Runs the command line on a full disk, then makes room and runs it again; what both printed lies in files.
#[test]
fn a_full_disk_is_found_before_the_refresh_token_is_sent() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    let script = format!(
        "{SMALL_DISK}{FILL}\
         \"$@\" >\"$WORLD/first.out\" 2>\"$WORLD/first.err\" || echo $? >\"$WORLD/first.code\"\n\
         cp \"$SMALL/work/token.json\" \"$WORLD/kept.json\"\n\
         rm \"$SMALL/ballast\"\n"
    );
    let Some(met) = meet_on(&world, &script, "full disk, then room again", TOKEN) else {
        return;
    };
    let read = |name: &str| std::fs::read_to_string(world.path(name)).unwrap();
    let error: Value = serde_json::from_str(read("first.err").lines().last().unwrap()).unwrap();
    assert_eq!(
        (read("first.code").trim(), error["error"]["code"].as_str()),
        ("7", Some("store_no_space"))
    );
    assert_eq!(read("first.out"), "");
    let kept: Value = serde_json::from_str(&read("kept.json")).unwrap();
    assert_eq!(kept, before, "nothing was touched");
    assert_ne!(met.token(), before["access_token"], "the next run recovers");
    assert_eq!(
        (world.refreshes(), world.sandbox.counters().reuse_detected),
        (1, 0)
    );
}

#[test]
fn a_full_disk_is_found_before_a_person_is_troubled() {
    let world = World::with_expired_token();
    let line = "login -p work --browser -o json";
    let Some(met) = meet_on(
        &world,
        &format!("{SMALL_DISK}{FILL}"),
        "full disk: login",
        line,
    ) else {
        return;
    };
    met.fails(7, "store_no_space");
    assert!(world.browsed().is_empty());
    let counters = world.sandbox.counters();
    for endpoint in [Endpoint::DeviceAuthorization, Endpoint::Token] {
        assert_eq!(counters.requests(endpoint), 0, "nobody was asked");
    }
}

#[test]
fn a_full_disk_serves_a_token_that_is_still_valid() {
    let world = World::with_expired_token();
    world.age(100);
    let Some(met) = meet_on(
        &world,
        &format!("{SMALL_DISK}{FILL}"),
        "full disk, 100 s left",
        TOKEN,
    ) else {
        return;
    };
    met.serves(&world);
    assert_eq!(world.refreshes(), 0);
}

#[test]
fn a_disk_that_fills_up_while_the_provider_answers_still_takes_the_answer() {
    let world = World::with_expired_token();
    let before = world.stored("work");
    world
        .sandbox
        .settings(|settings| settings.token_latency = Duration::from_secs(5));
    let script = format!(
        "{SMALL_DISK}\
         \"$@\" >\"$WORLD/out\" 2>\"$WORLD/err\" &\n\
         until [ -e \"$WORLD/asked\" ]; do sleep 0.02; done\n\
         {FILL}\
         df --output=avail \"$SMALL\" | tail -n1 >\"$WORLD/left.new\"; mv \"$WORLD/left.new\" \"$WORLD/left\"\n\
         wait $!\n\
         cp \"$SMALL/work/token.json\" \"$WORLD/stored.json\"\n\
         cat \"$WORLD/out\"; exit 0\n"
    );
    let Some(mut command) = mounted(&world, &script, TOKEN) else {
        return;
    };
    let started = Started::new(&mut command);
    until("the provider is asked", || {
        (world.refreshes() == 1).then_some(())
    });
    std::fs::write(world.path("asked"), "").unwrap();
    let left = until("the disk is full", || {
        std::fs::read_to_string(world.path("left")).ok()
    });
    let still_unanswered = world.sandbox.counters().grant("refresh_token").success == 0;
    let met = started.finish("disk fills up between request and answer", LIMIT);
    assert!(still_unanswered, "the disk was full before the answer came");
    assert_eq!(left.trim(), "0");
    let stored = std::fs::read_to_string(world.path("stored.json")).unwrap();
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(met.token(), stored["access_token"]);
    assert_ne!(
        stored["refresh_token"], before["refresh_token"],
        "the rotated refresh token is stored"
    );
}
