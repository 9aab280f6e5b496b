//! The kinds of client that a configuration can describe: which grant, and how the client authenticates.

use std::fmt;
use std::str::FromStr;

use keyfob_store::CredentialKind;

use crate::client::ConfigError;

/// The `client_type` of a client configuration.
///
/// Every literal of planet-auth's format parses to its own variant. An application adds its own with
/// [`ClientTypes`](crate::client::ClientTypes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientType {
    /// Authorization code with PKCE, public client.
    AuthCode,
    /// Authorization code with PKCE, client secret.
    AuthCodeSecret,
    /// Authorization code with PKCE, client key.
    AuthCodePubkey,
    /// Client credentials, client secret.
    ClientCredentialsSecret,
    /// Client credentials, client key.
    ClientCredentialsPubkey,
    /// Device authorization, public client.
    DeviceCode,
    /// Device authorization, client secret.
    DeviceCodeSecret,
    /// Device authorization, client key.
    DeviceCodePubkey,
    /// Resource owner password, public client.
    ResourceOwner,
    /// Resource owner password, client secret.
    ResourceOwnerSecret,
    /// Resource owner password, client key.
    ResourceOwnerPubkey,
    /// Checks tokens, never logs in.
    ClientValidator,
    /// Planet's own user name and password exchange.
    PlanetLegacy,
    /// A fixed API key.
    StaticApiKey,
    /// No authentication at all.
    None,
    /// A type that an application has registered; see [`ClientTypes`](crate::client::ClientTypes).
    Custom(&'static str),
}

/// The grant by which a client type logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GrantKind {
    /// RFC 6749 §4.1 with RFC 7636.
    AuthorizationCode,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628.
    DeviceCode,
    /// RFC 6749 §4.3.
    Password,
}

/// What a client type proves its identity with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Proof {
    Nothing,
    Secret,
    Key,
}

const ALL: [(ClientType, &str); 15] = [
    (ClientType::AuthCode, "oidc_auth_code"),
    (ClientType::AuthCodeSecret, "oidc_auth_code_secret"),
    (ClientType::AuthCodePubkey, "oidc_auth_code_pubkey"),
    (
        ClientType::ClientCredentialsSecret,
        "oidc_client_credentials_secret",
    ),
    (
        ClientType::ClientCredentialsPubkey,
        "oidc_client_credentials_pubkey",
    ),
    (ClientType::DeviceCode, "oidc_device_code"),
    (ClientType::DeviceCodeSecret, "oidc_device_code_secret"),
    (ClientType::DeviceCodePubkey, "oidc_device_code_pubkey"),
    (ClientType::ResourceOwner, "oidc_resource_owner"),
    (
        ClientType::ResourceOwnerSecret,
        "oidc_resource_owner_secret",
    ),
    (
        ClientType::ResourceOwnerPubkey,
        "oidc_resource_owner_pubkey",
    ),
    (ClientType::ClientValidator, "oidc_client_validator"),
    (ClientType::PlanetLegacy, "planet_legacy"),
    (ClientType::StaticApiKey, "static_apikey"),
    (ClientType::None, "none"),
];

impl ClientType {
    /// All client types of the format, in the order of its documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(kind, _)| *kind)
    }

    /// Returns the literal used in `auth_client.json`.
    pub fn as_str(self) -> &'static str {
        if let Self::Custom(name) = self {
            return name;
        }
        ALL.iter()
            .find(|(kind, _)| *kind == self)
            .map_or("none", |(_, literal)| literal)
    }

    /// Returns the grant by which this client type logs in; `None` for types that are not OpenID clients.
    pub fn grant(self) -> Option<GrantKind> {
        match self {
            Self::AuthCode | Self::AuthCodeSecret | Self::AuthCodePubkey => {
                Some(GrantKind::AuthorizationCode)
            }
            Self::ClientCredentialsSecret | Self::ClientCredentialsPubkey => {
                Some(GrantKind::ClientCredentials)
            }
            Self::DeviceCode | Self::DeviceCodeSecret | Self::DeviceCodePubkey => {
                Some(GrantKind::DeviceCode)
            }
            Self::ResourceOwner | Self::ResourceOwnerSecret | Self::ResourceOwnerPubkey => {
                Some(GrantKind::Password)
            }
            Self::ClientValidator
            | Self::PlanetLegacy
            | Self::StaticApiKey
            | Self::None
            | Self::Custom(_) => None,
        }
    }

    /// Returns what the type keeps in its token file; `None` for types that have no credential.
    pub fn credential(self) -> Option<CredentialKind> {
        match self {
            Self::StaticApiKey => Some(CredentialKind::ApiKey),
            Self::PlanetLegacy => Some(CredentialKind::LegacyKey),
            Self::ClientValidator | Self::None => None,
            _ => Some(CredentialKind::Tokens),
        }
    }

    /// Tells whether a person takes part in every login (browser or device).
    pub fn is_interactive(self) -> bool {
        matches!(
            self.grant(),
            Some(GrantKind::AuthorizationCode | GrantKind::DeviceCode)
        )
    }

    pub(crate) fn proof(self) -> Proof {
        match self {
            Self::AuthCodeSecret
            | Self::ClientCredentialsSecret
            | Self::DeviceCodeSecret
            | Self::ResourceOwnerSecret => Proof::Secret,
            Self::AuthCodePubkey
            | Self::ClientCredentialsPubkey
            | Self::DeviceCodePubkey
            | Self::ResourceOwnerPubkey => Proof::Key,
            _ => Proof::Nothing,
        }
    }

    pub(crate) fn is_openid(self) -> bool {
        self.grant().is_some() || self == Self::ClientValidator
    }
}

impl fmt::Display for ClientType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ClientType {
    type Err = ConfigError;

    fn from_str(literal: &str) -> Result<Self, ConfigError> {
        ALL.iter()
            .find(|(_, name)| *name == literal)
            .map(|(kind, _)| *kind)
            .ok_or_else(|| ConfigError::UnknownType {
                literal: literal.chars().take(64).collect(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_literal_of_the_format_parses_to_itself() {
        assert_eq!(ClientType::all().count(), 15);
        for kind in ClientType::all() {
            assert_eq!(kind.as_str().parse::<ClientType>().unwrap(), kind);
        }
    }

    #[test]
    fn refuses_an_unknown_literal_by_name() {
        let error = "oidc_magic".parse::<ClientType>().unwrap_err();
        assert_eq!(error.code(), "client_type_unknown");
        assert!(error.to_string().contains("oidc_magic"));
    }

    #[test]
    fn each_type_says_what_it_keeps() {
        let kept = |literal: &str| literal.parse::<ClientType>().unwrap().credential();
        assert_eq!(kept("static_apikey"), Some(CredentialKind::ApiKey));
        assert_eq!(kept("planet_legacy"), Some(CredentialKind::LegacyKey));
        assert_eq!(kept("oidc_auth_code"), Some(CredentialKind::Tokens));
        assert_eq!((kept("none"), kept("oidc_client_validator")), (None, None));
    }
}
