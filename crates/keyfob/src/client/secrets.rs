//! Secrets of the configuration: written out, or referred to by file, environment variable, or command.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use keyfob_jose::Secret;
use serde_json::Value;

use crate::client::{ClientConfig, ConfigError, Environment};

/// The largest secret; a PEM file with a chain has a few kilobytes.
const MAX_BYTES: u64 = 64 * 1024;
/// A password manager may have to ask its owner first.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);

/// Finds a secret: `key`, else `key_file`, `key_env`, `key_cmd`; `None` if none of them is configured.
///
/// Blocks while it reads a file or waits for a command.
pub(super) fn find(
    config: &ClientConfig,
    key: &str,
    environment: &Environment,
) -> Result<Option<Secret>, ConfigError> {
    if let Some(text) = config.text(key) {
        return Ok(Some(Secret::new(text)));
    }
    let reference = |kind: &str| format!("{key}_{kind}");
    if let Some(path) = config.text(&reference("file")) {
        return read_file(&reference("file"), path).map(Some);
    }
    if let Some(name) = config.text(&reference("env")) {
        let missing = || {
            unavailable(
                &reference("env"),
                format!("the environment variable {name} is not set"),
            )
        };
        return environment
            .var(name)
            .filter(|value| !value.is_empty())
            .map(Secret::new)
            .ok_or_else(missing)
            .map(Some);
    }
    match config.values().get(&reference("cmd")) {
        None | Some(Value::Null) => Ok(None),
        Some(command) => run(&reference("cmd"), command, environment, COMMAND_LIMIT).map(Some),
    }
}

fn read_file(key: &str, path: &str) -> Result<Secret, ConfigError> {
    let file =
        std::fs::File::open(path).map_err(|error| unavailable(key, format!("{path}: {error}")))?;
    capped_text(key, file)
}

fn run(
    key: &str,
    command: &Value,
    environment: &Environment,
    limit: Duration,
) -> Result<Secret, ConfigError> {
    if !environment.allows_commands() {
        return Err(unavailable(key, "commands are not allowed here"));
    }
    let mut command = command_of(key, command)?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let mut child = command
        .spawn()
        .map_err(|error| unavailable(key, format!("the command does not start: {error}")))?;
    let output = child.stdout.take();
    let reader_key = key.to_owned();
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let text = output.map(|output| capped_text(&reader_key, output));
        // Nobody waits any more when the command took too long.
        drop(sender.send(text));
    });
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < limit => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(None) => {
                drop(child.kill());
                drop(child.wait());
                return Err(too_slow(key, limit));
            }
            Err(error) => return Err(unavailable(key, format!("the command was lost: {error}"))),
        }
    };
    if !status.success() {
        return Err(unavailable(key, format!("the command failed ({status})")));
    }
    // A process that it left behind may keep the output open for as long as it likes.
    let left = limit.saturating_sub(began.elapsed());
    match receiver.recv_timeout(left.max(Duration::from_secs(1))) {
        Ok(Some(text)) => text,
        Err(RecvTimeoutError::Timeout) => Err(too_slow(key, limit)),
        _ => Err(unavailable(key, "the command gave no output")),
    }
}

fn too_slow(key: &str, limit: Duration) -> ConfigError {
    let seconds = limit.as_secs();
    unavailable(key, format!("the command did not end within {seconds} s"))
}

/// A list is a program with its arguments; a string is a line for the shell.
fn command_of(key: &str, value: &Value) -> Result<Command, ConfigError> {
    let odd = || ConfigError::invalid(key, "it must be a command line or a list of strings");
    if let Value::String(line) = value {
        let (shell, flag) = if cfg!(windows) {
            ("cmd", "/C")
        } else {
            ("sh", "-c")
        };
        let mut command = Command::new(shell);
        command.arg(flag).arg(line);
        return Ok(command);
    }
    let words: Option<Vec<&str>> = value
        .as_array()
        .and_then(|words| words.iter().map(Value::as_str).collect());
    let words = words.ok_or_else(odd)?;
    let (program, arguments) = words.split_first().ok_or_else(odd)?;
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// Reads text and takes the line end off that editors and `echo` leave.
fn capped_text(key: &str, source: impl Read) -> Result<Secret, ConfigError> {
    let mut text = String::new();
    let read = source.take(MAX_BYTES + 1).read_to_string(&mut text);
    let text = Secret::new(text);
    read.map_err(|error| unavailable(key, error.to_string()))?;
    if text.expose().len() as u64 > MAX_BYTES {
        return Err(unavailable(
            key,
            format!("it is larger than {MAX_BYTES} bytes"),
        ));
    }
    match text.expose().trim_end_matches(['\r', '\n']) {
        "" => Err(unavailable(key, "it is empty")),
        trimmed => Ok(Secret::new(trimmed)),
    }
}

fn unavailable(key: &str, why: impl Into<String>) -> ConfigError {
    ConfigError::SecretUnavailable {
        key: key.to_owned(),
        why: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn find_in(config: &Value, environment: &Environment) -> Result<Option<Secret>, ConfigError> {
        let config = ClientConfig::from_json(config.to_string().as_bytes()).unwrap();
        find(&config, "client_secret", environment)
    }

    fn text(found: Result<Option<Secret>, ConfigError>) -> String {
        found.unwrap().unwrap().expose().to_owned()
    }

    #[test]
    fn a_literal_wins_over_references() {
        let config = json!({"client_secret": "literal", "client_secret_env": "NAME"});
        assert_eq!(text(find_in(&config, &Environment::none())), "literal");
    }

    #[test]
    fn a_file_is_read_without_its_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "from file\r\n").unwrap();
        assert_eq!(
            text(find_in(
                &json!({"client_secret_file": path}),
                &Environment::none()
            )),
            "from file"
        );
        std::fs::write(&path, "\n").unwrap();
        assert!(find_in(&json!({"client_secret_file": path}), &Environment::none()).is_err());
        std::fs::write(&path, "x".repeat(70_000)).unwrap();
        assert!(find_in(&json!({"client_secret_file": path}), &Environment::none()).is_err());
    }

    #[test]
    fn a_variable_comes_from_the_injected_environment_only() {
        let config = json!({"client_secret_env": "PATH"});
        assert_eq!(
            find_in(&config, &Environment::none()).unwrap_err().code(),
            "secret_unavailable"
        );
        let environment = Environment::from_vars([("PATH", "from variable")]);
        assert_eq!(text(find_in(&config, &environment)), "from variable");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_runs_only_where_commands_are_allowed() {
        let line = json!({"client_secret_cmd": "printf '%s\\n' canary"});
        assert!(find_in(&line, &Environment::none()).is_err());
        let allowed = Environment::none().with_commands();
        assert_eq!(text(find_in(&line, &allowed)), "canary");
        assert_eq!(
            text(find_in(
                &json!({"client_secret_cmd": ["echo", "a b"]}),
                &allowed
            )),
            "a b"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_failing_command_tells_its_status_and_not_its_output() {
        let config = json!({"client_secret_cmd": "echo canary; exit 3"});
        let error = find_in(&config, &Environment::none().with_commands())
            .unwrap_err()
            .to_string();
        assert!(error.contains('3') && !error.contains("canary"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_process_left_behind_by_a_command_does_not_hold_it_up_for_ever() {
        let line = json!("sleep 30 & echo canary");
        let allowed = Environment::none().with_commands();
        let began = Instant::now();
        let limit = Duration::from_secs(1);
        let error = run("client_secret_cmd", &line, &allowed, limit).unwrap_err();
        assert!(error.to_string().contains("did not end"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn nothing_configured_is_no_secret() {
        assert_eq!(find_in(&json!({}), &Environment::none()).unwrap(), None);
    }
}
