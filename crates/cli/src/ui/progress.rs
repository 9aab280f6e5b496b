//! A sign of life while a provider or a person is awaited.
use std::io::Write;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::terminal;

/// Quick answers need no sign of life.
const PATIENCE: Duration = Duration::from_millis(400);
const FRAME: Duration = Duration::from_millis(120);
const FRAMES: [char; 8] = ['⣾', '⣽', '⣻', '⢿', '⡿', '⣟', '⣯', '⣷'];

/// Shows a line on stderr until dropped: a spinner on a terminal, one plain line elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts after a short patience; `quiet` shows nothing at all.
    pub(crate) fn start(what: impl Into<String>, quiet: bool) -> Self {
        if quiet {
            return Self {
                stop: None,
                thread: None,
            };
        }
        let what = what.into();
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || show(&what, &stopped))
            .ok();
        Self {
            stop: Some(stop),
            thread,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A spinner that could not be joined leaves at most one stray character.
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn show(what: &str, stopped: &mpsc::Receiver<()>) {
    let begin = Instant::now();
    if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    if !terminal::stderr_is_drawable() {
        line(&format!("{what}\n"));
        return;
    }
    for frame in FRAMES.iter().cycle() {
        line(&format!(
            "\r\x1b[2K{frame} {what} ({} s)",
            begin.elapsed().as_secs()
        ));
        if stopped.recv_timeout(FRAME) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    line("\r\x1b[2K");
}

/// A stderr that went away is no reason to stop working.
fn line(text: &str) {
    let mut stderr = std::io::stderr().lock();
    drop(
        stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush()),
    );
}
