//! What is attached to the three streams.
use std::env;
use std::io::IsTerminal;

/// Whether a person can be asked: stdin and stderr are terminals.
pub(crate) fn person_present() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether stderr may be drawn on (a spinner, colours).
pub(crate) fn stderr_is_drawable() -> bool {
    std::io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether colours are welcome on stderr (<https://no-color.org>).
pub(crate) fn stderr_is_colourful() -> bool {
    stderr_is_drawable() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Wipes a spinner, and the `^C` behind it, off the line.
pub(crate) fn clear_line() {
    if stderr_is_drawable() {
        super::output::stderr("\r\x1b[2K");
    }
}
