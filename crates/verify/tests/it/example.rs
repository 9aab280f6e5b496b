//! The examples run, answer as they say, and print no token.

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_example_service_answers_as_expected_and_prints_no_token() {
    if let Some(stdout) = run("resource_server", &["--check"]) {
        assert!(stdout.lines().count() >= 10, "{stdout}");
    }
}

#[test]
fn the_example_of_several_issuers_accepts_and_refuses_as_it_says() {
    if let Some(stdout) = run("several_issuers", &[]) {
        assert!(
            stdout.contains("alice of https://tenants.example.com/contoso/v2.0"),
            "{stdout}"
        );
        assert!(stdout.contains("(unknown_issuer)"), "{stdout}");
        assert!(stdout.trim_end().ends_with("(inactive)"), "{stdout}");
    }
}

/// What an example prints; nothing if it was not built (`cargo build -p keyfob-verify --examples`).
fn run(name: &str, arguments: &[&str]) -> Option<String> {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let example = profile.join("examples").join(file);
    if !example.exists() {
        assert!(std::env::var_os("CI").is_none(), "the example is not built");
        return None;
    }
    let run = Command::new(example)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8(run.stdout), String::from_utf8(run.stderr));
    let (stdout, stderr) = (stdout.unwrap(), stderr.unwrap());
    assert!(run.status.success(), "{stdout}\n{stderr}");
    assert!(!format!("{stdout}{stderr}").contains("eyJ"), "{stdout}");
    Some(stdout)
}
