//! What a template asks for.

use std::collections::BTreeMap;

use crate::preset::{PresetError, host};

/// What a template asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is, in one line.
    pub about: String,
    /// What it may hold.
    pub kind: Kind,
    /// What it is where nothing is given.
    pub default: Option<String>,
    /// Whether it may be left out.
    pub is_optional: bool,
    /// Another list parameter that must hold each of its items.
    pub within: Option<String>,
}

/// What a parameter may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A host, with a port perhaps.
    Host,
    /// Any text.
    Text,
    /// A list of words.
    List,
    /// One of these names, each of which stands for a value.
    Choice(BTreeMap<String, String>),
}

/// The value of a parameter.
pub(super) struct Filled {
    /// As it was given, for names.
    pub(super) given: String,
    /// What it stands for.
    pub(super) items: Vec<String>,
}

impl Parameter {
    /// Checks one answer by itself; that it is among those of another parameter is found out with the whole.
    ///
    /// # Errors
    /// [`PresetError::Parameter`] when it is needed and missing, or not usable.
    pub fn check(&self, given: &[String]) -> Result<(), PresetError> {
        self.fill(given).map(drop)
    }

    pub(super) fn fill(&self, given: &[String]) -> Result<Option<Filled>, PresetError> {
        let refuse = |why: &str| PresetError::parameter(&self.name, why);
        let default = self.default.iter().cloned();
        let given: Vec<String> = match given {
            [] => default.collect(),
            given => given.to_vec(),
        };
        let first = match given.as_slice() {
            [] if self.is_optional => return Ok(None),
            [] => return Err(refuse("it is needed")),
            [_, _, ..] if self.kind != Kind::List => {
                return Err(refuse("it can be given once only"));
            }
            [first, ..] => first.clone(),
        };
        let items = match &self.kind {
            Kind::List => given,
            Kind::Text => vec![first.clone()],
            Kind::Host => vec![host::read(&first).map_err(refuse)?],
            Kind::Choice(values) => {
                let names = || values.keys().cloned().collect::<Vec<_>>().join(", ");
                let value = values.get(&first.to_ascii_lowercase());
                vec![
                    value
                        .ok_or_else(|| refuse(&format!("it must be one of {}", names())))?
                        .clone(),
                ]
            }
        };
        let given = match &self.kind {
            Kind::Host => items.first().cloned().unwrap_or_default(),
            _ => first,
        };
        Ok(Some(Filled { given, items }))
    }
}
