//! What each client type needs in its configuration, checked before anything is done with it.

use std::time::Duration;

use keyfob_protocol::{Issuer, LegacyLoginRequest, Scopes};
use serde_json::Value;

use crate::client::types::Proof;
use crate::client::{
    ClientConfig, ClientType, ConfigError, ConfigKey, GrantKind, KeyShape, metadata,
};

/// Checks a configuration without any IO: secrets and keys that it refers to are not opened.
pub(super) fn check(config: &ClientConfig) -> Result<(), ConfigError> {
    let kind = config.client_type()?;
    check_shapes(config, kind)?;
    config.retry_policy()?;
    match kind {
        ClientType::StaticApiKey => return check_key(config),
        ClientType::PlanetLegacy => {
            let endpoint = config.required("legacy_auth_endpoint")?;
            LegacyLoginRequest::check_endpoint(endpoint)
                .map_err(|error| ConfigError::invalid("legacy_auth_endpoint", error.to_string()))?;
            return check_key(config);
        }
        _ if !kind.is_openid() => return Ok(()),
        _ => {}
    }
    let server = config.auth_server()?;
    let issuer = check_issuer("auth_server", server)?;
    check_issuer("issuer", config.issuer()?)?;
    config.client_id()?;
    metadata::check(&issuer, config)?;
    Scopes::from_list(config.scopes())
        .map_err(|error| ConfigError::invalid("scopes", error.to_string()))?;
    for key in ["algorithms", "id_token_algorithms"] {
        check_algorithms(config, key)?;
    }
    check_proof(config, kind)?;
    check_redirect(config, kind)?;
    crate::foundry::check_path(config)
}

fn check_issuer(key: &str, address: &str) -> Result<Issuer, ConfigError> {
    Issuer::parse(address).map_err(|error| ConfigError::invalid(key, error.to_string()))
}

/// Every known key that this type reads holds what it can hold; all others are kept unseen.
fn check_shapes(config: &ClientConfig, kind: ClientType) -> Result<(), ConfigError> {
    for key in ConfigKey::all().iter().filter(|key| key.concerns(kind)) {
        let Some(value) = config.values().get(key.name) else {
            continue;
        };
        if let Err(why) = check_shape(config, key, value) {
            return Err(ConfigError::invalid(key.name, why));
        }
    }
    Ok(())
}

fn check_shape(config: &ClientConfig, key: &ConfigKey, value: &Value) -> Result<(), &'static str> {
    let texts = |items: &[Value]| items.iter().all(Value::is_string);
    let seconds = || config.seconds(key.name).filter(|limit| *limit <= LONGEST);
    let (fits, why) = match (key.shape, value) {
        (_, Value::Null) => return Ok(()),
        // An empty text is planet-auth's way of leaving something out.
        (_, Value::String(text)) if text.is_empty() => return Ok(()),
        (KeyShape::Seconds, _) => (
            seconds().is_some_and(|limit| !limit.is_zero()),
            "it must be a number of seconds, more than 0 and at most 86400",
        ),
        (KeyShape::Leeway, _) => (
            seconds().is_some(),
            "it must be a number of seconds, at most 86400",
        ),
        (KeyShape::List, value) => (
            value.is_string() || value.as_array().is_some_and(|items| texts(items)),
            "it must be a list of strings",
        ),
        (KeyShape::Command, value) => (
            value.is_string() || value.as_array().is_some_and(|items| texts(items)),
            "it must be a command line or a list of strings",
        ),
        (KeyShape::Texts, value) => (
            value
                .as_object()
                .is_some_and(|all| all.values().all(Value::is_string)),
            "it must be an object whose values are strings",
        ),
        (KeyShape::Parameters, value) => (
            value
                .as_object()
                .is_some_and(|all| all.values().all(is_scalar)),
            "it must be an object whose values are strings, numbers, true or false",
        ),
        (KeyShape::Flag, value) => (value.is_boolean(), "it must be true or false"),
        (KeyShape::Ports, value) => (
            is_port(value) || value.as_array().is_some_and(|all| all.iter().all(is_port)),
            "it must be a port, a range such as \"8888-8987\", or a list of those",
        ),
        // Its own rules are checked with it.
        (KeyShape::Retry, _) => return Ok(()),
        (_, value) => (value.is_string(), "it must be a string"),
    };
    if fits { Ok(()) } else { Err(why) }
}

fn is_scalar(value: &Value) -> bool {
    value.is_string() || value.is_number() || value.is_boolean()
}

/// Which ports exactly is checked where they are opened.
fn is_port(value: &Value) -> bool {
    value.is_string() || value.is_u64()
}

/// A limit beyond a day is a slip.
const LONGEST: Duration = Duration::from_hours(24);

/// What goes into a header must be able to.
fn check_key(config: &ClientConfig) -> Result<(), ConfigError> {
    let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if !config.text("api_key").is_none_or(visible) {
        let why = "it holds characters that no http header may carry";
        return Err(ConfigError::invalid("api_key", why));
    }
    if !visible(config.key_scheme()) {
        let why = "it must be one word, or empty to send the key alone";
        return Err(ConfigError::invalid("bearer_token_prefix", why));
    }
    Ok(())
}

/// A slip in a restriction must not lift it.
fn check_algorithms(config: &ClientConfig, key: &'static str) -> Result<(), ConfigError> {
    let names = config.list(key);
    let known = |name: &String| name.parse::<keyfob_jose::Algorithm>().is_ok();
    if (config.is_present(key) && names.is_empty()) || !names.iter().all(known) {
        let why = "it must name signature algorithms, such as RS256";
        return Err(ConfigError::invalid(key, why));
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

    // covers: planet-29, planet-30, planet-32, ceg-1
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
    fn types_that_need_no_server_need_nothing_else_either() {
        check_of(&json!({"client_type": "none"})).unwrap();
        check_of(&json!({"client_type": "static_apikey"})).unwrap();
    }

    fn openid(extra: &Value) -> Value {
        let mut config = json!({"client_type": "oidc_auth_code", "auth_server": "https://as.example",
            "client_id": "c", "redirect_uri": "http://localhost/cb"});
        for (key, value) in extra.as_object().unwrap() {
            config[key] = value.clone();
        }
        config
    }

    // covers: planet-29, W48, ceg-2
    #[test]
    fn audiences_may_be_absent_one_or_several_and_nothing_but_texts() {
        for good in [
            json!(null),
            json!([]),
            json!(["a"]),
            json!(["a", "b"]),
            json!("a b"),
        ] {
            check_of(&openid(&json!({"audiences": good}))).unwrap();
        }
        for bad in [json!(5), json!({"a": 1}), json!(["a", 5]), json!(true)] {
            let error = check_of(&openid(&json!({"audiences": bad}))).unwrap_err();
            assert!(error.to_string().contains("audiences"), "{error}");
        }
    }

    #[test]
    fn every_known_key_refuses_a_value_that_it_cannot_hold_by_name() {
        for kind in ClientType::all() {
            for key in ConfigKey::all().iter().filter(|key| key.concerns(kind)) {
                for odd in [json!([[1]]), json!({"x": [1]})] {
                    let mut config = json!({"client_type": kind.as_str()});
                    config[key.name] = odd.clone();
                    let error = check_of(&config).unwrap_err();
                    assert_eq!(error.code(), "config_invalid", "{kind} {} {odd}", key.name);
                    assert!(error.to_string().contains(key.name), "{kind}: {error}");
                }
            }
        }
    }

    // covers: planet-36
    #[test]
    fn keys_that_nobody_knows_and_those_of_other_types_are_kept_unseen() {
        let odd = json!({"_comment": 5, "_hidden": true, "x": {"y": [1]}, "api_key": 5,
                         "legacy_auth_endpoint": [], "bearer_token_prefix": {}});
        check_of(&openid(&odd)).unwrap();
        let none = json!({"client_type": "none", "scopes": 5, "redirect_uri": {}, "x": null});
        check_of(&none).unwrap();
    }

    // covers: planet-35
    #[test]
    fn a_legacy_client_needs_its_address_and_a_safe_one() {
        let with = |address: Value| {
            check_of(&json!({"client_type": "planet_legacy", "legacy_auth_endpoint": address}))
        };
        with(json!("https://api.example/login")).unwrap();
        for missing in [json!(null), json!("")] {
            let error = with(missing).unwrap_err();
            assert_eq!(error.code(), "config_missing");
            assert!(
                error.to_string().contains("legacy_auth_endpoint"),
                "{error}"
            );
        }
        for bad in [
            "http://api.example/login",
            "not an address",
            "ftp://x",
            "https://u:p@h/",
        ] {
            let error = with(json!(bad)).unwrap_err();
            assert_eq!(error.code(), "config_invalid", "{bad}");
        }
    }

    #[test]
    fn what_goes_into_a_header_must_be_able_to() {
        let with = |key: &str, value: &str| {
            let mut config = json!({"client_type": "static_apikey"});
            config[key] = value.into();
            check_of(&config)
        };
        with("api_key", "PLAK-1").unwrap();
        with("bearer_token_prefix", "").unwrap();
        with("bearer_token_prefix", "api-key").unwrap();
        for (key, value) in [
            ("api_key", "canary\r\nHost: x"),
            ("api_key", "canary canary"),
            ("bearer_token_prefix", "two words"),
            ("bearer_token_prefix", "a\n"),
        ] {
            let error = with(key, value).unwrap_err().to_string();
            assert!(error.contains(key) && !error.contains("canary"), "{error}");
        }
    }

    // covers: W7
    #[test]
    fn limits_are_seconds_and_a_slip_is_not_taken_for_no_limit() {
        for key in ["timeout", "connect_timeout", "leeway"] {
            for good in [json!(2.5), json!(30), json!("7"), json!(null)] {
                check_of(&openid(&json!({key: good}))).unwrap();
            }
            for bad in [json!(-1), json!("soon"), json!(1e300), json!([1])] {
                let error = check_of(&openid(&json!({key: bad}))).unwrap_err();
                assert!(error.to_string().contains(key), "{error}");
            }
        }
        check_of(&openid(&json!({"leeway": 0}))).unwrap();
        check_of(&openid(&json!({"timeout": 0}))).unwrap_err();
    }

    // covers: W28
    #[test]
    fn addresses_must_be_safe_wherever_they_stand() {
        for key in ConfigKey::all().iter().filter(|key| {
            key.shape == KeyShape::Url
                && key.name.ends_with("_endpoint")
                && key.used_by == crate::client::KeyUse::OpenId
        }) {
            let error = check_of(&openid(&json!({key.name: "http://as.example/x"}))).unwrap_err();
            assert_eq!(error.code(), "config_invalid");
            assert!(error.to_string().contains(key.name), "{error}");
        }
        for key in ["auth_server", "issuer"] {
            let error = check_of(&openid(&json!({key: "http://as.example"}))).unwrap_err();
            assert!(error.to_string().contains(key), "{error}");
        }
    }

    // covers: planet-28
    #[test]
    fn a_type_that_is_missing_unknown_or_no_text_is_an_error() {
        for (config, code) in [
            (json!({}), "config_missing"),
            (json!({"client_type": ""}), "config_missing"),
            (json!({"client_type": null}), "config_missing"),
            (json!({"client_type": "oidc_magic"}), "client_type_unknown"),
            (json!({"client_type": 5}), "config_invalid"),
        ] {
            assert_eq!(check_of(&config).unwrap_err().code(), code, "{config}");
        }
    }
}
