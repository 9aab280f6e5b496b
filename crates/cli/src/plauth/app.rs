//! plauth's root: its options, its commands, and the way from a command line to an exit code.
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::{fast, jwt, legacy, login, oauth, place, profile, refusal, report, variables, version};
use crate::app;
use crate::context::{Context, Place};
use crate::failure::Failure;
use crate::ui::{logging, output};

/// Log in, and use and inspect the tokens: planet-auth's plauth, carried out by keyfob
#[derive(Parser, Debug)]
#[command(
    name = "plauth",
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_value_name = "COMMAND"
)]
pub(super) struct Line {
    /// How much to log to stderr [env: PL_LOGLEVEL] [default: info]
    #[arg(
        short,
        long,
        value_enum,
        ignore_case = true,
        overrides_with = "loglevel",
        hide_possible_values = false,
        value_name = "LEVEL"
    )]
    loglevel: Option<Level>,
    /// Profile to use [env: PL_AUTH_PROFILE]
    #[arg(
        long,
        value_name = "PROFILE",
        overrides_with = "auth_profile",
        allow_hyphen_values = true
    )]
    auth_profile: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// plauth's commands.
#[derive(Subcommand, Debug)]
enum Command {
    Jwt(jwt::JwtArgs),
    Legacy(legacy::LegacyArgs),
    Login(Box<login::LoginArgs>),
    Oauth(oauth::OauthArgs),
    Profile(profile::ProfileArgs),
    Reset(super::reset::ResetArgs),
    Version(version::VersionArgs),
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    Critical,
    Error,
    Warning,
    Info,
    Debug,
}

/// What every command of plauth gets.
pub(super) struct Call<'a> {
    /// keyfob's side of it: the home folder, the clock, the ways to speak.
    pub(super) context: &'a Context,
    /// The profile that the root option names.
    pub(super) auth_profile: Option<String>,
}

/// Runs plauth's command line.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    fast::run(arguments).unwrap_or_else(|| parse(arguments))
}

fn parse(arguments: &[OsString]) -> ExitCode {
    let words = std::iter::once(OsString::from("plauth")).chain(arguments.iter().cloned());
    let line = match Line::try_parse_from(words) {
        Ok(line) => line,
        Err(error) => return refusal::report(&error, arguments),
    };
    let Some(command) = line.command else {
        return match help(&[]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => report::failure(&failure, &Place::default(), arguments),
        };
    };
    logging::start(line.loglevel.or_else(Level::of_environment).verbosity());
    let context = match place::context() {
        Ok(context) => context,
        Err(failure) => return report::failure(&failure, &Place::default(), arguments),
    };
    let call = Call {
        context: &context,
        auth_profile: line.auth_profile,
    };
    match app::drive(&context, command.run(&call)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report::failure(&failure, &context.place, arguments),
    }
}

/// Prints the help of a group that was called without a command, which is no failure.
///
/// # Errors
///
/// Says why stdout could not be written.
pub(super) fn help(path: &[&str]) -> Result<(), Failure> {
    let mut root = Line::command();
    root.build();
    let mut command = &mut root;
    for name in path {
        command = match command.find_subcommand_mut(name) {
            Some(found) => found,
            None => return Ok(()),
        };
    }
    output::stdout(&command.render_long_help().to_string())
}

impl Command {
    async fn run(self, call: &Call<'_>) -> Result<(), Failure> {
        match self {
            Self::Jwt(args) => args.run(call).await,
            Self::Legacy(args) => args.run(call).await,
            Self::Login(args) => args.run(call).await,
            Self::Oauth(args) => args.run(call).await,
            Self::Profile(args) => args.run(call).await,
            Self::Reset(args) => args.run(call).await,
            Self::Version(args) => args.run(),
        }
    }
}

trait Verbosity {
    fn verbosity(self) -> u8;
}

impl Verbosity for Option<Level> {
    /// keyfob logs nothing of what plauth calls info: its sign of life is the spinner, its outcome the exit code.
    fn verbosity(self) -> u8 {
        u8::from(self == Some(Level::Debug))
    }
}

impl Level {
    /// A level that nobody knows must not keep a command from running.
    fn of_environment() -> Option<Self> {
        let text = variables::set(variables::LOGLEVEL)?;
        let level = Self::from_str(&text, true).ok();
        if level.is_none() {
            output::stderr(&format!(
                "warning: {} is none of critical, error, warning, info, debug\n",
                variables::LOGLEVEL
            ));
        }
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_tree_is_consistent() {
        Line::command().debug_assert();
    }
}
