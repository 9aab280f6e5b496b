//! What one section keeps: a client's login at one host.

use keyfob_jose::Secret;

use super::ini::{Section, escaped, unescaped};
use super::{FoundryError, Host};

/// The keys that palantir-oauth-client writes, in its order, and the one that it only reads.
pub(super) const KEYS: [&str; 6] = [
    "token_uri",
    "client_id",
    "client_secret",
    "scopes",
    "refresh_token",
    "access_token",
];

/// A client's login at one host. `Debug` shows no secret.
///
/// ```
/// use keyfob::foundry::{FoundryCredential, Host};
/// use keyfob::jose::Secret;
///
/// let host: Host = "foundry.example.com".parse()?;
/// let credential = FoundryCredential::new(&host, "my-client")
///     .with_scopes(["api:read-data", "offline_access"])
///     .with_refresh_token(Secret::new("..."));
/// assert_eq!(credential.client_id(), Some("my-client"));
/// # Ok::<(), keyfob::foundry::FoundryError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FoundryCredential {
    token_uri: String,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    scopes: Vec<String>,
    refresh_token: Option<Secret>,
    access_token: Option<Secret>,
}

impl FoundryCredential {
    /// Starts the login of a client at a host, whose token endpoint it uses.
    pub fn new(host: &Host, client_id: impl Into<String>) -> Self {
        Self {
            token_uri: host.token_endpoint(),
            client_id: Some(client_id.into()),
            client_secret: None,
            scopes: Vec::new(),
            refresh_token: None,
            access_token: None,
        }
    }

    /// Uses another token endpoint of the same host; writing refuses one of another host.
    pub fn with_token_uri(self, token_uri: impl Into<String>) -> Self {
        Self {
            token_uri: token_uri.into(),
            ..self
        }
    }

    /// Sets the secret of a confidential client.
    pub fn with_client_secret(self, secret: Secret) -> Self {
        Self {
            client_secret: Some(secret),
            ..self
        }
    }

    /// Sets the scopes that were asked for; empty ones are left out.
    pub fn with_scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes = scopes.into_iter().map(Into::into);
        Self {
            scopes: scopes.filter(|scope: &String| !scope.is_empty()).collect(),
            ..self
        }
    }

    /// Sets the refresh token.
    pub fn with_refresh_token(self, token: Secret) -> Self {
        Self {
            refresh_token: Some(token),
            ..self
        }
    }

    /// Returns where the refresh token is redeemed: at the host of the section, by https.
    pub fn token_uri(&self) -> &str {
        &self.token_uri
    }

    /// Returns the client; `None` only where somebody wrote nothing but an access token by hand.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Returns the secret of a confidential client.
    pub fn client_secret(&self) -> Option<&Secret> {
        self.client_secret.as_ref()
    }

    /// Returns the scopes that were asked for at the login.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Returns the refresh token.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// Returns the access token that somebody wrote into the file by hand; how long it lives is not known.
    pub fn access_token(&self) -> Option<&Secret> {
        self.access_token.as_ref()
    }

    /// Returns the first scope that is asked for and not covered.
    pub(super) fn missing<'s>(&self, asked: &'s [String]) -> Vec<&'s str> {
        let lacks = |scope: &&String| !scope.is_empty() && !self.scopes.contains(scope);
        asked.iter().filter(lacks).map(String::as_str).collect()
    }

    /// Tells whether the scopes are these, in whatever order.
    pub(super) fn has_exactly(&self, scopes: &[String]) -> bool {
        self.missing(scopes).is_empty() && self.scopes.iter().all(|scope| scopes.contains(scope))
    }

    /// Reads a section; the error names the key and says why it is not used.
    pub(super) fn read(section: &Section, host: &Host) -> Result<Self, Fault> {
        let secret = |key: &'static str| value(section, key);
        let plain = |key| Ok(secret(key)?.map(|value| value.expose().to_owned()));
        let token_uri = plain("token_uri")?.unwrap_or_else(|| host.token_endpoint());
        if let Some(why) = host.objection(&token_uri) {
            return Err(Fault {
                key: "token_uri",
                why,
            });
        }
        let credential = Self {
            token_uri,
            client_id: plain("client_id")?,
            client_secret: secret("client_secret")?,
            scopes: scopes(section)?,
            refresh_token: secret("refresh_token")?,
            access_token: secret("access_token")?,
        };
        if credential.client_id.is_none() && credential.refresh_token.is_some() {
            return Err(Fault {
                key: "client_id",
                why: "it is missing, so nobody knows whose the refresh token is",
            });
        }
        Ok(credential)
    }

    /// The lines to write. An access token is never written.
    pub(super) fn lines(&self, host: &Host) -> Result<Vec<(&'static str, String)>, FoundryError> {
        let unwritable = |key, why| FoundryError::Unwritable { key, why };
        if let Some(why) = host.objection(&self.token_uri) {
            return Err(unwritable("token_uri", why));
        }
        let comma = |scope: &String| scope.contains([',', ' ']);
        if self.scopes.iter().any(comma) {
            return Err(unwritable("scopes", "one of them holds a comma or a blank"));
        }
        let scopes = Some(self.scopes.join(",")).filter(|scopes| !scopes.is_empty());
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned());
        let values = [
            ("token_uri", Some(self.token_uri.clone())),
            ("client_id", self.client_id.clone()),
            ("client_secret", secret(&self.client_secret)),
            ("scopes", scopes),
            ("refresh_token", secret(&self.refresh_token)),
        ];
        let mut lines = Vec::new();
        for (key, value) in values {
            if let Some(value) = value {
                let value = escaped(&value).map_err(|why| unwritable(key, why))?;
                lines.push((key, value));
            }
        }
        Ok(lines)
    }
}

/// Which key is at fault, and why.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) key: &'static str,
    pub(super) why: &'static str,
}

/// A value of one line; an empty one counts as absent.
fn value(section: &Section, key: &'static str) -> Result<Option<Secret>, Fault> {
    let Some(raw) = section.raw(key).filter(|raw| !raw.is_empty()) else {
        return Ok(None);
    };
    let fault = |why| Fault { key, why };
    if raw.contains('\n') {
        return Err(fault("it goes on over several lines"));
    }
    unescaped(raw).map(Some).map_err(fault)
}

/// Separated by commas; an empty one is none.
fn scopes(section: &Section) -> Result<Vec<String>, Fault> {
    let key = "scopes";
    let raw = section.raw(key).unwrap_or_default();
    let list = unescaped(raw).map_err(|why| Fault { key, why })?;
    let scopes = list.expose().split(',').map(str::trim);
    Ok(scopes
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect())
}
