//! What a login chose for itself, beside the profile's configuration.

use serde_json::{Map, Value};

use crate::client::ClientConfig;

/// What a login may choose for itself; the credential remembers it.
const REQUESTABLE: [&str; 5] = [
    "scopes",
    "audiences",
    "organization",
    "project_id",
    "extra_params",
];

impl ClientConfig {
    /// Replaces values by those that were chosen at a login; they are kept with its credential, not with the profile.
    ///
    /// Only what a login may choose is taken: scopes, audiences, organization, project and extra parameters.
    pub fn with_requested(mut self, requested: &Map<String, Value>) -> Self {
        for key in REQUESTABLE {
            let Some(value) = requested.get(key).filter(|value| can_request(key, value)) else {
                continue;
            };
            if key == "audiences" {
                self.values.remove("audience");
            }
            self.values.insert(key.to_owned(), value.clone());
            self.requested.insert(key.to_owned(), value.clone());
        }
        self
    }

    /// Returns the values that were chosen at a login.
    pub fn requested(&self) -> &Map<String, Value> {
        &self.requested
    }
}

fn can_request(key: &str, value: &Value) -> bool {
    match (key, value) {
        ("scopes" | "audiences", Value::Array(items)) => items.iter().all(Value::is_string),
        ("organization" | "project_id", Value::String(_)) => true,
        ("extra_params", Value::Object(members)) => members.values().all(Value::is_string),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn requesting(requested: &Value) -> ClientConfig {
        let config = ClientConfig::from_json(
            br#"{"client_type": "oidc_auth_code", "auth_server": "https://as.example", "client_id": "c",
                 "scopes": ["openid"], "audience": "a"}"#,
        )
        .unwrap();
        config.with_requested(requested.as_object().unwrap())
    }

    // covers: W46
    #[test]
    fn what_a_login_chose_replaces_what_the_profile_says() {
        let chosen = json!({"scopes": ["x", "y"], "audiences": ["b"], "organization": "o", "project_id": "p",
                            "extra_params": {"n": "v"}});
        let config = requesting(&chosen);
        assert_eq!(config.scopes(), ["x", "y"]);
        assert_eq!(config.audiences(), ["b"]);
        let all: Vec<_> = config.extra_parameters().into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            all,
            [
                pair("n", "v"),
                pair("organization", "o"),
                pair("project_id", "p")
            ]
        );
        assert_eq!(Value::Object(config.requested().clone()), chosen);
    }

    #[test]
    fn a_credential_cannot_choose_another_server_client_or_secret() {
        let config = requesting(&json!({
            "auth_server": "https://evil.example", "client_id": "d", "client_secret_cmd": "x", "token_endpoint": "https://e.example",
            "scopes": "openid", "audiences": [1], "organization": 5, "extra_params": ["x"],
        }));
        assert!(config.requested().is_empty());
        assert_eq!(config, requesting(&json!({})));
    }
}
