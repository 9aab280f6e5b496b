//! The keys themselves, in the order of `docs/client-config.md`.

use super::keys::KeyShape::{
    Command, Flag, Leeway, List, Parameters, Path, Ports, Retry, Seconds, Secret, Text, Texts, Url,
};
use super::keys::KeyUse::{
    ApiKey, Browser, ClientKey, ClientSecret, Every, Legacy, OpenId, Password, Static,
};
use super::keys::{ConfigKey, KeyShape, KeyUse};

/// All of them.
pub(super) const ALL: [ConfigKey; 63] = [
    shared("client_type", Text, Every),
    shared("auth_server", Url, OpenId),
    shared("client_id", Text, OpenId),
    shared("issuer", Url, OpenId),
    shared("scopes", List, OpenId),
    shared("audiences", List, OpenId),
    shared("organization", Text, OpenId),
    shared("project_id", Text, OpenId),
    shared("authorization_endpoint", Url, OpenId),
    shared("device_authorization_endpoint", Url, OpenId),
    shared("introspection_endpoint", Url, OpenId),
    shared("jwks_endpoint", Url, OpenId),
    shared("revocation_endpoint", Url, OpenId),
    shared("token_endpoint", Url, OpenId),
    shared("userinfo_endpoint", Url, OpenId),
    ours("audience", List, OpenId),
    ours("resource", List, OpenId),
    ours("extra_params", Texts, OpenId),
    ours("algorithms", List, OpenId),
    ours("id_token_algorithms", List, OpenId),
    ours("leeway", Leeway, OpenId),
    shared("redirect_uri", Url, Browser),
    shared("local_redirect_uri", Url, Browser),
    ours("loopback_ports", Ports, Browser),
    ours("device_login", Flag, Browser),
    ours("login_method", Text, Browser),
    ours("authorize_params", Parameters, Browser),
    ours("paste_params", Parameters, Browser),
    shared("authorization_callback_acknowledgement", Text, Browser),
    shared("authorization_callback_acknowledgement_file", Path, Browser),
    ours("client_auth_method", Text, OpenId),
    ours("client_assertion_audience", Text, OpenId),
    shared("client_secret", Secret, ClientSecret),
    ours("client_secret_file", Path, ClientSecret),
    ours("client_secret_env", Text, ClientSecret),
    ours("client_secret_cmd", Command, ClientSecret),
    shared("client_privkey", Secret, ClientKey),
    shared("client_privkey_file", Path, ClientKey),
    shared("client_privkey_password", Secret, ClientKey),
    ours("client_privkey_password_file", Path, ClientKey),
    ours("client_privkey_password_env", Text, ClientKey),
    ours("client_privkey_password_cmd", Command, ClientKey),
    ours("client_privkey_kid", Text, ClientKey),
    ours("client_privkey_alg", Text, ClientKey),
    shared("username", Text, Password),
    shared("user_name", Text, Password),
    shared("password", Secret, Password),
    shared("user_password", Secret, Password),
    ours("password_file", Path, Password),
    ours("password_env", Text, Password),
    ours("password_cmd", Command, Password),
    shared("legacy_auth_endpoint", Url, Legacy),
    shared("api_key", Secret, ApiKey),
    ours("api_key_file", Path, ApiKey),
    ours("api_key_env", Text, ApiKey),
    ours("api_key_cmd", Command, ApiKey),
    shared("bearer_token_prefix", Text, Static),
    ours("timeout", Seconds, Every),
    ours("connect_timeout", Seconds, Every),
    ours("retry", Retry, Every),
    ours("proxy", Text, Every),
    ours("ca_file", Path, Every),
    ours("foundry_cache", Path, Browser),
];

const fn shared(name: &'static str, shape: KeyShape, used_by: KeyUse) -> ConfigKey {
    ConfigKey {
        name,
        shape,
        used_by,
        is_shared: true,
    }
}

const fn ours(name: &'static str, shape: KeyShape, used_by: KeyUse) -> ConfigKey {
    ConfigKey {
        name,
        shape,
        used_by,
        is_shared: false,
    }
}
