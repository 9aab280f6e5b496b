//! What a login asks the provider for: the caller's wishes, else the client config's.

use keyfob_protocol::{AuthorizationRequest, DeviceAuthorizationRequest, Scopes, TokenRequest};

use crate::Error;
use crate::client::ClientConfig;

/// What is asked of the provider; where empty, the client config decides.
#[derive(Clone, Default)]
pub(super) struct Ask {
    pub(super) scopes: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) prompt: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) params: Vec<(String, String)>,
}

/// A request that can be told what to ask for.
pub(super) trait Asking: Sized {
    fn scopes(self, scopes: Scopes) -> Self;
    fn audience(self, audience: String) -> Self;
    fn resource(self, resource: String) -> Self;
    fn param(self, name: String, value: String) -> Self;
}

macro_rules! asking {
    ($($request:ty),*) => {$(
        impl Asking for $request {
            fn scopes(self, scopes: Scopes) -> Self {
                self.with_scopes(scopes)
            }
            fn audience(self, audience: String) -> Self {
                self.with_audience(audience)
            }
            fn resource(self, resource: String) -> Self {
                self.with_resource(resource)
            }
            fn param(self, name: String, value: String) -> Self {
                self.with_param(name, value)
            }
        }
    )*};
}

asking!(
    AuthorizationRequest,
    DeviceAuthorizationRequest,
    TokenRequest
);

impl Ask {
    /// Puts everything onto a request.
    pub(super) fn put<R: Asking>(&self, request: R, config: &ClientConfig) -> Result<R, Error> {
        let or = |own: &Vec<String>, configured: Vec<String>| {
            if own.is_empty() {
                configured
            } else {
                own.clone()
            }
        };
        let mut request = request.scopes(self.scopes(config)?);
        for audience in or(&self.audiences, config.audiences()) {
            request = request.audience(audience);
        }
        for resource in or(&self.resources, config.resources()) {
            request = request.resource(resource);
        }
        for (name, value) in config.extra_parameters() {
            // The caller's own value for the same parameter wins.
            if !self.params.iter().any(|(own, _)| *own == name) {
                request = request.param(name, value);
            }
        }
        Ok(self.params.iter().fold(request, |request, (name, value)| {
            request.param(name.clone(), value.clone())
        }))
    }

    /// Whether an ID token is asked for.
    pub(super) fn openid(&self, config: &ClientConfig) -> Result<bool, Error> {
        Ok(self.scopes(config)?.contains("openid"))
    }

    /// Whether the answer is to come as a form (OAuth 2.0 Form Post Response Mode).
    pub(super) fn by_form_post(&self) -> bool {
        self.params
            .iter()
            .any(|(name, value)| name == "response_mode" && value == "form_post")
    }

    fn scopes(&self, config: &ClientConfig) -> Result<Scopes, Error> {
        let configured;
        let list = if self.scopes.is_empty() {
            configured = config.scopes();
            &configured
        } else {
            &self.scopes
        };
        Ok(Scopes::from_list(list)?)
    }
}
