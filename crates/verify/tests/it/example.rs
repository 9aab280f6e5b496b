//! The example service runs, answers as it says, and prints no token.

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_example_service_answers_as_expected_and_prints_no_token() {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let name = format!("resource_server{}", std::env::consts::EXE_SUFFIX);
    let example = profile.join("examples").join(name);
    if !example.exists() {
        assert!(std::env::var_os("CI").is_none(), "the example is not built");
        println!("not run: build it with cargo build -p keyfob-verify --examples");
        return;
    }
    let run = Command::new(example)
        .arg("--check")
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8(run.stdout), String::from_utf8(run.stderr));
    let (stdout, stderr) = (stdout.unwrap(), stderr.unwrap());
    assert!(run.status.success(), "{stdout}\n{stderr}");
    assert!(stdout.lines().count() >= 10, "{stdout}");
    assert!(!format!("{stdout}{stderr}").contains("eyJ"), "{stdout}");
}
