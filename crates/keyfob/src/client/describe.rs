//! What a wizard or a listing says about each client type, and which keys it asks for.

use crate::client::ClientType;

/// One key that a wizard asks for.
///
/// The hints of a type hold what a person has to know; endpoints, limits and the like have good defaults and are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigHint {
    /// The key in `auth_client.json`.
    pub key: &'static str,
    /// What a person calls it.
    pub name: &'static str,
    /// What it is for, in one sentence without a full stop.
    pub description: &'static str,
    /// What is taken if nothing is entered.
    pub default: Option<&'static str>,
    /// Whether it must not be echoed.
    pub is_secret: bool,
    /// Whether several values may be entered.
    pub is_list: bool,
}

impl ConfigHint {
    /// Makes a hint for a single value that may be seen.
    pub const fn new(key: &'static str, name: &'static str, description: &'static str) -> Self {
        Self {
            key,
            name,
            description,
            default: None,
            is_secret: false,
            is_list: false,
        }
    }

    /// The value must not be echoed.
    pub const fn secret(self) -> Self {
        Self {
            is_secret: true,
            ..self
        }
    }

    /// Several values may be entered.
    pub const fn list(self) -> Self {
        Self {
            is_list: true,
            ..self
        }
    }

    /// This is taken if nothing is entered.
    pub const fn with_default(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            ..self
        }
    }
}

impl ClientType {
    /// Returns what people call the type.
    pub fn display_name(self) -> &'static str {
        match self {
            Self::AuthCode => "Auth Code",
            Self::AuthCodeSecret => "Auth Code (Client Secret)",
            Self::AuthCodePubkey => "Auth Code (Public Key)",
            Self::ClientCredentialsSecret => "Client Credentials (Client Secret)",
            Self::ClientCredentialsPubkey => "Client Credentials (Public Key)",
            Self::DeviceCode => "Device Code",
            Self::DeviceCodeSecret => "Device Code (Client Secret)",
            Self::DeviceCodePubkey => "Device Code (Public Key)",
            Self::ResourceOwner => "Resource Owner",
            Self::ResourceOwnerSecret => "Resource Owner (Client Secret)",
            Self::ResourceOwnerPubkey => "Resource Owner (Public Key)",
            Self::ClientValidator => "JWT Validator",
            Self::PlanetLegacy => "Planet Legacy Auth",
            Self::StaticApiKey => "API Key",
            Self::None => "NoOp Auth",
            Self::Custom(name) => name,
        }
    }

    /// Returns what the type is for, in one sentence without a full stop.
    pub fn description(self) -> &'static str {
        match self {
            Self::AuthCode => "a person logs in with a browser; the client has no secret",
            Self::AuthCodeSecret => "a person logs in with a browser; the client has a secret",
            Self::AuthCodePubkey => {
                "a person logs in with a browser; the client signs with its own key"
            }
            Self::ClientCredentialsSecret => "a program logs in as itself, with a secret",
            Self::ClientCredentialsPubkey => {
                "a program logs in as itself, signing with its own key"
            }
            Self::DeviceCode => "a person types a code on another device; the client has no secret",
            Self::DeviceCodeSecret => {
                "a person types a code on another device; the client has a secret"
            }
            Self::DeviceCodePubkey => {
                "a person types a code on another device; the client signs with its own key"
            }
            Self::ResourceOwner => {
                "user name and password, for old servers only; the client has no secret"
            }
            Self::ResourceOwnerSecret => {
                "user name and password, for old servers only; the client has a secret"
            }
            Self::ResourceOwnerPubkey => {
                "user name and password, for old servers only; the client signs with its own key"
            }
            Self::ClientValidator => "checks tokens of others and never logs in",
            Self::PlanetLegacy => "user name and password are exchanged once for an API key",
            Self::StaticApiKey => "a fixed API key goes with every request",
            Self::None => "requests go out without any credential",
            Self::Custom(_) => "a type of this application",
        }
    }

    /// Returns the keys to ask a person for, in a good order. A type that an application registers says its own
    /// ([`CustomClientType::hints`](crate::client::CustomClientType::hints)).
    pub fn hints(self) -> &'static [ConfigHint] {
        match self {
            Self::AuthCode => &AUTH_CODE,
            Self::AuthCodeSecret => &AUTH_CODE_SECRET,
            Self::AuthCodePubkey => &AUTH_CODE_PUBKEY,
            Self::ClientCredentialsSecret | Self::DeviceCodeSecret => &SECRET,
            Self::ClientCredentialsPubkey | Self::DeviceCodePubkey => &PUBKEY,
            Self::DeviceCode => &PUBLIC,
            Self::ResourceOwner => &RESOURCE_OWNER,
            Self::ResourceOwnerSecret => &RESOURCE_OWNER_SECRET,
            Self::ResourceOwnerPubkey => &RESOURCE_OWNER_PUBKEY,
            Self::ClientValidator => &VALIDATOR,
            Self::PlanetLegacy => &LEGACY,
            Self::StaticApiKey => &STATIC,
            Self::None | Self::Custom(_) => &[],
        }
    }
}

const SERVER: ConfigHint = ConfigHint::new(
    "auth_server",
    "Authorization server",
    "the address of the authorization server, as its tokens name it",
);
const CLIENT_ID: ConfigHint = ConfigHint::new(
    "client_id",
    "Client ID",
    "the identifier that the server gave to the client",
);
const CLIENT_SECRET: ConfigHint = ConfigHint::new(
    "client_secret",
    "Client secret",
    "the secret that the server gave to the client",
)
.secret();
const KEY: ConfigHint = ConfigHint::new(
    "client_privkey",
    "Client private key",
    "the private key itself (PEM), if it is not in a file",
)
.secret();
const KEY_FILE: ConfigHint = ConfigHint::new(
    "client_privkey_file",
    "Client private key file",
    "the file with the private key (PEM)",
);
const KEY_PASSWORD: ConfigHint = ConfigHint::new(
    "client_privkey_password",
    "Client private key password",
    "the password of the private key, if it has one",
)
.secret();
const REDIRECT: ConfigHint = ConfigHint::new(
    "redirect_uri",
    "Redirect URI",
    "where the server sends a browser that cannot reach this machine",
);
const LOCAL_REDIRECT: ConfigHint = ConfigHint::new(
    "local_redirect_uri",
    "Local redirect URI",
    "where the server sends a browser on this machine",
)
.with_default("http://127.0.0.1/callback");
const USERNAME: ConfigHint = ConfigHint::new(
    "username",
    "User name",
    "the account to log in with; asked for at each login if it is left out",
);
const SCOPES: ConfigHint = ConfigHint::new(
    "scopes",
    "Scopes",
    "what to ask for; offline_access where a login is to outlive its first token",
)
.list();
const AUDIENCES: ConfigHint =
    ConfigHint::new("audiences", "Audiences", "the APIs that tokens are for").list();
const API_KEY: ConfigHint = ConfigHint::new("api_key", "API key", "the key itself").secret();

const AUTH_CODE: [ConfigHint; 6] = [
    SERVER,
    CLIENT_ID,
    REDIRECT,
    LOCAL_REDIRECT,
    SCOPES,
    AUDIENCES,
];
const AUTH_CODE_SECRET: [ConfigHint; 7] = [
    SERVER,
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT,
    LOCAL_REDIRECT,
    SCOPES,
    AUDIENCES,
];
const AUTH_CODE_PUBKEY: [ConfigHint; 9] = [
    SERVER,
    CLIENT_ID,
    KEY_FILE,
    KEY,
    KEY_PASSWORD,
    REDIRECT,
    LOCAL_REDIRECT,
    SCOPES,
    AUDIENCES,
];
const PUBLIC: [ConfigHint; 4] = [SERVER, CLIENT_ID, SCOPES, AUDIENCES];
const SECRET: [ConfigHint; 5] = [SERVER, CLIENT_ID, CLIENT_SECRET, SCOPES, AUDIENCES];
const PUBKEY: [ConfigHint; 7] = [
    SERVER,
    CLIENT_ID,
    KEY_FILE,
    KEY,
    KEY_PASSWORD,
    SCOPES,
    AUDIENCES,
];
const RESOURCE_OWNER: [ConfigHint; 5] = [SERVER, CLIENT_ID, USERNAME, SCOPES, AUDIENCES];
const RESOURCE_OWNER_SECRET: [ConfigHint; 6] = [
    SERVER,
    CLIENT_ID,
    CLIENT_SECRET,
    USERNAME,
    SCOPES,
    AUDIENCES,
];
const RESOURCE_OWNER_PUBKEY: [ConfigHint; 8] = [
    SERVER,
    CLIENT_ID,
    KEY_FILE,
    KEY,
    KEY_PASSWORD,
    USERNAME,
    SCOPES,
    AUDIENCES,
];
const VALIDATOR: [ConfigHint; 2] = [SERVER, AUDIENCES];
const LEGACY: [ConfigHint; 3] = [
    ConfigHint::new(
        "legacy_auth_endpoint",
        "Legacy login address",
        "where user name and password are exchanged for an API key",
    ),
    USERNAME,
    API_KEY,
];
const STATIC: [ConfigHint; 2] = [
    API_KEY,
    ConfigHint::new(
        "bearer_token_prefix",
        "Scheme",
        "the word before the key in the Authorization header",
    )
    .with_default("Bearer"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    // covers: planet-27
    #[test]
    fn every_type_has_words_of_its_own_and_hints_that_do_not_repeat() {
        let all: Vec<_> = ClientType::all().collect();
        let names: BTreeSet<_> = all.iter().map(|kind| kind.display_name()).collect();
        let words: BTreeSet<_> = all.iter().map(|kind| kind.description()).collect();
        assert_eq!((names.len(), words.len()), (15, 15));
        for kind in all {
            let keys: BTreeSet<_> = kind.hints().iter().map(|hint| hint.key).collect();
            assert_eq!(keys.len(), kind.hints().len(), "{kind}");
            let well_formed =
                |hint: &ConfigHint| !hint.name.is_empty() && !hint.description.is_empty();
            assert!(kind.hints().iter().all(well_formed), "{kind}");
        }
    }

    // covers: W50, W36
    #[test]
    fn scopes_and_audiences_can_be_entered_and_secrets_are_not_echoed() {
        for kind in ClientType::all().filter(|kind| kind.grant().is_some()) {
            let hint = |key: &str| kind.hints().iter().find(|hint| hint.key == key);
            assert!(hint("scopes").is_some_and(|hint| hint.is_list), "{kind}");
            assert!(hint("audiences").is_some_and(|hint| hint.is_list), "{kind}");
        }
        for hint in ClientType::all().flat_map(ClientType::hints) {
            let secret = [
                "client_secret",
                "client_privkey",
                "client_privkey_password",
                "api_key",
            ];
            assert_eq!(hint.is_secret, secret.contains(&hint.key), "{}", hint.key);
        }
    }
}
