//! A configuration with gaps, and the parameters that fill them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::client::ClientConfig;
use crate::preset::parameter::Filled;
use crate::preset::{Kind, Parameter, PresetError};

/// Makes configurations from parameters, such as a host or the name of a provider.
///
/// ```
/// use std::collections::BTreeMap;
/// use keyfob::preset::Preset;
///
/// let foundry = Preset::builtin("foundry")?;
/// let given = BTreeMap::from([
///     ("host".to_owned(), vec!["example.palantirfoundry.com".to_owned()]),
///     ("client_id".to_owned(), vec!["my-cli".to_owned()]),
/// ]);
/// let config = foundry.template()?.config(&given)?;
/// assert_eq!(config.text("token_endpoint"), Some("https://example.palantirfoundry.com/multipass/api/oauth2/token"));
/// # Ok::<(), keyfob::preset::PresetError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    pub(super) parameters: Vec<Parameter>,
    pub(super) profile: String,
    pub(super) config: Map<String, Value>,
}

type Values = BTreeMap<String, Filled>;

impl Template {
    /// Returns what it asks for.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Makes the configuration for these parameters, by name.
    ///
    /// # Errors
    /// [`PresetError::Parameter`] when one is missing, unknown or not usable.
    pub fn config(
        &self,
        given: &BTreeMap<String, Vec<String>>,
    ) -> Result<ClientConfig, PresetError> {
        let values = self.values(given)?;
        let filled = self.config.iter().filter_map(|(key, value)| {
            let value = fill(value, &values)?;
            Some((key.clone(), value))
        });
        Ok(ClientConfig::new(filled.collect()))
    }

    /// Proposes a name for the profile; a colon before a port becomes a dash.
    ///
    /// # Errors
    /// As [`Template::config`].
    pub fn profile(&self, given: &BTreeMap<String, Vec<String>>) -> Result<String, PresetError> {
        let values = self.values(given)?;
        let mut name = self.profile.clone();
        for (parameter, filled) in &values {
            name = name.replace(&format!("{{{parameter}}}"), &filled.given);
        }
        let name = name.replace(':', "-").replace(['[', ']'], "");
        Ok(name.trim_start_matches('-').chars().take(64).collect())
    }

    fn values(&self, given: &BTreeMap<String, Vec<String>>) -> Result<Values, PresetError> {
        let known = |name: &String| self.parameters.iter().any(|known| known.name == *name);
        if let Some(unknown) = given.keys().find(|name| !known(name)) {
            return Err(PresetError::parameter(
                unknown,
                "this preset has no use for it",
            ));
        }
        let mut values = Values::new();
        for parameter in &self.parameters {
            let given = given.get(&parameter.name).map(Vec::as_slice);
            if let Some(filled) = parameter.fill(given.unwrap_or_default())? {
                values.insert(parameter.name.clone(), filled);
            }
        }
        for parameter in &self.parameters {
            check_within(parameter, &values)?;
        }
        Ok(values)
    }
}

fn check_within(parameter: &Parameter, values: &Values) -> Result<(), PresetError> {
    let (Some(filled), Some(other)) = (values.get(&parameter.name), &parameter.within) else {
        return Ok(());
    };
    let allowed = values.get(other).map(|filled| filled.items.as_slice());
    let allowed = allowed.unwrap_or_default();
    match filled.items.iter().find(|item| !allowed.contains(item)) {
        Some(item) => Err(PresetError::parameter(
            &parameter.name,
            format!("{item} must be among {other} too"),
        )),
        None => Ok(()),
    }
}

/// Fills the gaps of a value; `None` when nothing is left of it.
fn fill(value: &Value, values: &Values) -> Option<Value> {
    match value {
        Value::String(text) => text_of(text, values).map(Value::from),
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().flat_map(|item| list(item, values)).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        other => Some(other.clone()),
    }
}

/// An item of a list; one that is nothing but a list parameter becomes its items.
fn list(item: &Value, values: &Values) -> Vec<Value> {
    if let Value::String(text) = item
        && let Some(name) = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
    {
        let items = values.get(name).map(|filled| filled.items.as_slice());
        return items
            .unwrap_or_default()
            .iter()
            .cloned()
            .map(Value::from)
            .collect();
    }
    fill(item, values).into_iter().collect()
}

fn text_of(text: &str, values: &Values) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        filled.push_str(before);
        filled.push_str(values.get(name)?.items.first()?);
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

/// The parameters that a text has gaps for; `None` when a brace has no partner.
pub(super) fn gaps(text: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if before.contains('}') {
            return None;
        }
        names.push(name);
        rest = after;
    }
    (!rest.contains('}')).then_some(names)
}

impl Kind {
    pub(super) fn is_list(&self) -> bool {
        *self == Self::List
    }
}
