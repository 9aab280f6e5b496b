//! The result of a command on stdout.
use std::io::{self, Write};

use clap::ValueEnum;

use crate::failure::Failure;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs; errors become JSON on stderr too.
    Json,
    /// The bare token (`token` only; what it prints anyway).
    Token,
    /// The `Authorization` header (`token` only).
    Header,
}

/// Writes a result and makes sure that it arrived; a reader that left early is no failure.
///
/// # Errors
///
/// Says which error the operating system gave.
pub(crate) fn stdout(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::other("stdout", format!("stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes words for a person; a stderr that went away is no failure.
pub(crate) fn stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    drop(
        stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush()),
    );
}

/// A JSON document as it is printed: two spaces, final newline.
pub(crate) fn json(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
