//! What other processes do in these tests: this test binary, started again with a role.

use std::env;
use std::path::Path;
use std::process::Command;

use keyfob_store::{FileStore, TryLock};

use crate::{document, work};

const ROLE: &str = "KEYFOB_TEST_ROLE";
const HOME: &str = "KEYFOB_TEST_HOME";

/// Makes a command that runs `role` on a home in a process of its own.
pub(crate) fn command(role: &str, home: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([
        "--exact",
        "other_process::plays_its_role",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env(ROLE, role).env(HOME, home);
    command
}

/// As [`command`], under an umask.
pub(crate) fn command_after_umask(umask: &str, role: &str, home: &Path) -> Command {
    wrapped(
        "sh",
        &["-euc", &format!("umask {umask}\nexec \"$@\""), "sh"],
        role,
        home,
    )
}

/// As [`command`], as a user who is not root and owns the home. Root is allowed everything, so it cannot meet a lack of rights.
pub(crate) fn command_as_nobody(role: &str, home: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return command(role, home);
    }
    // The test binary may lie where only root can reach it.
    let binary = home.join("test-binary");
    std::fs::copy(env::current_exe().unwrap(), &binary).unwrap();
    let inner = command(role, home);
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(binary)
        .args(inner.get_args());
    command.env(ROLE, role).env(HOME, home).current_dir(home);
    command
}

/// As [`command`], after shell lines that prepare a mount of its own; `$KEYFOB_TEST_HOME` is where to mount.
pub(crate) fn command_after(script: &str, role: &str, home: &Path) -> Command {
    let script = format!("{script}\nexec \"$@\"");
    let mut arguments = vec!["--mount", "sh", "-euc", &script, "sh"];
    if !rustix::process::geteuid().is_root() {
        arguments.splice(0..0, ["--user", "--map-root-user"]);
    }
    wrapped("unshare", &arguments, role, home)
}

fn wrapped(program: &str, arguments: &[&str], role: &str, home: &Path) -> Command {
    let inner = command(role, home);
    let mut command = Command::new(program);
    command
        .args(arguments)
        .arg(inner.get_program())
        .args(inner.get_args());
    command.env(ROLE, role).env(HOME, home);
    command
}

#[test]
#[ignore = "started by other tests as a process of its own"]
fn plays_its_role() {
    let (Ok(role), Some(home)) = (env::var(ROLE), env::var_os(HOME)) else {
        return;
    };
    let store = FileStore::new(home);
    match role.as_str() {
        "write" => write_until_killed(&store),
        "count" => count(&store, 500),
        "come-and-go" => come_and_go(&store, 200),
        "full-disk" => crate::disk::meets_a_full_disk(&store),
        "read-only" => crate::disk::meets_a_read_only_home(&store),
        "no-permission" => crate::disk::meets_a_folder_without_permission(&store),
        "log-in" => crate::log_in(&store, "a").unwrap(),
        "hold" => hold(&store),
        other => panic!("unknown role {other}"),
    }
    println!("role played");
}

/// Writes documents of very different sizes, each with a checkable content, until killed.
fn write_until_killed(store: &FileStore) {
    for round in 0_usize.. {
        let mut lease = loop {
            if let TryLock::Held(lease) = store.try_lock_now(&work()).unwrap() {
                break lease;
            }
        };
        let present = lease.load_now().unwrap().map(|stored| stored.revision);
        lease.reserve_now(64 * 1024).unwrap();
        let mut document = document(&"x".repeat(round * 7919 % 60_000));
        document.set("length", round * 7919 % 60_000);
        lease.commit_now(present.as_ref(), &document).unwrap();
    }
}

/// Increments the number in the document, each time under the lock.
fn count(store: &FileStore, times: usize) {
    for _ in 0..times {
        let mut lease = loop {
            match store.try_lock_now(&work()).unwrap() {
                TryLock::Held(lease) => break lease,
                TryLock::Busy { .. } => std::thread::yield_now(),
            }
        };
        let stored = lease.load_now().unwrap();
        let number = stored
            .as_ref()
            .and_then(|stored| stored.document.get("number")?.as_u64())
            .unwrap_or(0);
        let mut next = document("a");
        next.set("number", number + 1);
        lease
            .commit_now(stored.as_ref().map(|stored| &stored.revision), &next)
            .unwrap();
    }
}

/// Logs in and removes the profile again and again, beside others who do the same. Whoever holds the lease must be alone: what
/// it wrote is still there when it reads again.
fn come_and_go(store: &FileStore, times: usize) {
    let mine = format!("process {}", std::process::id());
    let mut done = 0;
    while done < times {
        let TryLock::Held(mut lease) = store.try_lock_now(&work()).unwrap() else {
            std::thread::yield_now();
            continue;
        };
        let present = lease.load_now().unwrap().map(|stored| stored.revision);
        let revision = lease
            .commit_now(present.as_ref(), &document(&mine))
            .unwrap();
        let stored = lease
            .load_now()
            .unwrap()
            .expect("nobody removes a profile whose lock is held");
        assert_eq!(stored.revision, revision);
        drop(lease);
        if done % 2 == 0 {
            store.remove_profile(&work()).unwrap();
        }
        done += 1;
    }
}

/// Holds the lock with a reservation and a written draft until killed.
fn hold(store: &FileStore) {
    let mut lease = store.try_lock_now(&work()).unwrap().held().unwrap();
    lease.reserve_now(5000).unwrap();
    println!("holding");
    std::io::Read::read(&mut std::io::stdin(), &mut [0]).unwrap();
}
