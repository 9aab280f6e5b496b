//! Opening a browser without waiting for it: `BROWSER`, else what the platform has.

use tokio::sync::oneshot;
use url::{Host, Url};

use super::launcher;

/// No authorization request is longer; some launchers are limited to less.
const MAX_URL: usize = 16 * 1024;

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
        Self {
            commands: launcher::commands(value),
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
            match launcher::run(command, url) {
                Ok(()) => return Ok(()),
                Err(why) => tried.push(why),
            }
        }
        if self.system {
            match launcher::system(url) {
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

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
