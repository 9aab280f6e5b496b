//! How the configured client proves who it is, at each endpoint (RFC 6749 §2.3, OpenID Connect Core §9).

use std::path::Path;

use keyfob_jose::{Algorithm, SigningKey};
use keyfob_protocol::client::{AssertionAudience, ClientAuthentication};
use keyfob_protocol::{Client as ProtocolClient, Endpoint};

use crate::Error;
use crate::client::types::Proof;
use crate::client::{ClientConfig, ClientType, ConfigError, Environment, secrets};

/// The largest key file.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// The client as it appears at the token endpoint and at all others; planet-auth uses different
/// methods for a client credentials login and everything else.
#[derive(Clone, Debug)]
pub(super) struct Authentications {
    token: ProtocolClient,
    others: ProtocolClient,
}

impl Authentications {
    /// Resolves the secrets of the configuration. Blocks while it reads files or waits for a command.
    pub(super) fn resolve(
        config: &ClientConfig,
        kind: ClientType,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let id = config.client_id()?;
        if kind == ClientType::ClientValidator && config.text("client_auth_method").is_none() {
            // planet-auth asks about tokens without saying who asks.
            let nobody = ProtocolClient::new(id, ClientAuthentication::Anonymous);
            return Ok(Self {
                token: nobody.clone(),
                others: nobody,
            });
        }
        let method = config
            .text("client_auth_method")
            .unwrap_or_else(|| default_method(kind));
        let others = authentication(config, method, environment)?;
        let post_login = kind == ClientType::ClientCredentialsSecret
            && config.text("client_auth_method").is_none();
        let token = match &others {
            ClientAuthentication::SecretBasic(secret) if post_login => {
                ClientAuthentication::SecretPost(secret.clone())
            }
            same => same.clone(),
        };
        Ok(Self {
            token: ProtocolClient::new(id, token),
            others: ProtocolClient::new(id, others),
        })
    }

    /// Returns the client as it appears at an endpoint. A provider that says it does not take the default way of sending
    /// a secret gets the one it takes.
    pub(super) fn at(&self, endpoint: Endpoint, accepted: Option<&[String]>) -> ProtocolClient {
        let client = if endpoint == Endpoint::Token {
            &self.token
        } else {
            &self.others
        };
        let takes = |method: &str| {
            accepted.is_none_or(|methods| methods.iter().any(|known| known == method))
        };
        match &client.authentication {
            ClientAuthentication::SecretPost(secret)
                if !takes("client_secret_post") && takes("client_secret_basic") =>
            {
                ProtocolClient::new(
                    &client.client_id,
                    ClientAuthentication::SecretBasic(secret.clone()),
                )
            }
            _ => client.clone(),
        }
    }
}

fn default_method(kind: ClientType) -> &'static str {
    match kind.proof() {
        Proof::Nothing => "none",
        Proof::Secret => "client_secret_basic",
        Proof::Key => "private_key_jwt",
    }
}

fn authentication(
    config: &ClientConfig,
    method: &str,
    environment: &Environment,
) -> Result<ClientAuthentication, Error> {
    if method == "none" {
        return Ok(ClientAuthentication::None);
    }
    if method == "private_key_jwt" {
        let key = signing_key(config, environment)?;
        return Ok(ClientAuthentication::PrivateKeyJwt {
            key,
            audience: audience(config),
        });
    }
    let secret = secrets::find(config, "client_secret", environment)?;
    let secret = secret.ok_or_else(|| ConfigError::Missing {
        key: "client_secret",
        client_type: config.client_type().map_or("any", ClientType::as_str),
    })?;
    Ok(match method {
        "client_secret_post" => ClientAuthentication::SecretPost(secret),
        "client_secret_jwt" => ClientAuthentication::SecretJwt {
            secret,
            algorithm: algorithm(config)?.unwrap_or(Algorithm::HS256),
            audience: audience(config),
        },
        _ => ClientAuthentication::SecretBasic(secret),
    })
}

/// Whom an assertion is for; the endpoint that is called is what planet-auth names.
fn audience(config: &ClientConfig) -> AssertionAudience {
    match config.text("client_assertion_audience") {
        None | Some("endpoint") => AssertionAudience::Endpoint,
        Some("issuer") => AssertionAudience::Issuer,
        Some("token_endpoint") => AssertionAudience::TokenEndpoint,
        Some(other) => AssertionAudience::Other(other.to_owned()),
    }
}

fn algorithm(config: &ClientConfig) -> Result<Option<Algorithm>, ConfigError> {
    let parse = |text: &str| {
        text.parse()
            .map_err(|_| ConfigError::invalid("client_privkey_alg", "it is no algorithm"))
    };
    config.text("client_privkey_alg").map(parse).transpose()
}

/// The private key: literal before file, PEM or JWK, encrypted or not.
fn signing_key(config: &ClientConfig, environment: &Environment) -> Result<SigningKey, Error> {
    let (key, text) = match (
        config.text("client_privkey"),
        config.text("client_privkey_file"),
    ) {
        (Some(text), _) => ("client_privkey", text.as_bytes().to_vec()),
        (None, Some(path)) => ("client_privkey_file", read_key(Path::new(path))?),
        (None, None) => {
            let client_type = config.client_type().map_or("any", ClientType::as_str);
            return Err(ConfigError::Missing {
                key: "client_privkey or client_privkey_file",
                client_type,
            }
            .into());
        }
    };
    let algorithm = algorithm(config)?;
    let unusable = |error: keyfob_jose::JoseError| ConfigError::invalid(key, error.to_string());
    let parsed = if text.trim_ascii_start().starts_with(b"{") {
        let jwk =
            keyfob_jose::json::parse(&text, keyfob_jose::json::Limits::TOKEN).map_err(unusable)?;
        SigningKey::from_jwk(&jwk, algorithm)
    } else {
        let password = secrets::find(config, "client_privkey_password", environment)?;
        SigningKey::from_pem(&text, password.as_ref(), algorithm)
    };
    let parsed = parsed.map_err(unusable)?;
    Ok(match config.text("client_privkey_kid") {
        Some(kid) => parsed.with_kid(kid),
        None => parsed,
    })
}

fn read_key(path: &Path) -> Result<Vec<u8>, ConfigError> {
    use std::io::Read;
    let unavailable = |why: String| ConfigError::SecretUnavailable {
        key: "client_privkey_file".to_owned(),
        why: format!("{}: {why}", path.display()),
    };
    let file = std::fs::File::open(path).map_err(|error| unavailable(error.to_string()))?;
    let mut text = Vec::new();
    file.take(MAX_KEY_BYTES + 1)
        .read_to_end(&mut text)
        .map_err(|error| unavailable(error.to_string()))?;
    if text.len() as u64 > MAX_KEY_BYTES {
        return Err(unavailable(format!(
            "it is larger than {MAX_KEY_BYTES} bytes"
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn methods(extra: &serde_json::Value, accepted: Option<&[String]>) -> (String, String) {
        let mut config = ClientConfig::from_json(
            json!({"client_id": "c", "client_secret": "s", "auth_server": "https://as.example"})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        for (key, value) in extra.as_object().unwrap() {
            config.set(key, value.clone());
        }
        let kind = config.client_type().unwrap();
        let all = Authentications::resolve(&config, kind, &Environment::none()).unwrap();
        let method = |endpoint| {
            all.at(endpoint, accepted)
                .authentication
                .method()
                .to_owned()
        };
        (method(Endpoint::Token), method(Endpoint::Revocation))
    }

    #[test]
    fn client_credentials_post_at_login_and_basic_elsewhere_as_planet_auth_does() {
        let kind = json!({"client_type": "oidc_client_credentials_secret"});
        let expected = (
            "client_secret_post".to_owned(),
            "client_secret_basic".to_owned(),
        );
        assert_eq!(methods(&kind, None), expected);
    }

    #[test]
    fn a_provider_that_takes_only_basic_gets_basic() {
        let kind = json!({"client_type": "oidc_client_credentials_secret"});
        let only = ["client_secret_basic".to_owned()];
        assert_eq!(methods(&kind, Some(&only)).0, "client_secret_basic");
    }

    #[test]
    fn a_configured_method_is_used_everywhere() {
        for method in [
            "none",
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
        ] {
            let extra =
                json!({"client_type": "oidc_device_code_secret", "client_auth_method": method});
            assert_eq!(
                methods(&extra, None),
                (method.to_owned(), method.to_owned())
            );
        }
    }

    #[test]
    fn a_missing_key_file_is_named() {
        let config = ClientConfig::from_json(
            br#"{"client_type":"oidc_device_code_pubkey","client_id":"c","client_privkey_file":"/nonexistent/key.pem"}"#,
        )
        .unwrap();
        let error =
            Authentications::resolve(&config, ClientType::DeviceCodePubkey, &Environment::none())
                .unwrap_err();
        assert_eq!(error.code(), "secret_unavailable");
        assert!(error.to_string().contains("/nonexistent/key.pem"));
    }
}
