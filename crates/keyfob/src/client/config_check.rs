//! What each client type needs in its configuration, checked before anything is done with it.

use serde_json::Value;

use crate::client::types::Proof;
use crate::client::{ClientConfig, ClientType, ConfigError, GrantKind};

const ENDPOINT_KEYS: [&str; 7] = [
    "authorization_endpoint",
    "device_authorization_endpoint",
    "introspection_endpoint",
    "jwks_endpoint",
    "revocation_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
];

const LIST_KEYS: [&str; 5] = ["scopes", "audiences", "audience", "resource", ALGORITHMS];
const ALGORITHMS: &str = "id_token_algorithms";

/// Checks a configuration without any IO: secrets and keys that it refers to are not opened.
pub(super) fn check(config: &ClientConfig) -> Result<(), ConfigError> {
    let kind = config.client_type()?;
    if !kind.is_openid() {
        return Ok(());
    }
    config.retry_policy()?;
    let server = config.auth_server()?;
    keyfob_protocol::Issuer::parse(server)
        .map_err(|error| ConfigError::invalid("auth_server", error.to_string()))?;
    if kind != ClientType::ClientValidator {
        config.client_id()?;
    }
    for key in ENDPOINT_KEYS {
        config.url(key)?;
    }
    for key in LIST_KEYS {
        check_list(config, key)?;
    }
    check_algorithms(config)?;
    check_proof(config, kind)?;
    check_redirect(config, kind)
}

/// A slip in a restriction must not lift it.
fn check_algorithms(config: &ClientConfig) -> Result<(), ConfigError> {
    let names = config.list(ALGORITHMS);
    let given = config.is_present(ALGORITHMS);
    let known = |name: &String| name.parse::<keyfob_jose::Algorithm>().is_ok();
    if (given && names.is_empty()) || !names.iter().all(known) {
        let why = "it must name signature algorithms, such as RS256";
        return Err(ConfigError::invalid(ALGORITHMS, why));
    }
    Ok(())
}

fn check_proof(config: &ClientConfig, kind: ClientType) -> Result<(), ConfigError> {
    let method = config.text("client_auth_method");
    let proof = match method {
        None => kind.proof(),
        Some("none") => Proof::Nothing,
        Some("client_secret_basic" | "client_secret_post" | "client_secret_jwt") => Proof::Secret,
        Some("private_key_jwt") => Proof::Key,
        Some(_) => {
            return Err(ConfigError::invalid(
                "client_auth_method",
                "it is none of none, client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt",
            ));
        }
    };
    let present = |names: &[&str]| names.iter().any(|name| config.is_present(name));
    match proof {
        Proof::Nothing => Ok(()),
        Proof::Secret
            if present(&[
                "client_secret",
                "client_secret_file",
                "client_secret_env",
                "client_secret_cmd",
            ]) =>
        {
            Ok(())
        }
        Proof::Secret => Err(ConfigError::Missing {
            key: "client_secret",
            client_type: kind.as_str(),
        }),
        Proof::Key if present(&["client_privkey", "client_privkey_file"]) => Ok(()),
        Proof::Key => Err(ConfigError::Missing {
            key: "client_privkey or client_privkey_file",
            client_type: kind.as_str(),
        }),
    }
}

fn check_redirect(config: &ClientConfig, kind: ClientType) -> Result<(), ConfigError> {
    if kind.grant() != Some(GrantKind::AuthorizationCode) {
        return Ok(());
    }
    for key in ["redirect_uri", "local_redirect_uri"] {
        config.url(key)?;
    }
    match config.redirect_uri() {
        Some(_) => Ok(()),
        None => Err(ConfigError::Missing {
            key: "redirect_uri or local_redirect_uri",
            client_type: kind.as_str(),
        }),
    }
}

fn check_list(config: &ClientConfig, key: &str) -> Result<(), ConfigError> {
    match config.values().get(key) {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => Ok(()),
        Some(_) => Err(ConfigError::invalid(key, "it must be a list of strings")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_of(value: &Value) -> Result<(), ConfigError> {
        ClientConfig::from_json(value.to_string().as_bytes())
            .unwrap()
            .check()
    }

    #[test]
    fn accepts_the_example_of_the_format() {
        check_of(&json!({
            "client_type": "oidc_auth_code", "auth_server": "https://login.example.com/", "client_id": "c",
            "redirect_uri": "https://app.example/cb", "local_redirect_uri": "http://localhost:8080",
            "audiences": ["https://api.example.com/"], "scopes": ["openid", "offline_access"]
        }))
        .unwrap();
    }

    #[test]
    fn names_the_first_missing_key() {
        for (config, key) in [
            (json!({"client_type": "oidc_device_code"}), "auth_server"),
            (
                json!({"client_type": "oidc_device_code", "auth_server": "https://as.example"}),
                "client_id",
            ),
            (
                json!({"client_type": "oidc_auth_code", "auth_server": "https://as.example", "client_id": "c"}),
                "redirect_uri or local_redirect_uri",
            ),
            (
                json!({"client_type": "oidc_client_credentials_secret", "auth_server": "https://as.example",
                       "client_id": "c", "client_secret": ""}),
                "client_secret",
            ),
            (
                json!({"client_type": "oidc_client_credentials_pubkey", "auth_server": "https://as.example",
                       "client_id": "c"}),
                "client_privkey or client_privkey_file",
            ),
        ] {
            let error = check_of(&config).unwrap_err();
            assert_eq!(error.code(), "config_missing");
            assert!(error.to_string().starts_with(key), "{error}");
        }
    }

    #[test]
    fn a_secret_may_be_a_reference() {
        for reference in [
            "client_secret_file",
            "client_secret_env",
            "client_secret_cmd",
        ] {
            check_of(&json!({"client_type": "oidc_client_credentials_secret", "auth_server": "https://as.example",
                             "client_id": "c", reference: "x"}))
            .unwrap();
        }
    }

    #[test]
    fn refuses_plain_http_except_on_loopback() {
        let with = |server: &str| json!({"client_type": "oidc_device_code", "auth_server": server, "client_id": "c"});
        check_of(&with("http://127.0.0.1:4000")).unwrap();
        assert_eq!(
            check_of(&with("http://as.example")).unwrap_err().code(),
            "config_invalid"
        );
    }

    #[test]
    fn refuses_algorithms_that_would_restrict_nothing() {
        let with = |algorithms: Value| {
            check_of(
                &json!({"client_type": "oidc_device_code", "auth_server": "https://as.example",
                             "client_id": "c", "id_token_algorithms": algorithms}),
            )
        };
        for good in [json!(["ES256", "RS256"]), json!("ES256"), Value::Null] {
            with(good).unwrap();
        }
        for bad in [
            json!(["es256"]),
            json!(["ES256", "ES265"]),
            json!(["none"]),
            json!([]),
            json!(5),
            json!({}),
        ] {
            assert_eq!(
                with(bad.clone()).unwrap_err().code(),
                "config_invalid",
                "{bad}"
            );
        }
    }

    #[test]
    fn types_that_are_no_openid_clients_need_nothing() {
        check_of(&json!({"client_type": "none"})).unwrap();
        check_of(&json!({"client_type": "static_apikey"})).unwrap();
    }
}
