//! What a login asks the provider for: the caller's wishes, else the client config's.

use std::collections::BTreeMap;

use keyfob_protocol::{AuthorizationRequest, DeviceAuthorizationRequest, Scopes, TokenRequest};

use serde_json::Value;

use crate::Error;
use crate::client::{ClientConfig, ConfigError};

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

/// The builder methods of everything that holds an [`Ask`].
macro_rules! ask_builder {
    () => {
        /// Asks for these scopes instead of the config's.
        pub fn with_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
            self.ask.scopes = scopes.into_iter().map(Into::into).collect();
            self
        }

        /// Asks for these audiences instead of the config's.
        pub fn with_audiences<S: Into<String>>(
            mut self,
            audiences: impl IntoIterator<Item = S>,
        ) -> Self {
            self.ask.audiences = audiences.into_iter().map(Into::into).collect();
            self
        }

        /// Asks for tokens for these resources (RFC 8707) instead of the config's.
        pub fn with_resources<S: Into<String>>(
            mut self,
            resources: impl IntoIterator<Item = S>,
        ) -> Self {
            self.ask.resources = resources.into_iter().map(Into::into).collect();
            self
        }

        /// Sends `prompt` (OpenID Connect Core §3.1.2.1), for example `login` or `consent`.
        pub fn with_prompt(mut self, prompt: impl Into<String>) -> Self {
            self.ask.prompt = Some(prompt.into());
            self
        }

        /// Sends `login_hint`: whom the provider should expect.
        pub fn with_login_hint(mut self, login_hint: impl Into<String>) -> Self {
            self.ask.login_hint = Some(login_hint.into());
            self
        }

        /// Sends one more parameter with the authorization or device request.
        pub fn with_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.ask.params.push((name.into(), value.into()));
            self
        }
    };
}
pub(super) use ask_builder;

/// How the code of an authorization request comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To an address of this machine.
    Loopback,
    /// By a person who reads or copies it.
    Shown,
}

/// A member that holds parameters for the authorization request.
fn params(
    config: &ClientConfig,
    key: &'static str,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let refuse = |why: &str| ConfigError::invalid(key, why.to_owned());
    let members = match config.values().get(key) {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(refuse("it is not an object of parameters")),
    };
    let read = |(name, value): (&String, &Value)| match value {
        Value::String(text) => Ok((name.clone(), text.clone())),
        Value::Number(_) | Value::Bool(_) => Ok((name.clone(), value.to_string())),
        _ => Err(refuse(&format!("the value of {name:?} is no text"))),
    };
    members.iter().map(read).collect()
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

    /// The authorization request, with the parameters that the config has for this way.
    pub(super) fn authorization(
        &self,
        config: &ClientConfig,
        redirect_uri: &str,
        way: Way,
    ) -> Result<AuthorizationRequest, Error> {
        let mut configured = params(config, "authorize_params")?;
        if way == Way::Shown {
            configured.extend(params(config, "paste_params")?);
        }
        // The caller's own value for the same parameter wins.
        configured.retain(|name, _| !self.params.iter().any(|(own, _)| own == name));
        let mut take = |name, own: &Option<String>| {
            let configured = configured.remove(name);
            own.clone().or(configured)
        };
        let prompt = take("prompt", &self.prompt);
        let login_hint = take("login_hint", &self.login_hint);
        let mut request = self.put(AuthorizationRequest::new(redirect_uri), config)?;
        if let Some(prompt) = prompt {
            request = request.with_prompt(prompt);
        }
        if let Some(login_hint) = login_hint {
            request = request.with_login_hint(login_hint);
        }
        let add = |request: AuthorizationRequest, (name, value)| request.param(name, value);
        Ok(configured.into_iter().fold(request, add))
    }

    /// Whether the answer is to come as a form (OAuth 2.0 Form Post Response Mode).
    pub(super) fn by_form_post(&self, config: &ClientConfig) -> Result<bool, ConfigError> {
        let mut own = self.params.iter();
        let mode = match own.find(|(name, _)| name == "response_mode") {
            Some((_, mode)) => Some(mode.clone()),
            None => params(config, "authorize_params")?.remove("response_mode"),
        };
        Ok(mode.as_deref() == Some("form_post"))
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
