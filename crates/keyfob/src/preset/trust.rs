//! Trust environments: named sets of servers whose tokens a service accepts.

use crate::client::ClientConfig;
use crate::preset::{Preset, PresetError};

impl Preset {
    /// Returns the names of the trust environments, sorted.
    pub fn trust_environments(&self) -> impl Iterator<Item = &str> {
        self.parts().trust.keys().map(String::as_str)
    }

    /// Returns the servers of a trust environment, as configurations of token checkers.
    ///
    /// Upper and lower case are the same. An environment without servers of its own (`CUSTOM`) takes those in `own`; for
    /// any other, `own` is ignored with a warning in the log: a wrong name must not widen the trust.
    ///
    /// # Errors
    /// [`PresetError::NoSuchEnvironment`], [`PresetError::ServersNeeded`].
    pub fn trust_environment(
        &self,
        name: &str,
        own: &[ClientConfig],
    ) -> Result<Vec<ClientConfig>, PresetError> {
        let name = name.trim().to_ascii_uppercase();
        let known = &self.parts().trust;
        match known.get(&name) {
            None => Err(PresetError::NoSuchEnvironment {
                name: name.chars().take(64).collect(),
                known: self.trust_environments().collect::<Vec<_>>().join(", "),
            }),
            Some(None) if own.is_empty() => Err(PresetError::ServersNeeded { name }),
            Some(None) => Ok(own.iter().map(checker).collect()),
            Some(Some(servers)) => {
                if !own.is_empty() {
                    tracing::warn!(environment = %name, "this trust environment has its own servers; those given are ignored");
                }
                Ok(servers.iter().map(checker).collect())
            }
        }
    }
}

/// A configuration that checks tokens; the caller's own is left as it is.
fn checker(config: &ClientConfig) -> ClientConfig {
    let mut config = config.clone();
    if config.text("client_type").is_none() {
        config.set("client_type", "oidc_client_validator");
    }
    config
}
