//! The questions where a preset makes clients from a few parameters: a host, a provider's name.
use std::collections::BTreeMap;

use keyfob::ClientConfig;
use keyfob::preset::{Kind, Parameter, PresetError, Template};

use crate::failure::Failure;
use crate::ui::{ask, output};

/// What was answered, by parameter.
type Given = BTreeMap<String, Vec<String>>;

/// Asks for the parameters. Returns the client, and the name that the preset proposes for its profile.
///
/// # Errors
///
/// Says that it was cancelled.
pub(super) async fn ask(template: &Template) -> Result<(ClientConfig, String), Failure> {
    let mut given = Given::new();
    // What the client belongs to comes first, what depends on another answer last.
    let mut parameters: Vec<&Parameter> = template.parameters().iter().collect();
    parameters.sort_by_key(|parameter| match parameter.kind {
        _ if parameter.within.is_some() => 3,
        Kind::Host | Kind::Choice(_) => 0,
        Kind::List => 2,
        _ => 1,
    });
    for parameter in parameters {
        ask_parameter(template, parameter, &mut given).await?;
    }
    let config = template.config(&given).map_err(keyfob::Error::from)?;
    let name = template.profile(&given).map_err(keyfob::Error::from)?;
    Ok((config, name))
}

async fn ask_parameter(
    template: &Template,
    parameter: &Parameter,
    given: &mut Given,
) -> Result<(), Failure> {
    loop {
        let answer = ask::line(&question(parameter)).await?;
        let items: Vec<String> = match parameter.kind {
            Kind::List => answer.split_whitespace().map(str::to_owned).collect(),
            _ => Some(answer)
                .filter(|answer| !answer.is_empty())
                .into_iter()
                .collect(),
        };
        given.remove(&parameter.name);
        if !items.is_empty() {
            given.insert(parameter.name.clone(), items);
        }
        match problem(template, parameter, given) {
            None => return Ok(()),
            Some(problem) => output::stderr(&format!("{problem}.\n")),
        }
    }
}

/// What is wrong with this answer; what is still to be asked is not its business.
fn problem(template: &Template, parameter: &Parameter, given: &Given) -> Option<String> {
    let items = given.get(&parameter.name).map(Vec::as_slice);
    if let Err(error) = parameter.check(items.unwrap_or_default()) {
        return Some(error.to_string());
    }
    parameter.within.as_ref()?;
    match template.config(given) {
        Err(PresetError::Parameter {
            parameter: wrong,
            why,
        }) if wrong == parameter.name => Some(format!("{wrong}: {why}")),
        _ => None,
    }
}

fn question(parameter: &Parameter) -> String {
    let choices = match &parameter.kind {
        Kind::Choice(values) => {
            let names: Vec<&str> = values.keys().map(String::as_str).collect();
            format!(": {}", names.join(", "))
        }
        Kind::List => ", separated by spaces".to_owned(),
        _ => String::new(),
    };
    let default = parameter
        .default
        .as_ref()
        .map(|default| format!(" [{default}]"));
    let name = parameter.name.replace('_', " ");
    format!(
        "{name} ({}{choices}){}: ",
        parameter.about,
        default.unwrap_or_default()
    )
}
