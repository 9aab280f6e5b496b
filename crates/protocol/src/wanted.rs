//! What a token shall be good for: scope, audience, resource (RFC 6749 §3.3, RFC 8707 §2).

use keyfob_jose::Secret;

use crate::error::ProtocolError;
use crate::exchange::Form;
use crate::scopes::Scopes;

/// The parameters that every kind of request for a token shares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) scopes: Scopes,
    pub(crate) audiences: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) extra: Vec<(String, Secret)>,
}

impl Wanted {
    /// Adds everything to a form that already holds what the protocol itself needs.
    pub(crate) fn add_to(&self, form: &mut Form) -> Result<(), ProtocolError> {
        form.push_some("scope", self.scopes.parameter().as_deref());
        if !self.audiences.is_empty() {
            form.push("audience", &self.audiences.join(" "));
        }
        for resource in &self.resources {
            form.push("resource", resource);
        }
        self.extra
            .iter()
            .try_for_each(|(name, value)| form.push_extra(name, value.expose()))
    }
}

/// Writes the builder methods that set the fields of [`Wanted`].
macro_rules! wanted_builder {
    () => {
        /// Asks for these scopes (RFC 6749 §3.3).
        pub fn with_scopes(mut self, scopes: $crate::Scopes) -> Self {
            self.wanted.scopes = scopes;
            self
        }

        /// Adds an audience; several are sent in one `audience` parameter, separated by spaces.
        pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
            self.wanted.audiences.push(audience.into());
            self
        }

        /// Adds a resource; several are sent as repeated `resource` parameters (RFC 8707 §2).
        pub fn with_resource(mut self, resource: impl Into<String>) -> Self {
            self.wanted.resources.push(resource.into());
            self
        }

        /// Adds a parameter of the provider's own; one that the protocol sets is refused later.
        pub fn with_param(
            mut self,
            name: impl Into<String>,
            value: impl Into<$crate::jose::Secret>,
        ) -> Self {
            self.wanted.extra.push((name.into(), value.into()));
            self
        }
    };
}

pub(crate) use wanted_builder;
