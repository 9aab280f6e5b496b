//! From the command line to an exit code: parse, run under a limit and the signals, report.
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser};

use crate::commands::{self, Command};
use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::ui::output::Output;
use crate::ui::{logging, terminal};

/// How long an exchange that is under way may end after Ctrl-C or `--timeout`.
const GRACE: Duration = Duration::from_secs(5);

/// What clap says where a hint belongs.
const CLAPS_WAY_ON: &str = "For more information, try '--help'.";

const EXIT_CODES: &str = "\
Exit codes:
  0 ok · 1 other · 2 usage · 3 cancelled · 4 login needed · 5 refused by the server
  6 network · 7 store locked or unusable · 8 timed out · 9 security check failed
  10 not found · 130 interrupted

Start here:
  keyfob demo                                        see everything once, no network
  keyfob login --issuer https://id.example --client-id my-cli
  curl -H \"$(keyfob header)\" https://api.example/   use the token";

/// Get, keep and use OAuth 2 and OpenID Connect tokens.
#[derive(Parser, Debug)]
#[command(name = "keyfob", version, after_help = EXIT_CODES)]
pub(crate) struct App {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// The whole command definition, for completions.
pub(crate) fn definition() -> clap::Command {
    App::command()
}

/// Runs the command line of this process.
pub(crate) fn run() -> ExitCode {
    let app = match App::try_parse() {
        Ok(app) => app,
        Err(error) => return refuse(&error),
    };
    logging::start(app.globals.verbose);
    let json = app.globals.output == Output::Json;
    let context = match Context::new(&app.globals) {
        Ok(context) => context,
        Err(failure) => return failure.report(json, &Place::new(&app.globals)),
    };
    match start(&context, app.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json, &context.place),
    }
}

/// Help and version go to stdout, a wrong command line to stderr: as JSON if that was asked for.
fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    let arguments = || std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let help = help_for(arguments().skip(1));
    let rendered = without_tokens(error.render().to_string(), arguments().skip(1));
    if wants_json(arguments().skip(1)) {
        let text = rendered.as_str();
        let text = text.strip_prefix("error: ").unwrap_or(text);
        let message = text.split("\n\n").next().unwrap_or(text).trim().to_owned();
        return Failure::usage(message)
            .with_hint(help)
            .report(true, &Place::default());
    }
    let Some(text) = rendered
        .strip_prefix("error: ")
        .filter(|text| text.contains(CLAPS_WAY_ON))
    else {
        drop(error.print());
        return ExitCode::from(Failure::usage("").exit_code());
    };
    Failure::usage(text.replace(CLAPS_WAY_ON, "").trim_end())
        .with_hint(help)
        .report(false, &Place::default())
}

/// A word too many may be a token, which is not repeated.
fn without_tokens(text: String, words: impl Iterator<Item = String>) -> String {
    let tokens = words.filter(|word| word.starts_with("eyJ") && word.contains('.'));
    tokens.fold(text, |text, token| text.replace(&token, "(a token)"))
}

/// The help of the command that was meant, as far as its words are known.
fn help_for(words: impl Iterator<Item = String>) -> String {
    let mut command = &definition();
    let mut path = "keyfob".to_owned();
    for word in words {
        if let Some(found) = command.find_subcommand(&word) {
            path = format!("{path} {word}");
            command = found;
        }
    }
    format!("{path} --help")
}

/// The command line could not be parsed, so this only looks for the usual spellings.
fn wants_json(arguments: impl Iterator<Item = String>) -> bool {
    let mut previous = String::new();
    for argument in arguments {
        let value = argument
            .strip_prefix("--output=")
            .or_else(|| argument.strip_prefix("-o"));
        if value.map(|value| value.trim_start_matches('=')) == Some("json")
            || (argument == "json" && matches!(previous.as_str(), "-o" | "--output"))
        {
            return true;
        }
        previous = argument;
    }
    false
}

fn start(context: &Context, command: Command) -> Result<(), Failure> {
    let takes_any_output = matches!(command, Command::Token(_) | Command::Header(_));
    if matches!(context.output, Output::Token | Output::Header) && !takes_any_output {
        return Err(
            Failure::usage("-o token and -o header are for `keyfob token` only")
                .with_hint("use -o text or -o json"),
        );
    }
    drive(context, commands::run(context, command))
}

/// Runs a command on a runtime of its own, under the limit and the signals.
///
/// # Errors
///
/// What the command says, or that it was stopped.
pub(crate) fn drive(
    context: &Context,
    command: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::other("runtime", format!("cannot start: {error}")))?;
    let result = runtime.block_on(limited(context, async {
        let result = command.await;
        let _critical = context.critical();
        context.settle().await;
        result
    }));
    // A thread that still waits for a line on stdin must not keep the process alive.
    runtime.shutdown_background();
    result
}

/// Runs the command until it ends, `--timeout` passes or a signal comes.
async fn limited(
    context: &Context,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let mut work = pin!(work);
    let stop = tokio::select! {
        biased;
        result = &mut work => return result,
        failure = signal() => failure,
        failure = limit(context.timeout) => failure,
    };
    if !context.is_critical() {
        // An early refresh may be on its way beside what was stopped.
        tokio::select! {
            biased;
            () = context.settle() => {}
            _ = signal() => {}
            () = tokio::time::sleep(GRACE) => {}
        }
        return Err(stop);
    }
    terminal::clear_line();
    context.say("Waiting for the exchange that is under way, so that no login is lost.");
    tokio::select! {
        biased;
        result = &mut work => result,
        failure = signal() => Err(failure),
        () = tokio::time::sleep(GRACE) => Err(stop),
    }
}

async fn limit(limit: Option<Duration>) -> Failure {
    let Some(limit) = limit else {
        return std::future::pending().await;
    };
    tokio::time::sleep(limit).await;
    Failure::timed_out(format!(
        "not done after {}",
        crate::ui::duration::say(limit)
    ))
}

#[cfg(unix)]
async fn signal() -> Failure {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => Failure::terminated(),
        _ = tokio::signal::ctrl_c() => Failure::interrupted(),
        () = hangup() => Failure::hung_up(),
    }
}

/// The terminal was closed. Under `nohup` that is nothing, and listening would change it.
#[cfg(unix)]
async fn hangup() {
    use tokio::signal::unix::{SignalKind, signal};

    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if hangup_has_its_default(&status)
        && let Ok(mut hangup) = signal(SignalKind::hangup())
        && hangup.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
}

/// Whether the lowest bit, SIGHUP's, is clear in the mask of ignored signals; unknown counts as ignored.
#[cfg(unix)]
fn hangup_has_its_default(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 0)
}

#[cfg(not(unix))]
async fn signal() -> Failure {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Failure::interrupted(),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_tree_is_consistent() {
        definition().debug_assert();
    }

    #[cfg(unix)]
    #[test]
    fn a_hangup_counts_unless_it_was_ignored_from_the_start() {
        assert!(hangup_has_its_default(
            "Name:\tx\nSigIgn:\t0000000000001000\n"
        ));
        assert!(!hangup_has_its_default("SigIgn:\t0000000000000001\n"));
        assert!(!hangup_has_its_default(""));
    }

    #[test]
    fn a_token_in_a_wrong_command_line_is_not_repeated() {
        let words = ["verify", "-", "eyJh.eyJi.c"].map(str::to_owned);
        let text = "unexpected argument 'eyJh.eyJi.c' found".to_owned();
        let text = without_tokens(text, words.into_iter());
        assert_eq!(text, "unexpected argument '(a token)' found");
    }

    #[test]
    fn finds_the_json_wish_in_a_broken_command_line() {
        let json = |line: &str| wants_json(line.split(' ').map(str::to_owned));
        assert!(json("token -o json --nonsense"));
        assert!(json("token --output=json --nonsense"));
        assert!(json("-ojson token"));
        assert!(!json("token --nonsense json"));
    }
}
