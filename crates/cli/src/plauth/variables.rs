//! The environment variables that plauth's options are bound to.
use keyfob::Environment;

use crate::home;
use crate::ui::output;

/// Selects the profile.
pub(super) const PROFILE: &str = "PL_AUTH_PROFILE";
/// The client of an ad-hoc profile.
pub(super) const CLIENT_ID: &str = "PL_AUTH_CLIENT_ID";
/// The secret of an ad-hoc profile.
pub(super) const CLIENT_SECRET: &str = "PL_AUTH_CLIENT_SECRET";
/// An API key.
pub(super) const API_KEY: &str = "PL_API_KEY";
/// Scopes, separated by spaces.
pub(super) const SCOPE: &str = "PL_AUTH_SCOPE";
/// Audiences, separated by spaces.
pub(super) const AUDIENCE: &str = "PL_AUTH_AUDIENCE";
/// Further parameters, `KEY=VALUE`, separated by spaces.
pub(super) const EXTRA: &str = "PL_AUTH_EXTRA";
/// The issuer that a token is checked against.
pub(super) const ISSUER: &str = "PL_AUTH_ISSUER";
/// A file that holds a token.
pub(super) const TOKEN_FILE: &str = "PL_AUTH_TOKEN_FILE";
/// The user name of a password login.
pub(super) const USERNAME: &str = "PL_AUTH_USERNAME";
/// The password of a password login.
pub(super) const PASSWORD: &str = "PL_AUTH_PASSWORD";
/// The organization to log in to.
const ORGANIZATION: &str = "PL_AUTH_ORGANIZATION";
/// The project to log in to.
const PROJECT: &str = "PL_AUTH_PROJECT";
/// How much is logged.
pub(super) const LOGLEVEL: &str = "PL_LOGLEVEL";

/// Options of logins alone, which must not change what other commands work on.
const OF_LOGINS: [&str; 5] = [SCOPE, AUDIENCE, ORGANIZATION, PROJECT, EXTRA];

/// The environment as a command sees it: with the options of logins or without.
pub(super) fn environment(is_login: bool) -> Environment {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    // Name and password answer a login's questions; in a profile's place they would make it another login.
    let is_hidden = |name: &str| {
        [USERNAME, PASSWORD].contains(&name) || (!is_login && OF_LOGINS.contains(&name))
    };
    Environment::from_vars(variables.filter(|(name, _)| !is_hidden(name))).with_commands()
}

/// The value of an option, else of its variable; empty counts as unset.
pub(super) fn one(option: Option<&String>, variable: &str) -> Option<String> {
    option.cloned().or_else(|| set(variable))
}

/// The values of a repeatable option, else the words of its variable.
pub(super) fn list(option: &[String], variable: &str) -> Vec<String> {
    if option.is_empty() {
        let words = set(variable).unwrap_or_default();
        words.split_whitespace().map(str::to_owned).collect()
    } else {
        option.to_vec()
    }
}

/// Says that a secret was typed where others can read it, and what to do instead.
pub(super) fn warn_of_argument(name: &str, way: &str) {
    output::stderr(&format!(
        "warning: {name} on a command line can be read by every user of this machine; {way}\n"
    ));
}

/// A variable's value; what is not text cannot be meant.
pub(super) fn set(name: &str) -> Option<String> {
    home::set(name)?.into_string().ok()
}
