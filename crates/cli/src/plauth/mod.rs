//! `plauth`: planet-auth's own command lines, carried out by keyfob. What differs is listed in `docs/plauth.md`.
mod after_login;
mod app;
mod decoded;
mod fast;
mod json;
mod jwt;
mod legacy;
mod login;
mod oauth;
mod opened;
mod options;
mod place;
mod profile;
mod refusal;
mod report;
mod reset;
mod sops;
mod variables;
mod version;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Args;

use crate::failure::Failure;

pub(crate) use app::run;

/// The name under which a link to the command is `plauth`.
const NAME: &str = "plauth";

/// Take plauth's command lines (`alias plauth='keyfob plauth'`)
///
/// Everything behind the word is what planet-auth's plauth takes: keyfob plauth --help
#[derive(Args, Debug)]
#[command(verbatim_doc_comment, disable_help_flag = true)]
pub(crate) struct PlauthArgs {
    /// A command line of plauth
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENT"
    )]
    pub(crate) arguments: Vec<OsString>,
}

/// The arguments for plauth, if this process was called as `plauth`, or as `keyfob plauth`.
pub(crate) fn arguments() -> Option<Vec<OsString>> {
    let mut words = std::env::args_os();
    let program = words.next()?;
    if is_plauth(&program) {
        return Some(words.collect());
    }
    (words.next()? == NAME).then(|| words.collect())
}

/// keyfob's global flags are not plauth's.
pub(crate) fn after_global_flags() -> Failure {
    Failure::usage("keyfob's own flags do not go with plauth's command lines")
        .with_hint("keyfob plauth …   (nothing between the two words)")
}

fn is_plauth(program: &OsStr) -> bool {
    let name = Path::new(program).file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| name.strip_suffix(".exe").unwrap_or(name) == NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: planet-100
    #[test]
    fn is_known_by_its_file_name_alone() {
        for program in ["plauth", "/usr/local/bin/plauth", "./plauth", "plauth.exe"] {
            assert!(is_plauth(OsStr::new(program)), "{program}");
        }
        for program in ["keyfob", "/plauth/keyfob", "plauth2", ""] {
            assert!(!is_plauth(OsStr::new(program)), "{program}");
        }
    }
}
