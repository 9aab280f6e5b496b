//! What a client may learn from its surroundings: environment variables and commands, injected.
//!
//! The library never reads the process environment by itself; a program that wants references such
//! as `client_secret_env` to work passes its variables in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use keyfob_jose::Secret;

/// The variables that secrets may be taken from, and whether commands may be run for them.
#[derive(Clone, Default)]
pub struct Environment {
    variables: Arc<BTreeMap<String, Secret>>,
    commands: bool,
}

impl Environment {
    /// Returns surroundings without any variable, in which no command is run.
    pub fn none() -> Self {
        Self::default()
    }

    /// Takes variables, such as those of `std::env::vars()`.
    pub fn from_vars<I, K, V>(variables: I) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<String>,
        V: Into<String>,
    {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), Secret::new(value)))
            .collect();
        Self {
            variables: Arc::new(variables),
            commands: false,
        }
    }

    /// Allows `client_secret_cmd` and its kind to run commands.
    pub fn with_commands(mut self) -> Self {
        self.commands = true;
        self
    }

    /// Returns the value of a variable.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose)
    }

    /// Tells whether commands may be run.
    pub fn allows_commands(&self) -> bool {
        self.commands
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.len())
            .field("commands", &self.commands)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_names_nor_values() {
        let environment = Environment::from_vars([("MY_SECRET_NAME", "canary-value")]);
        let shown = format!("{environment:?}");
        assert!(!shown.contains("canary-value") && !shown.contains("MY_SECRET_NAME"));
        assert_eq!(environment.var("MY_SECRET_NAME"), Some("canary-value"));
    }
}
