//! The words on screen: what a login shows to and asks from the person in front of it.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use url::Url;

use super::{LoginMethod, PasteProblem};

/// Shows a login's addresses, codes and progress to a person, and asks for a line of input.
///
/// The library itself never touches the terminal. Every method returns at once, except the future
/// of [`Interaction::ask`], which is dropped unfinished when another way wins the race.
pub trait Interaction: Send + Sync {
    /// Shows the address at which the person logs in.
    fn show_url(&self, shown: &UrlPrompt<'_>);

    /// Shows the address and the code of a device login (RFC 8628 §3.3).
    fn show_device_code(&self, shown: &DevicePrompt<'_>);

    /// Asks for one line; `None` means that no more input will come.
    ///
    /// An implementation that reads a terminal must read in a thread of its own: the future is
    /// dropped when the answer arrives by another way.
    fn ask<'a>(&'a self, question: &Question<'_>) -> Answer<'a>;

    /// Tells of progress. [`Progress`] displays itself in words.
    fn progress(&self, progress: &Progress<'_>) {
        let _ = progress;
    }
}

/// The line that [`Interaction::ask`] resolves to.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;

/// The address at which the person logs in, and how the answer will come back.
#[derive(Clone)]
#[non_exhaustive]
pub struct UrlPrompt<'a> {
    /// The authorization request (RFC 6749 §4.1.1).
    pub url: &'a Url,
    /// Whether keyfob is opening a browser with it now.
    pub opening_browser: bool,
    /// Whether a browser on this machine reports back by itself.
    pub listening: bool,
    /// Why this method was taken, in words.
    pub reason: &'a str,
}

/// Who knows the `state` in the query can answer the login, so it stays out of logs.
impl fmt::Debug for UrlPrompt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlPrompt")
            .field("origin", &self.url.origin().ascii_serialization())
            .field("path", &self.url.path())
            .field("opening_browser", &self.opening_browser)
            .field("listening", &self.listening)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// The code of a device login.
#[derive(Clone)]
#[non_exhaustive]
pub struct DevicePrompt<'a> {
    /// The code to type in.
    pub user_code: &'a str,
    /// Where to type it in.
    pub verification_uri: &'a Url,
    /// The same address with the code in it, if the provider offers one.
    pub verification_uri_complete: Option<&'a Url>,
    /// The complete (else the plain) address as a QR code for a terminal, if it fits.
    pub qr: Option<&'a str>,
    /// How long the code is good.
    pub expires_in: Duration,
}

impl fmt::Debug for DevicePrompt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevicePrompt")
            .field("verification_uri", &self.verification_uri.as_str())
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// What [`Interaction::ask`] asks for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Question<'a> {
    /// The address that the browser ended at, or the code shown there.
    Paste {
        /// Whether the code will do without its address.
        bare_codes: bool,
        /// What was wrong with the line before.
        problem: Option<&'a PasteProblem>,
    },
    /// The name to log in with.
    Username,
    /// The password, which must not be echoed.
    Password,
}

/// What happens during a login.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// The method was chosen.
    Chosen {
        /// The method.
        method: LoginMethod,
        /// Why, in words.
        reason: &'a str,
    },
    /// No browser could be opened; the address stays good.
    BrowserFailed {
        /// Why, in words.
        why: &'a str,
    },
    /// Waiting for the person.
    Waiting {
        /// For how long at most.
        limit: Duration,
    },
    /// A request that is not the answer reached the callback port and was ignored.
    Ignored {
        /// Why, in words.
        why: &'a str,
    },
    /// No more input will come.
    InputEnded {
        /// Whether a browser on this machine can still report back.
        listening: bool,
    },
    /// The person is done; the code is being exchanged for tokens.
    Exchanging,
    /// The provider asked to be asked less often (RFC 8628 §3.5).
    SlowedDown {
        /// The time between two questions from now on.
        interval: Duration,
    },
    /// The provider could not be reached or had a fault; keyfob goes on asking.
    Trouble {
        /// What happened, in words.
        why: &'a str,
        /// When it is asked again.
        retry_in: Duration,
    },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chosen { method, reason } => write!(f, "logging in by {method}: {reason}"),
            Self::BrowserFailed { why } => write!(f, "no browser could be opened: {why}"),
            Self::Waiting { limit } => {
                write!(
                    f,
                    "waiting for you to log in (at most {} s)",
                    limit.as_secs()
                )
            }
            Self::Ignored { why } => write!(f, "ignored a stray request: {why}"),
            Self::InputEnded { listening: true } => f.write_str(
                "input has ended; waiting for the browser on this machine to report back (Ctrl-C ends the login)",
            ),
            Self::InputEnded { listening: false } => {
                f.write_str("input has ended, and there is no other way to answer")
            }
            Self::Exchanging => f.write_str("exchanging the code for tokens"),
            Self::SlowedDown { interval } => {
                write!(
                    f,
                    "the provider asked for patience: asking every {} s",
                    interval.as_secs()
                )
            }
            Self::Trouble { why, retry_in } => {
                write!(f, "{why}; asking again in {} s", retry_in.as_secs())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_the_address_hides_its_state() {
        let url = Url::parse("https://as.example/authorize?state=canary&nonce=canary").unwrap();
        let shown = UrlPrompt {
            url: &url,
            opening_browser: true,
            listening: true,
            reason: "why",
        };
        let shown = format!("{shown:?}");
        assert!(shown.contains("https://as.example"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
