//! A person at a terminal: a pseudo-terminal as stdin and stderr of a command.
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::world::{Run, World, until};

/// A command that somebody sits in front of.
pub(crate) struct Screen {
    child: Child,
    master: File,
    /// Kept open, so that the terminal outlives the command and can be looked at.
    slave: File,
    shown: Arc<Mutex<String>>,
    /// How much was on the screen when something was typed last.
    answered: usize,
}

impl Screen {
    pub(crate) fn start(world: &World, line: &str) -> Self {
        Self::run(world.command(line.split_whitespace()))
    }

    pub(crate) fn run(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let path = std::ffi::OsStr::from_bytes(name.as_bytes());
        let slave = rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let slave = File::from(slave);
        let child = command
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stderr(Stdio::from(slave.try_clone().unwrap()))
            .env("TERM", "dumb")
            .spawn()
            .unwrap();
        drop(command);
        let master = File::from(master);
        let shown = Arc::new(Mutex::new(String::new()));
        let (reader, seen) = (master.try_clone().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || copy(reader, &seen));
        Self {
            child,
            master,
            slave,
            shown,
            answered: 0,
        }
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        self.shown.lock().unwrap().replace("\r\n", "\n")
    }

    /// Waits until the screen ends with a question.
    #[track_caller]
    pub(crate) fn expect(&self, question: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.text().len() <= self.answered || !self.text().ends_with(question) {
            assert!(
                Instant::now() < deadline,
                "{question:?} is not asked: {}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Types as if at the keyboard.
    pub(crate) fn press(&mut self, keys: &str) {
        self.answered = self.text().len();
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for a question and answers it.
    #[track_caller]
    pub(crate) fn answer(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.press(&format!("{answer}\n"));
    }

    /// Waits for a hidden question, which makes the terminal quiet first, and answers it.
    #[track_caller]
    pub(crate) fn answer_hidden(&mut self, question: &str, answer: &str) {
        self.expect(question);
        until("the terminal is quiet", || (!self.echoes()).then_some(()));
        self.press(&format!("{answer}\n"));
    }

    /// Whether what is typed is shown.
    pub(crate) fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end of the command; its stderr is what was on the screen.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Run {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.child.try_wait().unwrap().is_none() {
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("it does not end: {}", self.text());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut out = String::new();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        let code = self.child.wait().unwrap().code();
        // What was written last may not have been copied yet.
        let err = until("the screen is still", || {
            let before = self.text();
            std::thread::sleep(Duration::from_millis(20));
            (before == self.text()).then_some(before)
        });
        assert!(self.echoes(), "the terminal is left quiet");
        Run { code, out, err }
    }
}

fn copy(mut reader: File, seen: &Mutex<String>) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        let text = String::from_utf8_lossy(&bytes[..count]);
        seen.lock().unwrap().push_str(&text);
    }
}
