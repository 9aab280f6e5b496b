//! A screen for tests: what is shown goes to channels, what is asked comes from one.

use std::sync::Mutex;

use keyfob::login::{Answer, DevicePrompt, Interaction, Progress, Question, UrlPrompt};
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The screen's side.
pub(crate) struct Screen {
    urls: UnboundedSender<String>,
    codes: UnboundedSender<String>,
    lines: AsyncMutex<UnboundedReceiver<String>>,
    said: Mutex<Vec<String>>,
}

/// The person's side.
pub(crate) struct Seat {
    pub(crate) urls: UnboundedReceiver<String>,
    pub(crate) codes: UnboundedReceiver<String>,
    pub(crate) keyboard: UnboundedSender<String>,
}

impl Screen {
    pub(crate) fn new() -> (Self, Seat) {
        let (urls, urls_seen) = unbounded_channel();
        let (codes, codes_seen) = unbounded_channel();
        let (keyboard, lines) = unbounded_channel();
        let screen = Self {
            urls,
            codes,
            lines: AsyncMutex::new(lines),
            said: Mutex::default(),
        };
        (
            screen,
            Seat {
                urls: urls_seen,
                codes: codes_seen,
                keyboard,
            },
        )
    }

    /// Everything told by progress and by problems with pasted lines.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    fn say(&self, words: String) {
        self.said.lock().unwrap().push(words);
    }
}

impl Interaction for Screen {
    fn show_url(&self, shown: &UrlPrompt<'_>) {
        drop(self.urls.send(shown.url.to_string()));
    }

    fn show_device_code(&self, shown: &DevicePrompt<'_>) {
        self.say(format!("qr: {}", shown.qr.is_some()));
        drop(self.codes.send(shown.user_code.to_owned()));
    }

    fn ask<'a>(&'a self, question: &Question<'_>) -> Answer<'a> {
        if let Question::Paste {
            problem: Some(problem),
            ..
        } = question
        {
            self.say(format!("problem: {problem}"));
        }
        Box::pin(async { self.lines.lock().await.recv().await })
    }

    fn progress(&self, progress: &Progress<'_>) {
        self.say(progress.to_string());
    }
}
