//! Every example that cargo built runs by itself, ends well, and prints no token.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_mins(2);

struct Running {
    name: String,
    child: Child,
    home: tempfile::TempDir,
}

fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// `target/<profile>/examples`, beside the folder of this very test.
fn built() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    profile.join("examples")
}

/// Starts it with nothing that could help it: no input, no environment, an empty home.
fn start(name: &str, binary: &Path) -> Running {
    let home = tempfile::tempdir().unwrap();
    let output = |file: &str| File::create(home.path().join(file)).unwrap();
    let child = Command::new(binary)
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(output("stdout"))
        .stderr(output("stderr"))
        .spawn()
        .unwrap();
    Running {
        name: name.to_owned(),
        child,
        home,
    }
}

fn wait(child: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    None
}

/// A word that no person would write: tokens, codes and secrets look like that. Addresses are no tokens.
fn suspicious(text: &str) -> Option<&str> {
    let words = text.split_whitespace().filter(|word| !word.contains("://"));
    words
        .flat_map(|word| {
            word.split(|char: char| !char.is_ascii_alphanumeric() && !"-_.".contains(char))
        })
        .find(|part| part.len() >= 32 || part.starts_with("eyJ"))
}

// covers: planet-60, planet-88
#[test]
fn every_example_ends_well_and_prints_no_token() {
    let (folder, names) = (built(), names());
    let binary = |name: &String| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let (found, missing): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| binary(name).exists());
    if found.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "no example is built");
        println!("not run: no example is built (cargo build -p keyfob --examples)");
        return;
    }
    assert!(
        missing.is_empty(),
        "not built (cargo build -p keyfob --examples): {missing:?}"
    );
    let running: Vec<_> = found
        .iter()
        .map(|name| start(name, &binary(name)))
        .collect();
    println!("{} examples", running.len());
    for Running {
        name,
        mut child,
        home,
    } in running
    {
        let status = wait(&mut child);
        let read = |file: &str| fs::read_to_string(home.path().join(file)).unwrap();
        let (stdout, stderr) = (read("stdout"), read("stderr"));
        assert!(
            status.is_some_and(|status| status.success()),
            "{name}: {status:?}\n{stdout}\n{stderr}"
        );
        assert!(!stdout.trim().is_empty(), "{name} shows nothing");
        for text in [&stdout, &stderr] {
            assert_eq!(suspicious(text), None, "{name} prints a token");
        }
    }
}

#[test]
fn a_token_is_told_from_words() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
    for bad in [
        format!("token={token}"),
        format!("{{\"t\":\"{token}\"}}"),
        "x 0123456789abcdef0123456789abcdef y".to_owned(),
    ] {
        assert!(suspicious(&bad).is_some(), "{bad}");
    }
    let good = "kept under [\"my-app/service\"] required_claim_different http://127.0.0.1:1/a?state=0123456789abcdef0123456789abcdef";
    assert_eq!(suspicious(good), None);
}

#[test]
fn the_page_about_the_library_names_every_example() {
    let page = include_str!("../../../../docs/library.md");
    for name in names() {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
