//! What can be set from several places.

use std::fmt;

use crate::client::{ClientType, GrantKind};

/// One thing that a flag, an environment variable, a settings file, a profile or a preset may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// Which profile is meant.
    Profile,
    /// The client identifier of a service; with [`Setting::ClientSecret`] it makes an ad-hoc profile.
    ClientId,
    /// The secret that goes with [`Setting::ClientId`].
    ClientSecret,
    /// An API key, which makes an ad-hoc profile by itself.
    ApiKey,
    /// The user name for a login with a password.
    Username,
    /// The password that goes with [`Setting::Username`].
    Password,
    /// The scopes to ask for.
    Scopes,
    /// The audiences to ask for.
    Audiences,
    /// The organization to log in to (Auth0).
    Organization,
    /// The project to log in to (Planet).
    Project,
    /// Further parameters of a login, each `NAME=VALUE`.
    Extra,
    /// How a person logs in: `browser`, `device` or `paste`.
    LoginMethod,
    /// Which issuer a token must name. For checking tokens only: it never changes where a profile logs in.
    Issuer,
    /// The file that holds the credential, instead of the profile's own.
    TokenFile,
}

/// The setting, its name in preset files, and the member of a client configuration that it replaces.
const ALL: [(Setting, &str, Option<&str>); 14] = [
    (Setting::Profile, "profile", None),
    (Setting::ClientId, "client_id", Some("client_id")),
    (
        Setting::ClientSecret,
        "client_secret",
        Some("client_secret"),
    ),
    (Setting::ApiKey, "api_key", Some("api_key")),
    (Setting::Username, "username", Some("username")),
    (Setting::Password, "password", Some("password")),
    (Setting::Scopes, "scopes", Some("scopes")),
    (Setting::Audiences, "audiences", Some("audiences")),
    (Setting::Organization, "organization", Some("organization")),
    (Setting::Project, "project", Some("project_id")),
    (Setting::Extra, "extra", Some("extra_params")),
    (Setting::LoginMethod, "login_method", Some("login_method")),
    (Setting::Issuer, "issuer", None),
    (Setting::TokenFile, "token_file", None),
];

impl Setting {
    /// All settings, in the order in which they are explained.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|(setting, _, _)| *setting)
    }

    /// Returns the name by which presets and explanations call it.
    pub fn as_str(self) -> &'static str {
        self.row().map_or("", |(_, name, _)| name)
    }

    /// Finds a setting by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        let found = ALL.iter().find(|(_, known, _)| *known == name);
        found.map(|(setting, _, _)| *setting)
    }

    /// Returns the member of a client configuration that it replaces.
    pub fn config_key(self) -> Option<&'static str> {
        self.row().and_then(|(_, _, key)| *key)
    }

    /// Tells whether it is a list: several flags, or several words of a variable.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Scopes | Self::Audiences | Self::Extra)
    }

    /// Tells whether its value is never shown.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::ClientSecret | Self::ApiKey | Self::Password)
    }

    /// Tells whether it belongs to the choice of a profile rather than to what the profile asks for.
    pub(crate) fn chooses(self) -> bool {
        matches!(
            self,
            Self::Profile | Self::ClientId | Self::ClientSecret | Self::ApiKey
        )
    }

    /// Tells whether what a login was given is remembered with the credential.
    pub(crate) fn is_remembered(self) -> bool {
        matches!(
            self,
            Self::Scopes | Self::Audiences | Self::Organization | Self::Project | Self::Extra
        )
    }

    /// Tells whether a client of this type has any use for it.
    pub(crate) fn applies_to(self, kind: ClientType) -> bool {
        match self {
            Self::Username | Self::Password => {
                kind.grant() == Some(GrantKind::Password) || kind == ClientType::PlanetLegacy
            }
            Self::Scopes | Self::Audiences | Self::Organization | Self::Project | Self::Extra => {
                kind.grant().is_some()
            }
            Self::LoginMethod => kind.grant() == Some(GrantKind::AuthorizationCode),
            _ => true,
        }
    }

    fn row(self) -> Option<&'static (Self, &'static str, Option<&'static str>)> {
        ALL.iter().find(|(setting, _, _)| *setting == self)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
