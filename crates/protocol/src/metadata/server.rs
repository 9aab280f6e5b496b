//! The metadata document (OpenID Discovery §3, RFC 8414 §2), members named as in the RFC.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use super::reader::{Reader, malformed};
use crate::error::ProtocolError;
use crate::exchange::Endpoint;
use crate::issuer::Issuer;
use crate::{text, url_policy};

/// What an authorization server says about itself.
///
/// Fields may be set by hand, for servers without metadata or to override an endpoint.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ServerMetadata {
    /// `issuer`, the same as was asked for.
    pub issuer: Issuer,
    /// `authorization_endpoint`.
    pub authorization_endpoint: Option<Url>,
    /// `token_endpoint`.
    pub token_endpoint: Option<Url>,
    /// `jwks_uri`.
    pub jwks_uri: Option<Url>,
    /// `userinfo_endpoint`.
    pub userinfo_endpoint: Option<Url>,
    /// `device_authorization_endpoint` (RFC 8628 §4).
    pub device_authorization_endpoint: Option<Url>,
    /// `introspection_endpoint`.
    pub introspection_endpoint: Option<Url>,
    /// `revocation_endpoint`.
    pub revocation_endpoint: Option<Url>,
    /// `end_session_endpoint` (OpenID RP-Initiated Logout §2.1).
    pub end_session_endpoint: Option<Url>,
    /// `registration_endpoint`.
    pub registration_endpoint: Option<Url>,
    /// `pushed_authorization_request_endpoint` (RFC 9126 §5).
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// `mtls_endpoint_aliases` (RFC 8705 §5), by endpoint name.
    pub mtls_endpoint_aliases: BTreeMap<String, Url>,
    /// `scopes_supported`.
    pub scopes_supported: Option<Vec<String>>,
    /// `grant_types_supported`.
    pub grant_types_supported: Option<Vec<String>>,
    /// `code_challenge_methods_supported`.
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// `token_endpoint_auth_methods_supported`.
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// `id_token_signing_alg_values_supported`.
    pub id_token_signing_alg_values_supported: Option<Vec<String>>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 §3); absent means false.
    pub authorization_response_iss_parameter_supported: bool,
    /// Every other member of the document, as published.
    pub extra: Map<String, Value>,
}

impl ServerMetadata {
    /// Starts with an issuer and nothing else.
    pub fn new(issuer: Issuer) -> Self {
        Self {
            issuer,
            authorization_endpoint: None,
            token_endpoint: None,
            jwks_uri: None,
            userinfo_endpoint: None,
            device_authorization_endpoint: None,
            introspection_endpoint: None,
            revocation_endpoint: None,
            end_session_endpoint: None,
            registration_endpoint: None,
            pushed_authorization_request_endpoint: None,
            mtls_endpoint_aliases: BTreeMap::new(),
            scopes_supported: None,
            grant_types_supported: None,
            code_challenge_methods_supported: None,
            token_endpoint_auth_methods_supported: None,
            id_token_signing_alg_values_supported: None,
            authorization_response_iss_parameter_supported: false,
            extra: Map::new(),
        }
    }

    /// Reads a document that must be from `issuer`.
    ///
    /// # Errors
    /// `issuer_mismatch`, `insecure_url`, `malformed` or `missing`.
    pub fn from_value(document: Value, issuer: &Issuer) -> Result<Self, ProtocolError> {
        match document {
            Value::Object(document) => Self::from_object(document, issuer),
            _ => Err(malformed("document", "it is not an object")),
        }
    }

    /// The address of an endpoint of this server.
    ///
    /// # Errors
    /// `no_endpoint` when the server has none.
    pub fn endpoint(&self, endpoint: Endpoint) -> Result<&Url, ProtocolError> {
        let url = match endpoint {
            Endpoint::Authorization => &self.authorization_endpoint,
            Endpoint::Token => &self.token_endpoint,
            Endpoint::Jwks => &self.jwks_uri,
            Endpoint::DeviceAuthorization => &self.device_authorization_endpoint,
            Endpoint::Introspection => &self.introspection_endpoint,
            Endpoint::Revocation => &self.revocation_endpoint,
            Endpoint::Userinfo => &self.userinfo_endpoint,
            Endpoint::Metadata | Endpoint::Resource => &None,
        };
        let url = url.as_ref().ok_or(ProtocolError::NoEndpoint { endpoint })?;
        url_policy::check(url).map_err(|fault| fault.setting(endpoint.as_str()))?;
        Ok(url)
    }

    /// Sets the address of an endpoint of this server, overriding what it publishes.
    ///
    /// # Errors
    /// `insecure_url` or `bad_setting` when the address may not be used; `unsupported` for
    /// [`Endpoint::Metadata`] and [`Endpoint::Resource`].
    pub fn set_endpoint(&mut self, endpoint: Endpoint, url: &str) -> Result<(), ProtocolError> {
        let slot = match endpoint {
            Endpoint::Authorization => &mut self.authorization_endpoint,
            Endpoint::Token => &mut self.token_endpoint,
            Endpoint::Jwks => &mut self.jwks_uri,
            Endpoint::DeviceAuthorization => &mut self.device_authorization_endpoint,
            Endpoint::Introspection => &mut self.introspection_endpoint,
            Endpoint::Revocation => &mut self.revocation_endpoint,
            Endpoint::Userinfo => &mut self.userinfo_endpoint,
            Endpoint::Metadata | Endpoint::Resource => {
                return Err(ProtocolError::Unsupported {
                    what: "overriding this endpoint",
                });
            }
        };
        *slot = Some(url_policy::parse(url).map_err(|fault| fault.setting(endpoint.as_str()))?);
        Ok(())
    }

    pub(crate) fn from_object(
        mut document: Map<String, Value>,
        issuer: &Issuer,
    ) -> Result<Self, ProtocolError> {
        check_issuer(document.remove("issuer"), issuer)?;
        let mut read = Reader::new(document, issuer);
        Ok(Self {
            authorization_endpoint: read.url("authorization_endpoint")?,
            token_endpoint: read.url("token_endpoint")?,
            jwks_uri: read.url("jwks_uri")?,
            userinfo_endpoint: read.url("userinfo_endpoint")?,
            device_authorization_endpoint: read.url("device_authorization_endpoint")?,
            introspection_endpoint: read.url("introspection_endpoint")?,
            revocation_endpoint: read.url("revocation_endpoint")?,
            end_session_endpoint: read.url("end_session_endpoint")?,
            registration_endpoint: read.url("registration_endpoint")?,
            pushed_authorization_request_endpoint: read
                .url("pushed_authorization_request_endpoint")?,
            mtls_endpoint_aliases: read.aliases()?,
            scopes_supported: read.list("scopes_supported"),
            grant_types_supported: read.list("grant_types_supported"),
            code_challenge_methods_supported: read.list("code_challenge_methods_supported"),
            token_endpoint_auth_methods_supported: read
                .list("token_endpoint_auth_methods_supported"),
            id_token_signing_alg_values_supported: read
                .list("id_token_signing_alg_values_supported"),
            authorization_response_iss_parameter_supported: read
                .flag("authorization_response_iss_parameter_supported"),
            extra: read.rest(),
            issuer: issuer.clone(),
        })
    }
}

/// RFC 8414 §3.3: the issuer must be identical to the one the address was made from.
fn check_issuer(found: Option<Value>, expected: &Issuer) -> Result<(), ProtocolError> {
    match found {
        Some(Value::String(found)) if *expected == *found => Ok(()),
        Some(Value::String(found)) => Err(ProtocolError::IssuerMismatch {
            expected: expected.to_string(),
            found: text::clean(&found, 200),
        }),
        Some(_) => Err(malformed("issuer", "it is not a text")),
        None => Err(ProtocolError::Missing {
            what: "the server metadata",
            field: "issuer",
        }),
    }
}
