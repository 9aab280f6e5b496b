//! `plauth oauth print-access-token` with a good stored token: no parser, no runtime, no lock (see `crate::fast`).
use std::ffi::OsString;
use std::process::ExitCode;

use super::{place, variables};
use crate::fast;

/// Prints the token and ends, or steps aside.
pub(super) fn run(arguments: &[OsString]) -> Option<ExitCode> {
    let Simple { profile } = Simple::parse(arguments)?;
    if variables::set(variables::LOGLEVEL).is_some() {
        return None;
    }
    fast::print_token_of(place::PRESET, place::home().ok()?, profile)
}

/// The simple command line, and the profile that it names.
#[derive(Debug, PartialEq)]
struct Simple {
    profile: Option<String>,
}

impl Simple {
    /// Understands the usual spelling; `None` for anything else, right or wrong.
    fn parse(arguments: &[OsString]) -> Option<Self> {
        let (profile, command) = match arguments {
            [flag, name, rest @ ..] if flag == "--auth-profile" => {
                (Some(name.to_str()?.to_owned()), rest)
            }
            rest => (None, rest),
        };
        let [group, command] = command else {
            return None;
        };
        (group == "oauth" && command == "print-access-token").then_some(Self { profile })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_the_simple_command_line_only() {
        let of = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            Simple::parse(&words).map(|simple| simple.profile)
        };
        assert_eq!(of("oauth print-access-token"), Some(None));
        assert_eq!(
            of("--auth-profile work oauth print-access-token"),
            Some(Some("work".to_owned()))
        );
        for line in [
            "oauth print-access-token --no-refresh",
            "oauth refresh",
            "--auth-profile work",
            "-l debug oauth print-access-token",
            "print-access-token",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }
}
