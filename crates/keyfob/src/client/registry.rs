//! The open set of client types: those of the format, and those that an application registers.

use std::sync::Arc;

use crate::client::custom::Registered;
use crate::client::{ClientConfig, ClientType, ConfigError, ConfigHint, CustomClientType};

/// The client types that configurations may name. A value: there is no global registry.
///
/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ClientTypes {
    custom: Arc<[Registered]>,
}

impl ClientTypes {
    /// Returns the types of the format alone.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// Adds a type; one of the same name that was added before is replaced. A type of the format cannot be.
    pub fn register(self, custom: impl CustomClientType) -> Self {
        let added = Registered(Arc::new(custom));
        let others = self
            .custom
            .iter()
            .filter(|known| known.0.name() != added.0.name());
        let custom = others.cloned().chain([added.clone()]).collect();
        Self { custom }
    }

    /// Lists all types: those of the format in their order, then the registered ones.
    pub fn all(&self) -> impl Iterator<Item = ClientType> {
        let custom = self.custom.iter();
        ClientType::all().chain(custom.map(|custom| ClientType::Custom(custom.0.name())))
    }

    /// Returns the type that a configuration names.
    ///
    /// # Errors
    /// When `client_type` is absent, or names none of these types.
    pub fn of(&self, config: &ClientConfig) -> Result<ClientType, ConfigError> {
        let found = config.client_type().or_else(|unknown| {
            let literal = config.text("client_type").unwrap_or_default();
            self.custom(literal)
                .map(|custom| ClientType::Custom(custom.0.name()))
                .ok_or(unknown)
        });
        found.map_err(|error| error.in_file(config.file()))
    }

    /// Checks that everything the client type needs is present, without any IO.
    ///
    /// # Errors
    /// When a key is missing or holds something it cannot hold.
    pub fn check(&self, config: &ClientConfig) -> Result<(), ConfigError> {
        match self.of(config)? {
            ClientType::Custom(name) => match self.custom(name) {
                Some(custom) => custom
                    .0
                    .check(config)
                    .map_err(|error| error.in_file(config.file())),
                None => config.check(),
            },
            _ => config.check(),
        }
    }

    /// Returns what people call a type.
    pub fn display_name(&self, kind: ClientType) -> &'static str {
        self.custom(kind.as_str())
            .map_or_else(|| kind.display_name(), |custom| custom.0.display_name())
    }

    /// Returns what a type is for.
    pub fn description(&self, kind: ClientType) -> &'static str {
        self.custom(kind.as_str())
            .map_or_else(|| kind.description(), |custom| custom.0.description())
    }

    /// Returns the keys to ask a person for.
    pub fn hints(&self, kind: ClientType) -> &'static [ConfigHint] {
        self.custom(kind.as_str())
            .map_or_else(|| kind.hints(), |custom| custom.0.hints())
    }

    pub(crate) fn custom(&self, name: &str) -> Option<&Registered> {
        self.custom.iter().find(|custom| custom.0.name() == name)
    }
}
