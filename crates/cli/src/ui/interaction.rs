//! What a login shows to and asks from the person at this terminal.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyfob::login::{
    Answer, DevicePrompt, Interaction, Progress as LoginProgress, Question, UrlPrompt,
};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::{Exit, Failure};

use super::{duration, output, prompt, words};

/// A person at a terminal; everything goes to stderr, because stdout is for data.
pub(crate) struct Terminal {
    quiet: bool,
    username: Option<String>,
    password: Option<Zeroizing<String>>,
    api_key: Option<Zeroizing<String>>,
    draws_qr_code: bool,
    /// A question whose line on the screen has not ended.
    is_asking: Arc<AtomicBool>,
    was_interrupted: Arc<AtomicBool>,
}

impl Terminal {
    /// Says as much as the global flags ask for.
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            quiet: context.is_quiet(),
            username: None,
            password: None,
            api_key: None,
            draws_qr_code: true,
            is_asking: Arc::default(),
            was_interrupted: Arc::default(),
        }
    }

    /// Whether Ctrl-C was typed instead of a hidden answer.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.was_interrupted.load(Ordering::Acquire)
    }

    /// Answers the question for the user name with this one.
    pub(crate) fn with_username(mut self, username: Option<String>) -> Self {
        self.username = username;
        self
    }

    /// Answers the question for the password with this one.
    pub(crate) fn with_password(mut self, password: Option<Zeroizing<String>>) -> Self {
        self.password = password;
        self
    }

    /// Whether the question for a password is answered beforehand.
    pub(crate) fn brings_password(&self) -> bool {
        self.password.is_some()
    }

    /// Draws a QR code for a device login, where the terminal can show one, or none.
    pub(crate) fn with_qr_code(mut self, draws_qr_code: bool) -> Self {
        self.draws_qr_code = draws_qr_code;
        self
    }

    /// Keeps an API key that was handed over.
    pub(crate) fn with_api_key(mut self, api_key: Option<Zeroizing<String>>) -> Self {
        self.api_key = api_key;
        self
    }

    /// The API key that was handed over.
    pub(crate) fn api_key(&self) -> Option<&str> {
        self.api_key.as_ref().map(|key| key.as_str())
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            output::stderr(&format!("{text}\n"));
        }
    }
}

impl Interaction for Terminal {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        let lead = match (shown.opening_browser, shown.listening) {
            (true, _) => "Opening your browser. If nothing happens, open this address:",
            (false, true) => "Open this address in a browser on this machine:",
            (false, false) => "Open this address in any browser:",
        };
        output::stderr(&format!("{lead}\n\n  {}\n\n", shown.url));
    }

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        let drawable = self.draws_qr_code && super::terminal::stderr_is_drawable();
        let qr = shown.qr.filter(|_| drawable);
        let qr = qr.map(|qr| format!("{qr}\n")).unwrap_or_default();
        let (uri, code) = (shown.verification_uri, words::plain(shown.user_code));
        let complete = shown.verification_uri_complete;
        let complete = complete
            .map(|uri| format!("or open              {uri}\n"))
            .unwrap_or_default();
        let time = duration::say(shown.expires_in);
        let text = format!(
            "{qr}On any device, open  {uri}\nand type the code    {code}\n{complete}\
             The code is good for {time}.\n"
        );
        output::stderr(&text);
    }

    fn ask<'a>(&'a self, question: &Question<'_>) -> Answer<'a> {
        if let (Question::Password, Some(password)) = (question, &self.password) {
            return Box::pin(std::future::ready(Some(password.to_string())));
        }
        if let (Question::Username, Some(username)) = (question, &self.username) {
            return Box::pin(std::future::ready(Some(username.clone())));
        }
        let (hidden, text) = match question {
            Question::Paste {
                bare_codes,
                problem,
            } => {
                let problem = problem.map(|why| format!("That did not work: {why}.\n"));
                let ask = if *bare_codes {
                    "Paste the code that the page shows, or its whole address: "
                } else {
                    "Paste the whole address that the browser ended at: "
                };
                (false, format!("{}{ask}", problem.unwrap_or_default()))
            }
            Question::Username => (false, "User name: ".to_owned()),
            Question::Password => (true, "Password: ".to_owned()),
            _ => return Box::pin(std::future::ready(None)),
        };
        let answer = self.in_a_thread(hidden, text);
        Box::pin(async move { answer.await.ok().flatten() })
    }

    fn progress(&self, progress: &LoginProgress<'_>) {
        match progress {
            LoginProgress::Waiting { limit } => {
                self.say(&format!(
                    "Waiting for you to log in (at most {}).",
                    duration::say(*limit)
                ));
            }
            LoginProgress::InputEnded { .. } => {
                self.is_asking.store(false, Ordering::Release);
                output::stderr(&format!("\n{}\n", words::plain(&progress.to_string())));
            }
            LoginProgress::BrowserFailed { .. } | LoginProgress::Trouble { .. } => {
                self.say(&words::plain(&progress.to_string()));
            }
            _ => {}
        }
    }
}

/// The answer came by another way, or the time was up: the terminal is left as it was found.
impl Drop for Terminal {
    fn drop(&mut self) {
        prompt::restore();
        if self.is_asking.load(Ordering::Acquire) {
            output::stderr("\n");
        }
    }
}

impl Terminal {
    /// Reads in a thread of its own, which simply stays behind when the answer comes by another way.
    fn in_a_thread(&self, hidden: bool, text: String) -> oneshot::Receiver<Option<String>> {
        let (answer, answered) = oneshot::channel();
        let (is_asking, was_interrupted) = (
            Arc::clone(&self.is_asking),
            Arc::clone(&self.was_interrupted),
        );
        is_asking.store(true, Ordering::Release);
        let read = move || {
            let line = if hidden {
                prompt::hidden(&text).map(|secret| secret.to_string())
            } else {
                prompt::line(&text)
            };
            let interrupted = |failure: &Failure| failure.exit_code() == Exit::Interrupted as u8;
            was_interrupted.store(line.as_ref().is_err_and(interrupted), Ordering::Release);
            is_asking.store(line.is_err() && !hidden, Ordering::Release);
            // Nobody may be waiting any more.
            drop(answer.send(line.ok()));
        };
        // Without a thread the sender is dropped, which reads as "no more input".
        drop(
            std::thread::Builder::new()
                .name("ask".to_owned())
                .spawn(read),
        );
        answered
    }
}
