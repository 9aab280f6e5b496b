//! A command line that cannot be understood: exit code 2, in the form that plauth has for it.
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory as _};

use super::app::Line;
use crate::ui::output;

/// The exit code of a wrong command line.
const EXIT: u8 = 2;

/// Help goes to stdout and is no failure; anything else is said on stderr.
pub(super) fn report(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    say(arguments, &words(error))
}

/// Says which command was meant, how it is used, and what is wrong.
pub(super) fn say(arguments: &[OsString], what: &str) -> ExitCode {
    let mut root = Line::command();
    // Gives every command its full path as its name.
    root.build();
    let mut command = meant(&root, arguments).clone();
    let usage = command.render_usage().to_string();
    let path = command.get_bin_name().unwrap_or("plauth");
    output::stderr(&format!(
        "{usage}\nTry '{path} --help' for help.\n\nError: {what}\n"
    ));
    ExitCode::from(EXIT)
}

/// The innermost command whose name was typed.
fn meant<'a>(root: &'a Command, arguments: &[OsString]) -> &'a Command {
    const TAKE_A_VALUE: [&str; 3] = ["-l", "--loglevel", "--auth-profile"];
    let mut command = root;
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if TAKE_A_VALUE.contains(&&*word) {
            words.next();
        } else if let Some(found) = command.find_subcommand(&*word) {
            command = found;
        }
    }
    command
}

/// The refusal in the words that click has for it.
fn words(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let option = || {
        let named = text(ContextKind::InvalidArg).unwrap_or_default();
        let named = named.split([' ', '=']).next().unwrap_or_default();
        named.trim_matches(['<', '>', '[', ']']).to_owned()
    };
    match error.kind() {
        ErrorKind::UnknownArgument if option().starts_with('-') => {
            format!("No such option '{}'.", option())
        }
        ErrorKind::UnknownArgument => format!("Got unexpected extra argument ({})", option()),
        ErrorKind::InvalidSubcommand => {
            let name = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("No such command '{name}'.")
        }
        ErrorKind::MissingRequiredArgument => format!("Missing argument '{}'.", option()),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            match text(ContextKind::InvalidValue).filter(|value| !value.is_empty()) {
                Some(_) => format!("Invalid value for '{}': {}", option(), first_line(error)),
                None => format!("Option '{}' requires an argument.", option()),
            }
        }
        _ => first_line(error),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    text.lines().next().unwrap_or_default().trim().to_owned()
}
