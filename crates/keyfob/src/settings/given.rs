//! What the caller itself says: the flags of a command line, or a program's own wishes.

use std::collections::BTreeMap;

use keyfob_jose::Secret;

use crate::settings::Setting;

/// The settings that the caller gives; they win over every other source.
///
/// ```
/// use keyfob::settings::{Given, Setting};
///
/// let given = Given::new()
///     .with(Setting::Profile, "work")
///     .with_list(Setting::Scopes, ["openid", "offline_access"]);
/// assert_eq!(given.text(Setting::Profile), Some("work"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Given {
    values: BTreeMap<Setting, Vec<Secret>>,
}

impl Given {
    /// Gives nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a value; an empty one counts as not given. A list is given as its words, separated by blanks.
    pub fn with(self, setting: Setting, value: impl Into<String>) -> Self {
        let value: String = value.into();
        if setting.is_list() {
            return self.with_list(setting, value.split_whitespace());
        }
        self.with_list(setting, [value])
    }

    /// Gives the items of a list.
    pub fn with_list<S: Into<String>>(
        mut self,
        setting: Setting,
        items: impl IntoIterator<Item = S>,
    ) -> Self {
        let items = items.into_iter().map(Into::into);
        let items: Vec<Secret> = items
            .filter(|item| !item.is_empty())
            .map(Secret::new)
            .collect();
        if items.is_empty() {
            self.values.remove(&setting);
        } else {
            self.values.insert(setting, items);
        }
        self
    }

    /// Gives a value if there is one.
    pub fn with_some(self, setting: Setting, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(setting, value),
            None => self,
        }
    }

    /// Returns a value that was given; of a list, the first item.
    pub fn text(&self, setting: Setting) -> Option<&str> {
        self.values.get(&setting)?.first().map(Secret::expose)
    }

    /// Returns the items of a list that was given.
    pub fn list(&self, setting: Setting) -> Vec<String> {
        self.items(setting).unwrap_or_default()
    }

    pub(crate) fn items(&self, setting: Setting) -> Option<Vec<String>> {
        let items = self.values.get(&setting)?;
        Some(items.iter().map(|item| item.expose().to_owned()).collect())
    }
}
