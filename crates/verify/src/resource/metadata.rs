//! The metadata document of a protected resource (RFC 9728 §2, §3).

use std::sync::Arc;

use bytes::Bytes;
use keyfob_jose::Algorithm;
use keyfob_protocol::Issuer;
use serde_json::{Map, Value};
use url::Url;

use super::ResourceError;

/// Where the document lies, before the resource's own path (RFC 9728 §3).
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What a protected resource tells clients: which authorization servers it trusts, which scopes and methods it knows.
///
/// Cheap to clone. The document is rendered once, when it is built.
///
/// ```
/// use keyfob_verify::resource::ProtectedResourceMetadata;
///
/// let metadata = ProtectedResourceMetadata::builder("https://api.example.com/v1")
///     .authorization_server("https://login.example.com")
///     .scopes(["read", "write"])
///     .build()?;
/// assert_eq!(metadata.url(), "https://api.example.com/.well-known/oauth-protected-resource/v1");
/// # Ok::<(), keyfob_verify::resource::ResourceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedResourceMetadata(Arc<Document>);

#[derive(Debug, PartialEq, Eq)]
struct Document {
    url: String,
    path: String,
    members: Map<String, Value>,
    json: Bytes,
}

impl ProtectedResourceMetadata {
    /// Starts from the resource's identifier: the https URL that clients know it by, which is also its tokens' audience.
    pub fn builder(resource: impl Into<String>) -> ProtectedResourceMetadataBuilder {
        ProtectedResourceMetadataBuilder {
            resource: resource.into(),
            authorization_servers: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Returns where clients find the document.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Returns the path of [`url`](Self::url).
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the document's members.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0.members
    }

    /// Returns the document as it is served.
    pub fn json(&self) -> &Bytes {
        &self.0.json
    }
}

/// Configures a [`ProtectedResourceMetadata`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ProtectedResourceMetadataBuilder {
    resource: String,
    authorization_servers: Vec<String>,
    members: Vec<(String, Value)>,
}

impl ProtectedResourceMetadataBuilder {
    /// Names an issuer whose tokens are accepted; may be called again for more.
    pub fn authorization_server(mut self, issuer: impl Into<String>) -> Self {
        self.authorization_servers.push(issuer.into());
        self
    }

    /// Names the scopes that clients may ask for, `scopes_supported`. Replaces those set before.
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect::<Vec<String>>();
        self.set("scopes_supported", scopes)
    }

    /// Sets a name for people, `resource_name`.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.set("resource_name", name.into())
    }

    /// Sets the address of a page for developers, `resource_documentation`.
    pub fn documentation(self, url: impl Into<String>) -> Self {
        self.set("resource_documentation", url.into())
    }

    /// Names the algorithms of DPoP proofs that are accepted, `dpop_signing_alg_values_supported`. Replaces those
    /// set before.
    pub fn dpop_algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let names = algorithms.into_iter().map(|one| one.as_str().to_owned());
        self.set(
            "dpop_signing_alg_values_supported",
            names.collect::<Vec<_>>(),
        )
    }

    /// Says that only tokens with a DPoP proof are accepted, `dpop_bound_access_tokens_required`.
    pub fn requires_dpop(self) -> Self {
        self.set("dpop_bound_access_tokens_required", true)
    }

    /// Says that tokens may be bound to TLS client certificates, `tls_client_certificate_bound_access_tokens` (RFC 8705).
    pub fn mtls_bound(self) -> Self {
        self.set("tls_client_certificate_bound_access_tokens", true)
    }

    /// Sets any other member of the registry, for instance `resource_policy_uri` or `resource_name#de`.
    pub fn member(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(name, value)
    }

    /// Builds the document.
    ///
    /// # Errors
    /// [`ResourceError`], whose kinds say which part is not usable.
    pub fn build(self) -> Result<ProtectedResourceMetadata, ResourceError> {
        let url = resource_url(&self.resource)
            .ok_or_else(|| ResourceError::Resource(self.resource.clone()))?;
        let mut members = Map::new();
        members.insert("resource".into(), self.resource.into());
        for issuer in &self.authorization_servers {
            Issuer::parse(issuer.as_str())
                .map_err(|_| ResourceError::AuthorizationServer(issuer.clone()))?;
        }
        if !self.authorization_servers.is_empty() {
            members.insert(
                "authorization_servers".into(),
                self.authorization_servers.into(),
            );
        }
        for (name, value) in self.members {
            if members.contains_key(&name) {
                return Err(ResourceError::Member(name));
            }
            members.insert(name, value);
        }
        // Tokens in forms and queries are not read unless a service asks for it, so clients should not try.
        members
            .entry("bearer_methods_supported")
            .or_insert_with(|| vec!["header"].into());
        let mut at = url.clone();
        // Only the slash that ends the host goes (RFC 9728 §3.1).
        let path = Some(url.path()).filter(|path| *path != "/");
        at.set_path(&format!("{WELL_KNOWN}{}", path.unwrap_or_default()));
        Ok(ProtectedResourceMetadata(Arc::new(Document {
            url: at.as_str().to_owned(),
            path: at.path().to_owned(),
            json: Bytes::from(Value::Object(members.clone()).to_string()),
            members,
        })))
    }

    fn set(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.members.push((name.into(), value.into()));
        self
    }
}

fn resource_url(resource: &str) -> Option<Url> {
    // The policy for issuers is that for resources: https or loopback, no user, query or fragment (RFC 9728 §1.2).
    let issuer = Issuer::parse(resource).ok()?;
    Some(issuer.url().clone())
}
