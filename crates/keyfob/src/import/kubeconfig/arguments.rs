//! The arguments of a credential plugin, read as its own flag parser reads them.

use std::collections::BTreeMap;

use crate::import::ImportError;

/// Which flags a plugin has.
pub(super) struct Flags {
    /// Flags that take a value.
    pub(super) valued: &'static [&'static str],
    /// Flags that need none.
    pub(super) switches: &'static [&'static str],
    /// Letters that stand for flags with a value.
    pub(super) letters: &'static [(char, &'static str)],
}

/// What was given, by the name of the flag.
#[derive(Default)]
pub(super) struct Arguments(BTreeMap<String, Vec<String>>);

impl Arguments {
    /// Reads the words behind the plugin's verb.
    pub(super) fn read(words: &[String], flags: &Flags) -> Result<Self, ImportError> {
        let mut given = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, value) = split(word, flags)?;
            let value = match value {
                Some(value) => value.to_owned(),
                None if flags.switches.contains(&name) => "true".to_owned(),
                None if flags.valued.contains(&name) => words
                    .next()
                    .ok_or_else(|| {
                        ImportError::invalid(format!("--{name}"), "its value is missing")
                    })?
                    .clone(),
                // A flag of another version: it stands alone, or with `=`.
                None => String::new(),
            };
            given.0.entry(name.to_owned()).or_default().push(value);
        }
        Ok(given)
    }

    /// The value of a flag, the last one if it was repeated; an empty one counts as not given.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let last = self.0.get(name).and_then(|values| values.last());
        last.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The values of a flag that can be repeated, or have several values between commas.
    pub(super) fn many(&self, name: &str) -> Vec<String> {
        let values = self.0.get(name).into_iter().flatten();
        values
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// Whether a switch is on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        matches!(
            self.one(name),
            Some("true" | "1" | "t" | "T" | "TRUE" | "True")
        )
    }

    /// The names of all flags that were given.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// `--name`, `--name=value`, `-n value` or `-nvalue`. What is not a flag is not repeated: it may be a secret.
fn split<'a>(word: &'a str, flags: &Flags) -> Result<(&'a str, Option<&'a str>), ImportError> {
    if let Some(long) = word.strip_prefix("--") {
        return Ok(match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        });
    }
    let mut short = word.strip_prefix('-').unwrap_or_default().chars();
    let letter = short.next();
    let known = flags
        .letters
        .iter()
        .find(|(known, _)| Some(*known) == letter);
    match known {
        Some((_, name)) => {
            let value = short.as_str();
            let value = value.strip_prefix('=').unwrap_or(value);
            Ok((name, (!value.is_empty()).then_some(value)))
        }
        None => Err(ImportError::invalid(
            "args",
            "it has a word that is neither a flag nor the value of one",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: Flags = Flags {
        valued: &["name", "scope"],
        switches: &["quiet"],
        letters: &[('n', "name")],
    };

    fn read(line: &str) -> Result<Arguments, ImportError> {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        Arguments::read(&words, &FLAGS)
    }

    #[test]
    fn understands_every_spelling_of_a_flag() {
        for line in [
            "--name=a",
            "--name a",
            "-n a",
            "-na",
            "-n=a",
            "--name b --name a",
        ] {
            assert_eq!(read(line).unwrap().one("name"), Some("a"), "{line}");
        }
        let given = read("--scope=a,b --quiet --scope c --new=x --newer").unwrap();
        assert_eq!(given.many("scope"), ["a", "b", "c"]);
        assert!(given.is_on("quiet"));
        assert!(!read("--quiet=false").unwrap().is_on("quiet"));
        assert_eq!(given.names().count(), 4);
    }

    #[test]
    fn refuses_what_is_no_flag_without_repeating_it() {
        for line in ["canary", "--name", "-x canary"] {
            let error = read(line).err().unwrap().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
