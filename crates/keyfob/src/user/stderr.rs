//! The words on screen for programs without their own: all on stderr, because stdout is for data.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use tokio::sync::oneshot;

use crate::login::{Answer, DevicePrompt, Interaction, Progress, Question, UrlPrompt};

/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 64 * 1024;

/// Shows a login on stderr and asks on the terminal; stdout stays free for data.
///
/// What is typed is shown, so it asks for no password.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stderr;

impl Stderr {
    /// Shows on this process's stderr.
    pub fn new() -> Self {
        Self
    }
}

impl Interaction for Stderr {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        let lead = match (shown.opening_browser, shown.listening) {
            (true, _) => "Opening your browser. If nothing happens, open this address:",
            (false, true) => "Open this address in a browser on this machine:",
            (false, false) => "Open this address in any browser:",
        };
        say(&format!("{lead}\n\n  {}\n\n", shown.url));
    }

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        let complete = shown.verification_uri_complete;
        let complete = complete
            .map(|uri| format!("or open              {uri}\n"))
            .unwrap_or_default();
        say(&format!(
            "On any device, open  {}\nand type the code    {}\n{complete}",
            shown.verification_uri, shown.user_code
        ));
    }

    fn ask<'a>(&'a self, question: &Question<'_>) -> Answer<'a> {
        let text = match question {
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
                format!("{}{ask}", problem.unwrap_or_default())
            }
            Question::Username => "User name: ".to_owned(),
            Question::Password => return Box::pin(std::future::ready(None)),
        };
        let answer = line_in_a_thread(text);
        Box::pin(async move { answer.await.ok().flatten() })
    }

    fn progress(&self, progress: &Progress<'_>) {
        match progress {
            Progress::BrowserFailed { .. }
            | Progress::Trouble { .. }
            | Progress::InputEnded { .. } => say(&format!("{progress}\n")),
            _ => {}
        }
    }
}

/// A stderr that went away is no failure.
fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    drop(
        stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush()),
    );
}

/// Reads in a thread of its own, which simply stays behind when the answer comes by another way.
fn line_in_a_thread(question: String) -> oneshot::Receiver<Option<String>> {
    let (answer, answered) = oneshot::channel();
    let read = move || {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            drop(answer.send(None));
            return;
        }
        say(&question);
        let mut line = String::new();
        let read = stdin.lock().take(MAX_LINE).read_line(&mut line);
        let line = read.is_ok_and(|bytes| bytes > 0).then_some(line);
        drop(answer.send(line));
    };
    // Without a thread the sender is dropped, which reads as "no more input".
    drop(
        std::thread::Builder::new()
            .name("keyfob-ask".to_owned())
            .spawn(read),
    );
    answered
}
