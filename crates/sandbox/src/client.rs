//! Registered clients: how they authenticate, where they may be redirected, which grants they have.

use std::fmt;

use keyfob_jose::{Algorithm, JoseError, SigningKey};
use serde_json::{Value, json};

use crate::SandboxError;

mod redirect;

pub use redirect::RedirectRule;

/// How a client authenticates (OpenID Connect Core 1.0 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthenticationMethod {
    /// A public client: `none`.
    None,
    /// `client_secret_basic`.
    SecretBasic,
    /// `client_secret_post`.
    SecretPost,
    /// `client_secret_jwt`.
    SecretJwt,
    /// `private_key_jwt`.
    PrivateKeyJwt,
}

impl AuthenticationMethod {
    /// Returns the `token_endpoint_auth_method` word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::SecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// A registered client.
#[derive(Clone)]
pub struct Client {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) methods: Vec<AuthenticationMethod>,
    pub(crate) jwks: Option<Value>,
    pub(crate) private_key_pem: Option<String>,
    pub(crate) redirects: Vec<RedirectRule>,
    pub(crate) grants: Vec<String>,
    pub(crate) id_token_alg: String,
}

/// The device grant's name (RFC 8628 §3.4).
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PERSONAL: &[&str] = &[
    "authorization_code",
    "refresh_token",
    DEVICE_CODE,
    "password",
];

impl Client {
    /// Makes a public client with every grant of a person and the usual loopback redirects.
    pub fn public(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: None,
            methods: vec![AuthenticationMethod::None],
            jwks: None,
            private_key_pem: None,
            redirects: RedirectRule::usual(),
            grants: PERSONAL.iter().map(|&grant| grant.to_owned()).collect(),
            id_token_alg: "RS256".to_owned(),
        }
    }

    /// Makes a confidential client with a secret, every grant, and all three secret methods.
    pub fn confidential(id: impl Into<String>, secret: impl Into<String>) -> Self {
        let client = Self {
            secret: Some(secret.into()),
            methods: vec![
                AuthenticationMethod::SecretBasic,
                AuthenticationMethod::SecretPost,
                AuthenticationMethod::SecretJwt,
            ],
            ..Self::public(id)
        };
        client.with_grant("client_credentials")
    }

    /// Makes a confidential client that authenticates by `private_key_jwt`.
    ///
    /// `jwks` is its public key set (RFC 7517 §5); if that is empty the sandbox makes a key, see
    /// [`Self::private_key_pem`].
    pub fn with_keys(id: impl Into<String>, jwks: Value) -> Self {
        let client = Self {
            jwks: Some(jwks),
            methods: vec![AuthenticationMethod::PrivateKeyJwt],
            ..Self::public(id)
        };
        client.with_grant("client_credentials")
    }

    /// Accepts this authentication method only.
    pub fn with_method(mut self, method: AuthenticationMethod) -> Self {
        self.methods = vec![method];
        self
    }

    /// Adds a grant.
    pub fn with_grant(mut self, grant: impl Into<String>) -> Self {
        self.grants.push(grant.into());
        self
    }

    /// Allows these grants only.
    pub fn with_only_grants<G: Into<String>>(
        mut self,
        grants: impl IntoIterator<Item = G>,
    ) -> Self {
        self.grants = grants.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a redirect URI rule.
    pub fn with_redirect(mut self, rule: RedirectRule) -> Self {
        self.redirects.push(rule);
        self
    }

    /// Signs this client's ID tokens with another algorithm than RS256 (HS256 takes its secret).
    pub fn with_id_token_algorithm(mut self, alg: impl Into<String>) -> Self {
        self.id_token_alg = alg.into();
        self
    }

    /// Returns the `client_id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the secret; it is a test secret and public knowledge.
    pub fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }

    /// Returns the private key (PKCS#8 PEM) of a client whose key the sandbox made.
    pub fn private_key_pem(&self) -> Option<&str> {
        self.private_key_pem.as_deref()
    }

    /// Returns what a person needs to use this client.
    pub(crate) fn summary(&self) -> Value {
        let methods: Vec<_> = self.methods.iter().map(|method| method.as_str()).collect();
        let mut summary = json!({
            "client_id": self.id,
            "token_endpoint_auth_methods": methods,
            "grant_types": self.grants,
        });
        if let (Some(summary), Some(secret)) = (summary.as_object_mut(), &self.secret) {
            summary.insert("client_secret".to_owned(), json!(secret));
        }
        summary
    }

    /// Returns everything about this client, its private key included.
    pub(crate) fn details(&self) -> Value {
        let mut details = self.summary();
        if let Some(details) = details.as_object_mut() {
            details.insert("jwks".to_owned(), json!(self.jwks));
            details.insert("private_key_pem".to_owned(), json!(self.private_key_pem));
            details.insert(
                "id_token_signed_response_alg".to_owned(),
                json!(self.id_token_alg),
            );
        }
        details
    }

    /// Gives a client that authenticates by key, and has none, an ES256 key.
    pub(crate) fn make_key_if_missing(&mut self) -> Result<(), SandboxError> {
        let has_key = self
            .jwks
            .as_ref()
            .and_then(|jwks| jwks.get("keys")?.as_array())
            .is_some_and(|keys| !keys.is_empty());
        if has_key || !self.methods.contains(&AuthenticationMethod::PrivateKeyJwt) {
            return Ok(());
        }
        let made = || -> Result<_, JoseError> {
            let key = SigningKey::generate(Algorithm::ES256)?.with_kid("demo");
            Ok((
                key.public_jwk()?.to_value(),
                key.to_pkcs8_pem()?.expose().to_owned(),
            ))
        };
        let (jwk, pem) = made().map_err(|why| SandboxError::Key(why.to_string()))?;
        self.jwks = Some(json!({ "keys": [jwk] }));
        self.private_key_pem = Some(pem);
        Ok(())
    }

    /// Returns the clients that every sandbox has unless told otherwise.
    ///
    /// | id | secret | what for |
    /// | --- | --- | --- |
    /// | `demo-cli` | | public; code, device, refresh, password; any loopback port |
    /// | `demo-web` | yes | `client_secret_basic` only; code and refresh |
    /// | `demo-device` | | public; device and refresh |
    /// | `demo-service` | yes | client credentials; all three secret methods |
    /// | `demo-service-key` | | client credentials by `private_key_jwt` |
    pub fn seeded() -> Vec<Self> {
        let secret = |id: &str| format!("{id}-secret-0123456789-abcdefghijklmnop");
        vec![
            Self::public("demo-cli"),
            Self::confidential("demo-web", secret("demo-web"))
                .with_method(AuthenticationMethod::SecretBasic)
                .with_only_grants(["authorization_code", "refresh_token"])
                .with_redirect(RedirectRule::exact("https://app.example.test/callback")),
            Self::public("demo-device").with_only_grants([DEVICE_CODE, "refresh_token"]),
            Self::confidential("demo-service", secret("demo-service"))
                .with_only_grants(["client_credentials"]),
            Self::with_keys("demo-service-key", json!({ "keys": [] }))
                .with_only_grants(["client_credentials"]),
        ]
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("methods", &self.methods)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Client;

    #[test]
    fn debug_shows_no_secret() {
        let client = Client::confidential("web", "canary-secret");
        assert!(!format!("{client:?}").contains("canary"));
    }
}
