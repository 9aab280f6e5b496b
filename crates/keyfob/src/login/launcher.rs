//! Starting a browser's launcher: the words of `BROWSER`, and the processes behind them.

use std::io::ErrorKind;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A launcher that fails does so within this time; one that runs longer is a browser.
const PROOF: Duration = Duration::from_secs(2);
const PROOF_STEP: Duration = Duration::from_millis(20);

/// Takes a `BROWSER` value apart: commands, each as its words.
pub(super) fn commands(value: &str) -> Vec<Vec<String>> {
    let separator = if cfg!(windows) { ';' } else { ':' };
    let words = |command: &String| {
        let words = split_quoted(command, char::is_whitespace);
        words.iter().map(|word| unquote(word)).collect()
    };
    let commands = split_quoted(value, |c| c == separator);
    commands
        .iter()
        .map(words)
        .filter(|words: &Vec<_>| !words.is_empty())
        .collect()
}

/// Starts one command; an error says in words why it did not open a browser.
pub(super) fn run(words: &[String], url: &str) -> Result<(), String> {
    let Some((program, arguments)) = words.split_first() else {
        return Err("an empty command".to_owned());
    };
    let mut command = Command::new(program);
    let mut placed = false;
    for argument in arguments {
        let (expanded, has_url) = expand(argument, url);
        placed |= has_url;
        command.arg(expanded);
    }
    if !placed {
        command.arg(url);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    // A Ctrl-C that ends the login must not close the browser.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{program}: not found"),
        kind => format!("{program}: {kind}"),
    })?;
    prove(child, program)
}

/// A launcher that ends badly has failed; one that stays is waited for in the background.
fn prove(mut child: Child, program: &str) -> Result<(), String> {
    let start = Instant::now();
    while start.elapsed() < PROOF {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{program}: {status}")),
            Ok(None) => std::thread::sleep(PROOF_STEP),
            Err(error) => return Err(format!("{program}: {}", error.kind())),
        }
    }
    // Without a reaper, a browser closed later would stay a zombie for as long as we live.
    let reaper = std::thread::Builder::new().name("keyfob-browser".to_owned());
    drop(reaper.spawn(move || child.wait()));
    Ok(())
}

/// Opens the platform's default browser.
pub(super) fn system(url: &str) -> Result<(), String> {
    let mut options = webbrowser::BrowserOptions::new();
    options.with_suppress_output(true);
    webbrowser::open_browser_with_options(webbrowser::Browser::Default, url, &options)
        .map_err(|error| format!("the default browser: {}", error.kind()))
}

/// Expands `%s` and `%%` in one pass, so that the address itself is never expanded.
fn expand(argument: &str, url: &str) -> (String, bool) {
    let mut expanded = String::with_capacity(argument.len() + url.len());
    let mut placed = false;
    let mut rest = argument;
    while let Some((before, after)) = rest.split_once('%') {
        expanded.push_str(before);
        rest = if let Some(after) = after.strip_prefix('s') {
            expanded.push_str(url);
            placed = true;
            after
        } else {
            expanded.push('%');
            after.strip_prefix('%').unwrap_or(after)
        };
    }
    expanded.push_str(rest);
    (expanded, placed)
}

/// Splits at separators outside quotes; drops empty pieces; keeps the quotes.
fn split_quoted(text: &str, separates: impl Fn(char) -> bool) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut quote = None;
    for character in text.chars() {
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None if separates(character) => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

fn unquote(word: &str) -> String {
    let mut quote = None;
    let keep = |character: &char| match quote {
        Some(open) if open == *character => {
            quote = None;
            false
        }
        None if matches!(character, '\'' | '"') => {
            quote = Some(*character);
            false
        }
        _ => true,
    };
    word.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_browser_as_a_list_of_commands() {
        if cfg!(windows) {
            return;
        }
        assert_eq!(commands("firefox"), [["firefox"]]);
        assert_eq!(
            commands("firefox --new-tab %s:w3m"),
            [vec!["firefox", "--new-tab", "%s"], vec!["w3m"]]
        );
        assert_eq!(
            commands("'/opt/My Browser/run' --profile \"a:b\"::"),
            [["/opt/My Browser/run", "--profile", "a:b"]]
        );
        assert!(commands(" : ").is_empty());
    }

    #[test]
    fn expands_the_address_once() {
        assert_eq!(
            expand("--url=%s%%", "a%sb"),
            ("--url=a%sb%".to_owned(), true)
        );
        assert_eq!(expand("100%", "a"), ("100%".to_owned(), false));
        assert_eq!(expand("%%s", "a"), ("%s".to_owned(), false));
        assert_eq!(expand("%c", "a"), ("%c".to_owned(), false));
    }
}
