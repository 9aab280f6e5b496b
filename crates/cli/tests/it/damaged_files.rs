//! Damaged files and the commands that meet them: an error that names the file, nothing changed, no panic, no hang.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::world::{Run, World};

type Damage = (&'static str, fn(&Path) -> bool);

/// Tells whether it could be done; giving a file away needs root.
const DAMAGES: [Damage; 15] = [
    ("empty", |path| write(path, b"")),
    ("cut off", |path| cut(path)),
    ("UTF-16", |path| write(path, b"\xff\xfe{\0}\0")),
    ("a byte order mark", |path| write(path, b"\xef\xbb\xbf{}")),
    ("Latin-1", |path| write(path, b"{\"canary\": \"\xe9\"}")),
    ("NULs", |path| write(path, &[0; 64])),
    ("a list", |path| write(path, b"[\"canary\"]")),
    ("a member twice", |path| {
        write(path, b"{\"x\": \"canary\", \"x\": 1}")
    }),
    ("too large", |path| write(path, &[b' '; 1024 * 1024 + 1])),
    ("too deep", |path| {
        write(path, format!("{{\"a\":{}", "[".repeat(5000)).as_bytes())
    }),
    ("a link to nowhere", |path| {
        remove(path) && symlink("/nonexistent/x", path).is_ok()
    }),
    ("a folder", |path| {
        remove(path) && fs::create_dir(path).is_ok()
    }),
    ("a pipe", |path| {
        let made = std::process::Command::new("mkfifo");
        let mut made = made;
        remove(path) && made.arg(path).status().is_ok_and(|status| status.success())
    }),
    ("somebody else's", |path| {
        chown(path, Some(12_345), None).is_ok()
    }),
    ("writable by the group", |path| {
        fs::set_permissions(path, fs::Permissions::from_mode(0o660)).is_ok()
    }),
];

fn write(path: &Path, content: &[u8]) -> bool {
    fs::write(path, content).is_ok()
}

fn remove(path: &Path) -> bool {
    fs::remove_file(path).is_ok()
}

fn cut(path: &Path) -> bool {
    let content = fs::read(path).unwrap();
    write(path, &content[..content.len() * 2 / 3])
}

/// Everything in the home but locks: kind, mode, owner, content.
fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().ends_with(".lock"))
        {
            continue;
        }
        let content = if metadata.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        found.push(format!(
            "{} {:o} {} {content:?}",
            path.display(),
            metadata.mode(),
            metadata.uid()
        ));
        if metadata.is_dir() {
            found.extend(tree(&path));
        }
    }
    found.sort();
    found
}

/// Meets every damage of one file with these commands; returns how many runs there were.
fn meet(file: &str, lines: &[&str]) -> usize {
    let world = World::new();
    world.seed("work");
    world.run("switch work").ok();
    let path = world.home().join(file);
    let good = fs::read(&path).unwrap();
    let mut runs = 0;
    for (name, damage) in DAMAGES {
        if !damage(&path) {
            restore(&path, &good);
            continue;
        }
        let before = tree(&world.home());
        for line in lines {
            let begin = Instant::now();
            let run = world.run(line);
            let told = format!("{file} is {name}: {line}: {run:?}");
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "{told}: too long"
            );
            judge(&run, file, &told);
            assert_eq!(tree(&world.home()), before, "{told}: something was changed");
            runs += 1;
        }
        restore(&path, &good);
    }
    world.run("token -p work").ok();
    assert!(
        world
            .sandbox
            .requests()
            .iter()
            .all(|request| !request.path.contains("authorize"))
    );
    runs
}

fn judge(run: &Run, file: &str, told: &str) {
    let name = file.rsplit('/').next().unwrap();
    let words = format!("{}{}", run.out, run.err);
    assert!(
        !words.contains("panicked") && !words.contains("canary"),
        "{told}"
    );
    assert!(matches!(run.code, Some(2 | 4 | 7)), "{told}");
    // A login replaces a damaged credential; without anybody to ask, it does not come to that.
    let is_replaced = name == "token.json" && told.contains(": login ");
    assert!(
        is_replaced || words.contains(name),
        "{told}: does not name {name}"
    );
    assert!(
        run.err.contains("hint: ") || run.err.contains("\"hint\""),
        "{told}: no way on"
    );
}

fn restore(path: &PathBuf, good: &[u8]) {
    let _gone = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
    fs::write(path, good).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn commands_name_a_damaged_file_and_leave_it_alone() {
    let mut runs = meet(
        "work/token.json",
        &[
            "status -p work",
            "token -p work",
            "login -p work --no-input",
            "refresh -p work -o json",
        ],
    );
    runs += meet(
        "work/auth_client.json",
        &[
            "status -p work",
            "token -p work",
            "login -p work --no-input",
            "refresh -p work -o json",
        ],
    );
    runs += meet("keyfob.json", &["status", "token", "login --no-input"]);
    println!("{runs} commands met a damaged file");
}

#[test]
fn an_import_names_a_damaged_cache_and_leaves_it_alone() {
    for content in [
        "refresh_token = canary\n",
        "[h]\nclient_id = c\ncanary\n",
        "[h]\ntoken_uri = http://h/t\nclient_id = c\nrefresh_token = canary\n",
    ] {
        let world = World::new();
        let cache = world.path(".foundry/oauth");
        fs::create_dir(world.path(".foundry")).unwrap();
        fs::write(&cache, content).unwrap();
        let run = world.run("import foundry --no-input");
        let words = format!("{}{}", run.out, run.err);
        assert!(
            words.contains(".foundry/oauth") && !words.contains("canary"),
            "{run:?}"
        );
        assert!(run.code != Some(101), "{run:?}");
        assert_eq!(fs::read_to_string(&cache).unwrap(), content);
    }
}
