//! Questions to a person: a line, or a secret that is not shown while typed.
use std::io::{self, BufRead, Read, Write};

use zeroize::Zeroizing;

use crate::failure::Failure;

/// The longest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;

/// Asks on stderr, reads one line from stdin.
///
/// # Errors
///
/// Says that it was cancelled when stdin ends.
pub(crate) fn line(question: &str) -> Result<String, Failure> {
    ask(question)?;
    let mut answer = String::new();
    let read = io::stdin()
        .lock()
        .take(MAX_ANSWER as u64)
        .read_line(&mut answer);
    match read {
        Ok(0) => Err(Failure::cancelled("the input ended before an answer")),
        Ok(_) => Ok(answer.trim().to_owned()),
        Err(error) => Err(Failure::other("terminal", format!("stdin: {error}"))),
    }
}

/// Asks on stderr, reads one line from the terminal without showing it.
///
/// # Errors
///
/// Says that it was cancelled on Ctrl-C or Ctrl-D.
pub(crate) fn hidden(question: &str) -> Result<Zeroizing<String>, Failure> {
    ask(question)?;
    let answer = hidden_line();
    ask("\n")?;
    answer
}

/// Shows what is typed again, if a hidden question was left open.
pub(crate) fn restore() {
    #[cfg(unix)]
    unix::restore();
}

fn ask(text: &str) -> Result<(), Failure> {
    let mut stderr = io::stderr().lock();
    stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush())
        .map_err(|error| Failure::other("terminal", format!("stderr: {error}")))
}

/// Reads key by key, so that Ctrl-C still restores the terminal.
#[cfg(unix)]
fn hidden_line() -> Result<Zeroizing<String>, Failure> {
    let _quiet = unix::Quiet::begin()
        .map_err(|error| Failure::other("terminal", format!("stdin: {error}")))?;
    keys(io::stdin().lock().bytes())
}

#[cfg(not(unix))]
fn hidden_line() -> Result<Zeroizing<String>, Failure> {
    Err(Failure::other("terminal", "secrets cannot be typed here")
        .with_hint("give it by file, environment variable, command or stdin"))
}

/// Edits a line as a terminal would: erase, kill, cancel, end.
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "only Unix terminals are read key by key")
)]
fn keys(bytes: impl Iterator<Item = io::Result<u8>>) -> Result<Zeroizing<String>, Failure> {
    let mut typed = Zeroizing::new(Vec::with_capacity(256));
    for byte in bytes {
        match byte {
            Ok(b'\r' | b'\n') => break,
            Ok(0x03) => return Err(Failure::interrupted()),
            Ok(0x04) if typed.is_empty() => {
                return Err(Failure::cancelled("the input ended before an answer"));
            }
            Ok(0x08 | 0x7f) => erase(&mut typed),
            Ok(0x15) => typed.clear(),
            Ok(byte) if typed.len() < MAX_ANSWER => typed.push(byte),
            Ok(_) => {}
            Err(error) => return Err(Failure::other("terminal", format!("stdin: {error}"))),
        }
    }
    std::str::from_utf8(&typed)
        .map(|text| Zeroizing::new(text.to_owned()))
        .map_err(|_| Failure::usage("the answer is not UTF-8"))
}

/// Removes one character, which may be several bytes.
fn erase(typed: &mut Vec<u8>) {
    while let Some(byte) = typed.pop() {
        if byte & 0xc0 != 0x80 {
            break;
        }
    }
}

#[cfg(unix)]
mod unix {
    //! Echo off, restored on drop or from outside: the thread that asks may be left behind.
    use std::sync::{Mutex, PoisonError};

    use rustix::termios::{self, LocalModes, OptionalActions, Termios};

    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    pub(super) struct Quiet;

    impl Quiet {
        pub(super) fn begin() -> rustix::io::Result<Self> {
            let before = termios::tcgetattr(std::io::stdin())?;
            let mut quiet = before.clone();
            quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
            let mut kept = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
            termios::tcsetattr(std::io::stdin(), OptionalActions::Flush, &quiet)?;
            *kept = Some(before);
            Ok(Self)
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            restore();
        }
    }

    pub(super) fn restore() {
        let mut kept = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = kept.take() {
            // Nothing better can be done for a terminal that does not answer.
            let _ = termios::tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Result<Zeroizing<String>, Failure> {
        keys(text.as_bytes().iter().map(|byte| Ok(*byte)))
    }

    #[test]
    fn edits_like_a_terminal() {
        assert_eq!(typed("secret\n").unwrap().as_str(), "secret");
        assert_eq!(typed("sé\x7fe\r").unwrap().as_str(), "se");
        assert_eq!(typed("wrong\x15right\n").unwrap().as_str(), "right");
    }

    #[test]
    fn ctrl_c_interrupts_and_ctrl_d_cancels() {
        assert_eq!(typed("abc\x03").unwrap_err().exit_code(), 130);
        assert_eq!(typed("\x04").unwrap_err().exit_code(), 3);
    }
}
