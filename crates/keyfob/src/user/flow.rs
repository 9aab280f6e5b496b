//! Which way a person logs in.

use crate::client::{Client, ClientConfig, GrantKind};
use crate::login::LoginMethod;

/// Which way a person logs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFlow {
    /// What the client type says; [`LoginFlow::AuthCode`] for authorization code clients.
    #[default]
    Auto,
    /// A browser on this machine; without one, or if it does not open, a device code where the provider offers that,
    /// else an address to paste.
    AuthCode,
    /// A browser on this machine, or an error.
    AuthCodeNoFallback,
    /// A code that is typed in on any device.
    DeviceCode,
}

impl LoginFlow {
    /// The method to force, if any: the config's `login_method` decides where the flow leaves it open.
    pub(super) fn method(self, config: &ClientConfig) -> Option<LoginMethod> {
        match self {
            Self::Auto | Self::AuthCode => match config.text("login_method")? {
                "browser" => Some(LoginMethod::Browser),
                "device" => Some(LoginMethod::Device),
                "paste" => Some(LoginMethod::Paste),
                _ => None,
            },
            Self::AuthCodeNoFallback => Some(LoginMethod::Browser),
            Self::DeviceCode => Some(LoginMethod::Device),
        }
    }

    /// Whether a device code may stand in for a browser.
    pub(super) fn may_fall_back(self, client: &Client) -> bool {
        let by_code = client.client_type().grant() == Some(GrantKind::AuthorizationCode);
        by_code && matches!(self, Self::Auto | Self::AuthCode)
    }
}
