//! Waiting for the answer: callback port and paste race each other, the first valid answer wins.

use std::time::Duration;

use keyfob_protocol::danger::PastedCode;
use keyfob_protocol::{AuthorizationCode, Callback, CallbackError, Pending};
use keyfob_transport::Clock;
use url::Url;

use super::code;
use super::interaction::Answer;
use super::loopback::{Arrival, Loopback};
use super::pages::Page;
use super::paste::{self, PasteProblem, Pasted};
use super::{Browser, BrowserError, Interaction, LoginError, Progress, Question};

/// Lines that make no sense before keyfob stops asking: a broken input must not loop for ever.
const BAD_LINES: usize = 20;

/// What is waited for, and how long.
pub(super) struct Wait<'a> {
    pub(super) pending: &'a Pending,
    pub(super) listener: Option<&'a mut Loopback>,
    /// Whether the person is asked to paste the answer.
    pub(super) paste: bool,
    /// Whether a code without its address will do.
    pub(super) bare_codes: bool,
    /// The browser to open, and the address to open in it.
    pub(super) open: Option<(&'a Browser, &'a Url)>,
    /// Whether another way follows if no browser opens.
    pub(super) falls_back: bool,
    pub(super) screen: &'a dyn Interaction,
    pub(super) clock: &'a Clock,
    pub(super) limit: Duration,
}

impl Wait<'_> {
    /// Waits for the first valid answer, a refusal, or the limit.
    pub(super) async fn answer(self) -> Result<AuthorizationCode, LoginError> {
        let (clock, limit) = (self.clock, self.limit);
        self.screen.progress(&Progress::Waiting { limit });
        let won = clock.timeout(limit, self.race()).await;
        won.unwrap_or(Err(LoginError::TimedOut { after: limit }))
    }

    async fn race(mut self) -> Result<AuthorizationCode, LoginError> {
        let open = self.open;
        let opening = async move {
            match open {
                Some((browser, url)) => browser.open(url).await,
                None => Ok(()),
            }
        };
        tokio::pin!(opening);
        let mut is_opening = open.is_some();
        let mut lines = Lines::new(self.screen, self.paste, self.bare_codes);
        loop {
            if self.listener.is_none() && !lines.is_open() {
                return Err(LoginError::NoAnswer);
            }
            tokio::select! {
                arrival = next(self.listener.as_deref_mut()) => {
                    if let Some(code) = self.judge(arrival)? {
                        return Ok(code);
                    }
                }
                line = lines.next() => match line {
                    Some(line) => if let Some(code) = self.read(&line, &mut lines)? {
                        return Ok(code);
                    },
                    None => self.screen.progress(&Progress::InputEnded {
                        listening: self.listener.is_some(),
                    }),
                },
                opened = &mut opening, if is_opening => {
                    is_opening = false;
                    self.opened(opened)?;
                }
            }
        }
    }

    /// Judges what came to the callback port; only who knows our `state` can end the wait.
    fn judge(&self, arrival: Arrival) -> Result<Option<AuthorizationCode>, LoginError> {
        let read = code::read(&arrival, self.pending);
        if let Err(error) = &read
            && is_stray(error)
        {
            let why = error.to_string();
            self.screen.progress(&Progress::Ignored { why: &why });
            arrival.answer(Page::not_ours(&why));
            return Ok(None);
        }
        // What it sees next depends on how the login ends.
        if let Some(listener) = &self.listener {
            arrival.answer(listener.stage().invite());
        }
        Ok(Some(read?))
    }

    /// Judges a pasted line; what is wrong with it is said when asking again.
    fn read(
        &self,
        line: &str,
        lines: &mut Lines<'_>,
    ) -> Result<Option<AuthorizationCode>, LoginError> {
        let read = match paste::parse(line) {
            Ok(Pasted::Query(query)) => {
                Callback::from_query(&query).and_then(|callback| self.pending.read(callback))
            }
            Ok(Pasted::Code(code)) if self.bare_codes => {
                self.pending.read_pasted(&code, PastedCode)
            }
            Ok(Pasted::Code(_)) => {
                lines.ask_again(&PasteProblem::BareCode);
                return Ok(None);
            }
            Err(problem) => {
                lines.ask_again(&problem);
                return Ok(None);
            }
        };
        match read {
            Ok(code) => Ok(Some(code)),
            Err(CallbackError::StateMismatch) => {
                lines.ask_again(&PasteProblem::OtherLogin);
                Ok(None)
            }
            Err(error) if is_stray(&error) => {
                lines.ask_again(&PasteProblem::Refused(error.to_string()));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A browser that does not open ends the login only if nobody can see the address.
    fn opened(&self, opened: Result<(), BrowserError>) -> Result<(), LoginError> {
        match opened {
            Ok(()) => Ok(()),
            Err(error @ BrowserError::Failed { .. }) if self.paste && !self.falls_back => {
                self.screen.progress(&Progress::BrowserFailed {
                    why: &error.to_string(),
                });
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A right `state` without a code is no answer either, but it was not made by a stranger.
fn is_stray(error: &CallbackError) -> bool {
    error.is_stray() || matches!(error, CallbackError::MissingCode)
}

/// The next arrival; never, without a listener.
pub(super) async fn next(listener: Option<&mut Loopback>) -> Arrival {
    match listener {
        Some(listener) => match listener.next().await {
            Some(arrival) => arrival,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// The lines that the person pastes, until input ends.
struct Lines<'a> {
    screen: &'a dyn Interaction,
    bare_codes: bool,
    asking: Option<Answer<'a>>,
    left: usize,
}

impl<'a> Lines<'a> {
    fn new(screen: &'a dyn Interaction, paste: bool, bare_codes: bool) -> Self {
        let question = Question::Paste {
            bare_codes,
            problem: None,
        };
        Self {
            screen,
            bare_codes,
            asking: paste.then(|| screen.ask(&question)),
            left: BAD_LINES,
        }
    }

    fn is_open(&self) -> bool {
        self.asking.is_some()
    }

    /// The next line, or `None` once when input has ended; after that, never. Cancel safe.
    async fn next(&mut self) -> Option<String> {
        match &mut self.asking {
            Some(asking) => {
                let line = asking.await;
                self.asking = None;
                line
            }
            None => std::future::pending().await,
        }
    }

    fn ask_again(&mut self, problem: &PasteProblem) {
        self.left = self.left.saturating_sub(1);
        if self.left > 0 {
            let question = Question::Paste {
                bare_codes: self.bare_codes,
                problem: Some(problem),
            };
            self.asking = Some(self.screen.ask(&question));
        }
    }
}
