//! What follows a login: which profile is the default one, and what in the environment overrides it.
use keyfob::settings::Origin;

use super::app::Call;
use super::opened::Opened;
use super::options::Answer;
use super::variables;
use crate::commands::open;
use crate::failure::Failure;
use crate::ui::{ask, output};

/// Makes the profile the default one if there is none, or if that is wanted.
///
/// # Errors
///
/// Says why the settings cannot be written, or that the question was left with Ctrl-C.
pub(super) async fn run(call: &Call<'_>, opened: &Opened, answer: &Answer) -> Result<(), Failure> {
    if opened.resolved.origin == Origin::AdHoc && !opened.is_saved() {
        say(&format!(
            "note: {} is not stored; it is used as long as it is in the environment or on the command line",
            opened.resolved.name
        ));
        return Ok(());
    }
    make_default(call, opened, answer).await?;
    warn_of_environment(&opened.resolved.name);
    Ok(())
}

async fn make_default(call: &Call<'_>, opened: &Opened, answer: &Answer) -> Result<(), Failure> {
    let profiles = open::profiles(call.context);
    let name = &opened.resolved.key;
    // A default that cannot be read is no reason to lose a login that is already stored.
    let known = profiles.current().unwrap_or_default();
    let wanted = match (&known, answer.given()) {
        (None, _) | (_, Some(true)) => true,
        (Some(known), _) if known == name => false,
        (_, Some(false)) => false,
        (Some(known), None) if call.context.may_ask() => {
            wants(known.as_str(), name.as_str()).await?
        }
        (Some(known), None) => {
            say(&format!(
                "note: the default profile is still {known}; plauth profile set {name} changes it"
            ));
            false
        }
    };
    if wanted && known.as_ref() != Some(name) {
        profiles.switch(name)?;
    }
    Ok(())
}

async fn wants(known: &str, name: &str) -> Result<bool, Failure> {
    say("Current value and user default differ.");
    let variable = variables::PROFILE;
    let question = format!(
        "Do you want to change the user default {variable} from \"{known}\" to \"{name}\"?  [y/N]: "
    );
    let answer = ask::line(&question).await?;
    Ok(["y", "yes"].contains(&answer.to_ascii_lowercase().as_str()))
}

/// What wins over the default profile from now on, so that nobody wonders whose token is used.
fn warn_of_environment(name: &str) {
    let set = |variable| variables::set(variable).is_some();
    let other = |value: String| !value.eq_ignore_ascii_case(name);
    if variables::set(variables::PROFILE).is_some_and(other) {
        overrides(variables::PROFILE);
    }
    if set(variables::CLIENT_ID) && set(variables::CLIENT_SECRET) {
        overrides(&format!(
            "{} and {}",
            variables::CLIENT_ID,
            variables::CLIENT_SECRET
        ));
    }
    if set(variables::API_KEY) {
        overrides(variables::API_KEY);
    }
}

fn overrides(what: &str) {
    say(&format!(
        "warning: {what} in the environment overrides the default profile"
    ));
}

fn say(text: &str) {
    output::stderr(&format!("{text}\n"));
}
