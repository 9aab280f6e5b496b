//! How plauth ends: `Error: …` with exit code 1, `Aborted!` with 1, a wrong command line with 2.
use std::ffi::OsString;
use std::process::ExitCode;

use super::refusal;
use crate::context::Place;
use crate::failure::{Exit, Failure};
use crate::ui::{output, words};

/// The exit code of everything that is not a wrong command line.
const EXIT: u8 = 1;

/// The code of failures that click would have found while parsing.
const BAD_PARAMETER: &str = "bad_parameter";

/// keyfob's hints whose command has a namesake here.
const NAMESAKES: [(&str, &str); 4] = [
    ("keyfob login{at}", "plauth --auth-profile {name} login"),
    ("keyfob profile show{at}", "plauth profile list --long"),
    ("keyfob list{home}", "plauth profile list"),
    ("keyfob switch{home} PROFILE", "plauth profile set PROFILE"),
];

/// An option that is only wrong together with others or with the world.
pub(super) fn bad_parameter(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, BAD_PARAMETER, message)
}

/// Says why a command failed, and gives the exit code.
pub(super) fn failure(failure: &Failure, place: &Place, arguments: &[OsString]) -> ExitCode {
    match failure.code() {
        BAD_PARAMETER => return refusal::say(arguments, failure.message()),
        // The person ended a question or the command.
        "interrupted" | "cancelled" => {
            output::stderr("Aborted!\n");
            return ExitCode::from(EXIT);
        }
        // By a signal, as shells report it.
        "terminated" | "hung_up" => return ExitCode::from(failure.exit_code()),
        _ => {}
    }
    output::stderr(&text(failure, place));
    ExitCode::from(EXIT)
}

fn text(failure: &Failure, place: &Place) -> String {
    let hint = hint(failure, place);
    let hint = hint.map(|hint| format!("hint: {hint}\n"));
    let message = words::plain_lines(failure.message());
    format!("Error: {message}\n{}", hint.unwrap_or_default())
}

fn hint(failure: &Failure, place: &Place) -> Option<String> {
    let hint = failure.hint()?;
    let namesake = NAMESAKES
        .iter()
        .find_map(|(ours, theirs)| Some(hint.replace(ours, theirs)).filter(|text| text != hint));
    match (namesake, place.profile()) {
        (Some(namesake), Some(name)) => Some(namesake.replace("{name}", &words::shell_word(&name))),
        (Some(namesake), None) => Some(namesake.replace(" --auth-profile {name}", "")),
        (None, _) => failure.hint_at(place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_name_plauths_own_commands_with_the_profile_that_is_meant() {
        let failure = Failure::other("x", "it failed").with_hint("keyfob login{at}");
        let place = Place::default();
        assert_eq!(
            text(&failure, &place),
            "Error: it failed\nhint: plauth login\n"
        );
        place.note_profile("my work");
        assert_eq!(
            text(&failure, &place),
            "Error: it failed\nhint: plauth --auth-profile 'my work' login\n"
        );
    }
}
