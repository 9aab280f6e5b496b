//! Opening a browser without waiting for it: `BROWSER`, else what the platform has.

use std::io::ErrorKind;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use url::{Host, Url};

/// No authorization request is longer; some launchers are limited to less.
const MAX_URL: usize = 16 * 1024;
/// A launcher that fails does so within this time; one that runs longer is a browser.
const PROOF: Duration = Duration::from_secs(2);
const PROOF_STEP: Duration = Duration::from_millis(20);

/// How to open a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    commands: Vec<Vec<String>>,
    system: bool,
}

/// Why no browser was opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// The address is neither https nor http on this machine, or carries a password, or is too long.
    #[error("will not open the authorization address in a browser: {why}")]
    UnsafeUrl {
        /// Why not.
        why: &'static str,
    },
    /// No launcher could be started, or each one failed.
    #[error("{why}")]
    Failed {
        /// What was tried, in words.
        why: String,
    },
}

impl BrowserError {
    /// The stable code of this failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnsafeUrl { .. } => "browser_url_unsafe",
            Self::Failed { .. } => "browser_failed",
        }
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::system()
    }
}

impl Browser {
    /// The platform's default browser.
    pub fn system() -> Self {
        Self {
            commands: Vec::new(),
            system: true,
        }
    }

    /// The commands of a `BROWSER` value, in order, then the platform's default.
    ///
    /// Commands are separated by `:` (`;` on Windows), their arguments by blanks; `'` and `"` quote;
    /// `%s` stands for the address, which is appended where no `%s` is; `%%` is a percent sign. No
    /// shell is involved.
    pub fn from_variable(value: &str) -> Self {
        let separator = if cfg!(windows) { ';' } else { ':' };
        let commands = split_quoted(value, |c| c == separator);
        let words = commands
            .iter()
            .map(|command| split_quoted(command, char::is_whitespace));
        let words = words.map(|words| words.iter().map(|word| unquote(word)).collect());
        let commands: Vec<Vec<String>> = words.filter(|words: &Vec<_>| !words.is_empty()).collect();
        Self {
            commands,
            system: true,
        }
    }

    /// Exactly this command; the platform's default is not tried.
    pub fn command(
        program: impl Into<String>,
        arguments: impl IntoIterator<Item = String>,
    ) -> Self {
        let command = std::iter::once(program.into()).chain(arguments).collect();
        Self {
            commands: vec![command],
            system: false,
        }
    }

    /// Opens `url`, and resolves when a launcher has taken it or all have failed (about 2 s each).
    ///
    /// Nothing that a launcher prints reaches this process's output. Dropping the future changes
    /// nothing.
    ///
    /// # Errors
    /// [`BrowserError::UnsafeUrl`] before anything is started; [`BrowserError::Failed`] if no
    /// launcher worked.
    pub async fn open(&self, url: &Url) -> Result<(), BrowserError> {
        check(url)?;
        let (done, result) = oneshot::channel();
        let (browser, url) = (self.clone(), url.to_string());
        let thread = std::thread::Builder::new().name("keyfob-browser".to_owned());
        let spawned = thread.spawn(move || {
            // Nobody listens any more once the login is over.
            drop(done.send(browser.launch(&url)));
        });
        if spawned.is_err() {
            return Err(BrowserError::Failed {
                why: "cannot start a thread".to_owned(),
            });
        }
        let gone = |_| {
            Err(BrowserError::Failed {
                why: "the launcher failed".to_owned(),
            })
        };
        result.await.unwrap_or_else(gone)
    }

    fn launch(&self, url: &str) -> Result<(), BrowserError> {
        let mut tried = Vec::new();
        for command in &self.commands {
            match run(command, url) {
                Ok(()) => return Ok(()),
                Err(why) => tried.push(why),
            }
        }
        if self.system {
            match system(url) {
                Ok(()) => return Ok(()),
                Err(why) => tried.push(why),
            }
        }
        Err(BrowserError::Failed {
            why: tried.join("; "),
        })
    }
}

/// Only what a browser should be handed: https, or http on this machine, without a password.
fn check(url: &Url) -> Result<(), BrowserError> {
    let refuse = |why| Err(BrowserError::UnsafeUrl { why });
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return refuse("it names no host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return refuse("it is neither https nor on this machine"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it carries a name or a password");
    }
    if url.as_str().len() > MAX_URL {
        return refuse("it is too long");
    }
    Ok(())
}

fn run(words: &[String], url: &str) -> Result<(), String> {
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

fn system(url: &str) -> Result<(), String> {
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
        let commands = |value| Browser::from_variable(value).commands;
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

    #[test]
    fn refuses_addresses_that_a_browser_must_not_get() {
        for address in [
            "http://example.com/authorize",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://user:pw@example.com/",
            "ftp://localhost/",
        ] {
            let error = check(&Url::parse(address).unwrap()).unwrap_err();
            assert_eq!(error.code(), "browser_url_unsafe", "{address}");
        }
        for address in [
            "https://example.com/",
            "http://127.0.0.1:1/",
            "http://[::1]:1/",
            "http://localhost/",
        ] {
            assert_eq!(check(&Url::parse(address).unwrap()), Ok(()), "{address}");
        }
        let long = format!("https://example.com/?{}", "x".repeat(MAX_URL));
        assert!(check(&Url::parse(&long).unwrap()).is_err());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn tries_the_next_command_when_one_fails() {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let script = format!("printf '%s' \"$1\" > {}", seen.display());
        let url = Url::parse("https://id.example.com/authorize?a=1&b=$(id)").unwrap();
        let browser = Browser {
            commands: vec![
                vec!["/nonexistent/browser".to_owned()],
                vec!["false".to_owned()],
                vec![
                    "sh".to_owned(),
                    "-c".to_owned(),
                    script,
                    "browser".to_owned(),
                ],
            ],
            system: false,
        };
        browser.open(&url).await.unwrap();
        assert_eq!(std::fs::read_to_string(seen).unwrap(), url.as_str());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn says_which_launchers_failed() {
        let url = Url::parse("https://id.example.com/authorize?state=canary").unwrap();
        let browser = Browser::command("/nonexistent/browser", []);
        let error = browser.open(&url).await.unwrap_err();
        assert_eq!(error.to_string(), "/nonexistent/browser: not found");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn does_not_wait_for_a_browser_that_stays() {
        let url = Url::parse("https://id.example.com/").unwrap();
        let stays = Browser::command("sh", ["-c".to_owned(), "exec sleep 30".to_owned()]);
        let start = Instant::now();
        stays.open(&url).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}
