//! `plauth profile set`: which profile is the default one.
use clap::Args;
use keyfob::settings::{Given, Setting};

use crate::commands::open;
use crate::failure::Failure;
use crate::plauth::app::Call;
use crate::plauth::report;
use crate::ui::ask;

/// Make a profile the default one
#[derive(Args, Debug)]
pub(super) struct SetArgs {
    /// Profile that is meant from now on when none is named [default: is asked for]
    #[arg(value_name = "SELECTED_PROFILE")]
    name: Option<String>,
}

impl SetArgs {
    /// Writes the choice; prints nothing.
    ///
    /// # Errors
    ///
    /// Says that there is no such profile, or that the choice cannot be written.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<(), Failure> {
        let name = match &self.name {
            Some(name) => name.clone(),
            None => choose(call).await?,
        };
        let chosen = call.resolve(&Given::new().with(Setting::Profile, name))?;
        open::profiles(call.context).switch(&chosen.key)?;
        Ok(())
    }
}

/// Asks which of all profiles is meant, by number or name.
async fn choose(call: &Call<'_>) -> Result<String, Failure> {
    if !call.context.may_ask() {
        return Err(report::bad_parameter(
            "Missing argument 'SELECTED_PROFILE'.",
        ));
    }
    let mut names: Vec<String> = call
        .context
        .preset()
        .profiles(false)
        .iter()
        .chain(&open::profiles(call.context).list()?)
        .map(ToString::to_string)
        .collect();
    names.sort_unstable();
    names.dedup();
    for (number, name) in names.iter().enumerate() {
        call.context.say(format!("{:3}  {name}", number + 1));
    }
    let answer = ask::line("Default profile (number or name): ").await?;
    let number = answer.parse::<usize>().ok();
    let by_number = number.and_then(|number| names.get(number.checked_sub(1)?));
    Ok(by_number.cloned().unwrap_or(answer))
}
