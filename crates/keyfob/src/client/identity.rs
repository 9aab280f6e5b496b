//! Which login this is: a canonical name that changes when, and only when, another token would come out.

use keyfob_jose::{Algorithm, base64url};
use serde_json::json;

use crate::client::{ClientConfig, ClientType, ConfigError};

/// Names issuer, client, account, grant, scopes, audiences, resources and the deployment's parameters.
///
/// Order does not matter; a redirect URI or port, a secret, a key, a time limit or a comment does not count.
pub(crate) fn identity(config: &ClientConfig, kind: ClientType) -> Result<String, ConfigError> {
    identity_with(config, kind, &[])
}

/// Does the same for a type of an application's own, some of whose keys count too.
pub(super) fn identity_with(
    config: &ClientConfig,
    kind: ClientType,
    own: &[&str],
) -> Result<String, ConfigError> {
    let sorted = |mut list: Vec<String>| {
        list.sort_unstable();
        list.dedup();
        list
    };
    let grant = match (kind, kind.grant()) {
        (_, Some(grant)) => Some(format!("{grant:?}")),
        (ClientType::ClientValidator, None) => None,
        (other, None) => Some(other.to_string()),
    };
    let server = match kind {
        ClientType::PlanetLegacy => config.text("legacy_auth_endpoint"),
        _ if kind.is_openid() => Some(config.issuer()?),
        _ => config.issuer().ok(),
    };
    let mut name = json!([
        server,
        config.text("client_id"),
        config.username(),
        grant,
        sorted(config.scopes()),
        sorted(config.audiences()),
        sorted(config.resources()),
        config.extra_parameters(),
    ]);
    if let (false, Some(parts)) = (own.is_empty(), name.as_array_mut()) {
        parts.push(
            own.iter()
                .map(|key| config.values().get(*key).cloned().unwrap_or_default())
                .collect(),
        );
    }
    let digest = Algorithm::RS256.hash(name.to_string().as_bytes());
    Ok(base64url::encode(digest.get(..18).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn of(changes: &Value) -> String {
        let mut config = ClientConfig::from_json(
            br#"{"client_type":"oidc_auth_code","auth_server":"https://as.example","client_id":"c",
                 "scopes":["openid","email"],"audiences":["a","b"]}"#,
        )
        .unwrap();
        for (key, value) in changes.as_object().unwrap() {
            config.set(key, value.clone());
        }
        identity(&config, config.client_type().unwrap()).unwrap()
    }

    #[test]
    fn order_and_what_does_not_change_the_token_do_not_count() {
        let plain = of(&json!({}));
        for same in [
            json!({"scopes": ["email", "openid", "email"], "audiences": ["b", "a"]}),
            json!({"local_redirect_uri": "http://localhost:8123/cb", "timeout": 3, "_comment": "hello"}),
            json!({"client_type": "oidc_auth_code_secret", "client_secret": "s"}),
        ] {
            assert_eq!(of(&same), plain, "{same}");
        }
    }

    #[test]
    fn whatever_changes_the_token_counts() {
        let mut seen = vec![of(&json!({}))];
        for other in [
            json!({"auth_server": "https://other.example"}),
            json!({"client_id": "d"}),
            json!({"username": "alice"}),
            json!({"client_type": "oidc_device_code"}),
            json!({"scopes": ["openid"]}),
            json!({"audiences": ["a"]}),
            json!({"resource": "https://api.example"}),
            json!({"organization": "o"}),
        ] {
            let name = of(&other);
            assert!(!seen.contains(&name), "{other}");
            seen.push(name);
        }
    }
}
