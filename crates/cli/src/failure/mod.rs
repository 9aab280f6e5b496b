//! The only place that turns an error into words, a hint and an exit code; which error is what stands in `judge.rs`.
mod judge;

use std::borrow::Cow;
use std::process::ExitCode;

use serde_json::json;

use crate::context::Place;
use crate::ui::{output, terminal, words};

/// What the exit codes mean; documented in `keyfob --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Anything without a number of its own.
    Other = 1,
    /// The command line or a setting is wrong.
    Usage = 2,
    /// The person said no.
    Cancelled = 3,
    /// Nobody is logged in and nobody could be asked.
    LoginNeeded = 4,
    /// The authorization server refused (an OAuth `error`).
    Refused = 5,
    /// The network or the server is down; try again.
    Network = 6,
    /// The credential store is locked or unusable.
    Store = 7,
    /// A wait reached its limit.
    TimedOut = 8,
    /// A state, issuer, nonce or signature did not match.
    Security = 9,
    /// No such profile.
    NotFound = 10,
    /// The terminal was closed (SIGHUP), as shells report it.
    HungUp = 129,
    /// Ctrl-C, as shells report it.
    Interrupted = 130,
    /// SIGTERM, as shells report it.
    Terminated = 143,
}

/// Why a command failed: a stable code, a sentence, and what to type next.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    code: Cow<'static, str>,
    message: String,
    /// May contain `{at}`, `{home}` and `{trust}`: see `fill_in`.
    hint: Option<Cow<'static, str>>,
}

impl Failure {
    /// Makes a failure of any kind.
    pub(crate) fn new(
        exit: Exit,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            exit,
            code: code.into(),
            message: message.into(),
            hint: None,
        }
    }

    /// Something without an exit code of its own.
    pub(crate) fn other(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Other, code, message)
    }

    /// The command line cannot be carried out as given.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// The person did not want to.
    pub(crate) fn cancelled(message: impl Into<String>) -> Self {
        Self::new(Exit::Cancelled, "cancelled", message)
    }

    /// Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted", "interrupted")
    }

    /// SIGTERM.
    pub(crate) fn terminated() -> Self {
        Self::new(Exit::Terminated, "terminated", "told to stop")
    }

    /// SIGHUP.
    pub(crate) fn hung_up() -> Self {
        Self::new(Exit::HungUp, "hung_up", "the terminal was closed")
    }

    /// `--timeout` ran out.
    pub(crate) fn timed_out(message: impl Into<String>) -> Self {
        Self::new(Exit::TimedOut, "timed_out", message)
            .with_hint("run it again, with a longer --timeout if the wait is expected")
    }

    /// Says first what was being done.
    pub(crate) fn while_doing(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Adds what to type next.
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// The kind of the failure.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// What happened, in one sentence.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What to type next, before it is filled in with [`Failure::hint_at`].
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// What to type next, with the flags that name this place.
    pub(crate) fn hint_at(&self, place: &Place) -> Option<String> {
        self.hint().map(|hint| fill_in(hint, place))
    }

    /// The number that the process ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        self.exit as u8
    }

    /// Prints the failure on stderr, in words or as JSON, and gives the exit code.
    pub(crate) fn report(&self, json: bool, place: &Place) -> ExitCode {
        let hint = self.hint_at(place);
        if json {
            output::stderr(&format!("{}\n", self.to_json(hint.as_deref())));
        } else {
            output::stderr(&self.to_words(hint.as_deref()));
        }
        ExitCode::from(self.exit_code())
    }

    fn to_json(&self, hint: Option<&str>) -> serde_json::Value {
        json!({"error": {
            "code": self.code,
            "message": self.message,
            "hint": hint,
            "exit": self.exit_code(),
        }})
    }

    fn to_words(&self, hint: Option<&str>) -> String {
        let (red, reset) = if terminal::stderr_is_colourful() {
            ("\x1b[31m", "\x1b[0m")
        } else {
            ("", "")
        };
        let mut text = format!("{red}error:{reset} {}\n", words::plain_lines(&self.message));
        if let Some(hint) = hint {
            text.push_str("hint: ");
            text.push_str(hint);
            text.push('\n');
        }
        text
    }
}

/// The command line of this process, without what keeps it from asking (or, for another way, the way).
fn typed_again(another_way: bool) -> String {
    let ways = ["--browser", "--device", "--paste"];
    let words = std::env::args_os().skip(1);
    words
        .map(|word| word.to_string_lossy().into_owned())
        .filter(|word| word != "--no-input" && !(another_way && ways.contains(&word.as_str())))
        .fold("keyfob".to_owned(), |line, word| {
            format!("{line} {}", words::shell_word(&word))
        })
}

/// `{at}` becomes the flags that name this home and profile, `{home}` those of the home alone, `{trust}` see below.
fn fill_in(hint: &str, place: &Place) -> String {
    let typed;
    let hint = if place.is_unsaved() {
        typed = typed_again(hint.contains("--paste"));
        let lead = if hint == "keyfob profile show{at}" {
            "mend this and run it again: "
        } else {
            ""
        };
        &hint
            .replace("keyfob login{at}", &typed)
            .replace("keyfob profile show{at}", &format!("{lead}{typed}"))
    } else {
        hint
    };
    hint.replace("{trust}", &trusting(place))
        .replace("{at}", &place.flags())
        .replace("{home}", &place.home_flags())
}

/// How a server's own certificate authority is named, for a profile that is there, for one to be, and without any.
fn trusting(place: &Place) -> String {
    match place.profile() {
        _ if place.is_unsaved() => typed_again(false) + " --ca-file FILE",
        Some(_) => "keyfob profile edit{at} --set ca_file=FILE".to_owned(),
        None => "keyfob profile add … --ca-file FILE".to_owned(),
    }
}
