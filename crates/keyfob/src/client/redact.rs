//! A configuration as it may be shown: without its secrets.

use serde_json::{Map, Value};

use crate::client::ConfigKey;

/// What stands in for a secret.
const HIDDEN: &str = "…";

/// Replaces secrets, also those in addresses and nested values.
pub(super) fn redacted(values: &Map<String, Value>) -> Map<String, Value> {
    values
        .iter()
        .map(|(key, value)| (key.clone(), shown(key, value)))
        .collect()
}

fn shown(key: &str, value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ if is_secret(key) => Value::from(HIDDEN),
        Value::Object(members) => redacted(members).into(),
        Value::Array(items) => items.iter().map(|item| shown(key, item)).collect(),
        Value::String(text) => without_password(key, text).into(),
        other => other.clone(),
    }
}

/// Addresses may carry a name and a password; that of a proxy also without a scheme.
fn without_password(key: &str, text: &str) -> String {
    let is_proxy = key.contains("proxy");
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None if is_proxy => (String::new(), text),
        None => return text.to_owned(),
    };
    let end = rest.find(['/', '?', '#']).filter(|_| !is_proxy);
    let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => format!("{scheme}{HIDDEN}{}", rest.get(at..).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Whether the value of a key is a secret; unknown keys that sound like one are taken for one.
fn is_secret(key: &str) -> bool {
    const HARMLESS_ENDINGS: [&str; 3] = ["_file", "_env", "_endpoint"];
    if let Some(known) = ConfigKey::named(key) {
        return known.is_secret();
    }
    let sounds_secret = ["secret", "password", "token", "api_key", "apikey", "_cmd"]
        .iter()
        .any(|word| key.contains(word));
    sounds_secret && !HARMLESS_ENDINGS.iter().any(|ending| key.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientConfig;
    use serde_json::json;

    fn config(value: &Value) -> ClientConfig {
        ClientConfig::from_json(value.to_string().as_bytes()).unwrap()
    }

    // covers: W36, C-9
    #[test]
    fn debug_and_redacted_hide_every_secret() {
        let secrets = ConfigKey::all().iter().filter(|key| key.is_secret());
        let names = secrets.map(|key| key.name);
        let mut all = Map::new();
        for key in names.chain(["my_secret", "refresh_token", "other_api_key", "x_cmd"]) {
            all.insert(key.to_owned(), Value::from("canary"));
        }
        all.insert("client_secret_file".to_owned(), Value::from("/path"));
        let config = ClientConfig::new(all);
        assert!(!format!("{config:?}").contains("canary"), "{config:?}");
        assert_eq!(config.redacted()["client_secret_file"], "/path");
    }

    #[test]
    fn debug_and_redacted_hide_passwords_of_addresses_and_secrets_further_in() {
        let config = config(&json!({
            "proxy": "http://ann:canary@proxy.example:8080/p",
            "https_proxy": "ann:can/nary@proxy.example",
            "other": ["socks5://canary:ca@nary@[::1]", "https://api.example/@me"],
            "nested": {"deeper": [{"client_secret": "canary"}], "proxy": "http://a:canary@b"},
        }));
        assert!(!format!("{config:?}").contains("nary"), "{config:?}");
        assert_eq!(config.redacted()["proxy"], "http://…@proxy.example:8080/p");
        assert_eq!(config.redacted()["other"][1], "https://api.example/@me");
    }

    #[test]
    fn what_only_sounds_like_a_secret_and_is_known_not_to_be_one_is_shown() {
        let harmless = json!({
            "token_endpoint": "https://as.example/token", "bearer_token_prefix": "api-key",
            "client_secret_env": "NAME", "api_key_file": "/path", "client_privkey_kid": "k1"
        });
        assert_eq!(Value::Object(config(&harmless).redacted()), harmless);
    }
}
