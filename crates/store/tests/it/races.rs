use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use keyfob_store::{FileStore, TryLock};

use crate::other_process::command;
use crate::{document, lock, names, work};

const KILLS: u32 = 200;

/// Kills a process when the test is over, whatever its outcome.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

// covers: W4
#[test]
fn a_writer_killed_at_any_moment_leaves_a_whole_file() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    let (mut writes, mut leftovers) = (0, 0);
    let mut last = None;
    for kill in 0..KILLS {
        let mut child = Killed(
            command("write", home.path())
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
        );
        // The moment to kill at is measured from the child's first write, and differs each time.
        while store.stamp_now(&work()).unwrap() == last {
            assert!(child.0.try_wait().unwrap().is_none(), "the writer gave up");
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(u64::from(kill) * 37 % 4000));
        child.0.kill().unwrap();
        child.0.wait().unwrap();

        leftovers += u32::from(home.path().join("work/.token.json.new").exists());
        let stored = store
            .load_now(&work())
            .unwrap()
            .expect("a written file stays");
        let length = stored.document.text("access_token").map_or(0, str::len);
        assert_eq!(
            stored.document.get("length").unwrap().as_u64(),
            Some(length as u64),
            "kill {kill}"
        );
        writes += u32::from(stored.stamp != last);
        drop(lock(&store));
        assert_eq!(
            names(&home.path().join("work")),
            [".lock", "token.json"],
            "the next writer cleans up"
        );
        last = store.stamp_now(&work()).unwrap();
    }
    println!(
        "{KILLS} kills: {writes} times a new credential, {leftovers} temporary files left and removed, 0 damaged files"
    );
    assert_eq!(writes, KILLS);
    assert!(
        leftovers > 0,
        "no kill hit a write: the test proves nothing"
    );
}

#[test]
fn two_processes_that_count_under_the_lock_lose_no_update() {
    let home = tempfile::tempdir().unwrap();
    let mut children: Vec<_> = (0..2)
        .map(|_| {
            Killed(
                command("count", home.path())
                    .stdout(Stdio::null())
                    .spawn()
                    .unwrap(),
            )
        })
        .collect();
    for child in &mut children {
        assert!(child.0.wait().unwrap().success());
    }
    let stored = FileStore::new(home.path())
        .load_now(&work())
        .unwrap()
        .unwrap();
    println!(
        "2 processes x 500 increments: {}",
        stored.document.get("number").unwrap()
    );
    assert_eq!(stored.document.get("number").unwrap().as_u64(), Some(1000));
}

#[test]
fn profiles_can_be_removed_while_others_lock_them() {
    let home = tempfile::tempdir().unwrap();
    let mut children: Vec<_> = (0..3)
        .map(|_| {
            Killed(
                command("come-and-go", home.path())
                    .stdout(Stdio::null())
                    .spawn()
                    .unwrap(),
            )
        })
        .collect();
    for child in &mut children {
        assert!(child.0.wait().unwrap().success());
    }
    FileStore::new(home.path()).remove_profile(&work()).unwrap();
    assert!(names(home.path()).is_empty());
}

// covers: W4, P27
#[test]
fn readers_beside_a_writer_see_whole_documents_only() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    lock(&store).commit_now(None, &document("")).unwrap();
    let _writer = Killed(
        command("write", home.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let (mut reads, mut changes, mut last) =
        (0, 0, store.load_now(&work()).unwrap().unwrap().revision);
    while changes < 100 {
        let stored = store
            .load_now(&work())
            .unwrap()
            .expect("there is always a credential");
        if stored.revision != last {
            changes += 1;
            last = stored.revision;
        }
        reads += 1;
    }
    println!("{reads} reads beside {changes} changes: every one whole");
}

#[test]
fn a_lock_is_held_against_other_processes_and_falls_with_its_holder() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(home.path());
    let mut child = Killed(
        command("hold", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let output = BufReader::new(child.0.stdout.take().unwrap());
    output
        .lines()
        .find(|line| line.as_ref().unwrap().contains("holding"))
        .unwrap()
        .unwrap();
    let TryLock::Busy { holder } = store.try_lock_now(&work()).unwrap() else {
        panic!("the lock is free")
    };
    assert!(
        holder
            .unwrap()
            .starts_with(&format!("process {} (", child.0.id()))
    );
    assert!(home.path().join("work/.token.json.new").exists());

    child.0.kill().unwrap();
    child.0.wait().unwrap();
    let mut lease = lock(&store);
    assert_eq!(
        names(&home.path().join("work")),
        [".lock"],
        "the dead writer's reservation is removed"
    );
    lease.commit_now(None, &document("a")).unwrap();
}
