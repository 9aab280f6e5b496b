//! What a login shows to and asks from the person at this terminal.
use keyfob::login::{
    Answer, DevicePrompt, Interaction, Progress as LoginProgress, Question, UrlPrompt,
};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::context::Context;

use super::{duration, output, prompt, words};

/// A person at a terminal; everything goes to stderr, because stdout is for data.
pub(crate) struct Terminal {
    quiet: bool,
    password: Option<Zeroizing<String>>,
}

impl Terminal {
    /// Says as much as the global flags ask for.
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            quiet: context.is_quiet(),
            password: None,
        }
    }

    /// Answers the question for the password with this one.
    pub(crate) fn with_password(self, password: Option<Zeroizing<String>>) -> Self {
        Self { password, ..self }
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
        let qr = shown.qr.filter(|_| super::terminal::stderr_is_drawable());
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
        let (hidden, text) = match question {
            Question::Paste { problem } => {
                let problem = problem.map(|why| format!("That did not work: {why}.\n"));
                let ask = "Paste the address that the browser ended at (or the code): ";
                (false, format!("{}{ask}", problem.unwrap_or_default()))
            }
            Question::Username => (false, "User name: ".to_owned()),
            Question::Password => (true, "Password: ".to_owned()),
            _ => return Box::pin(std::future::ready(None)),
        };
        let answer = in_a_thread(hidden, text);
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
            LoginProgress::BrowserFailed { .. } | LoginProgress::Trouble { .. } => {
                self.say(&words::plain(&progress.to_string()));
            }
            _ => {}
        }
    }
}

/// Reads in a thread of its own, which simply stays behind when the answer comes by another way.
fn in_a_thread(hidden: bool, text: String) -> oneshot::Receiver<Option<String>> {
    let (answer, answered) = oneshot::channel();
    let read = move || {
        let line = if hidden {
            prompt::hidden(&text).map(|secret| secret.to_string())
        } else {
            prompt::line(&text)
        };
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
