//! The provider's endpoints, as faults, counters and the request log name them.

use serde::{Deserialize, Serialize};

/// One endpoint of the provider, or a group of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Endpoint {
    /// Every endpoint, the administration under `/sandbox` excepted.
    Any,
    /// Both metadata documents.
    Metadata,
    /// `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4).
    OpenidConfiguration,
    /// `/.well-known/oauth-authorization-server` (RFC 8414 §3).
    AuthorizationServerMetadata,
    /// `/jwks`.
    Jwks,
    /// `/authorize` and the pages behind it: `/login`, `/consent`.
    Authorize,
    /// `/token`.
    Token,
    /// `/device_authorization` (RFC 8628 §3.1).
    DeviceAuthorization,
    /// `/device`: the page on which a person enters the user code.
    DevicePage,
    /// `/introspect` (RFC 7662).
    Introspection,
    /// `/revoke` (RFC 7009).
    Revocation,
    /// `/userinfo`, and `/claims` where distributed claims are fetched.
    Userinfo,
    /// Everything under `/api`: the protected example API.
    Api,
    /// Everything under `/sandbox`. No fault ever applies here, and it is not counted.
    Admin,
    /// Any other path.
    Unknown,
}

impl Endpoint {
    /// Finds the endpoint that a request path belongs to.
    pub fn of_path(path: &str) -> Self {
        match path {
            "/.well-known/openid-configuration" => Self::OpenidConfiguration,
            "/.well-known/oauth-authorization-server" => Self::AuthorizationServerMetadata,
            "/jwks" => Self::Jwks,
            "/authorize" | "/login" | "/consent" => Self::Authorize,
            "/token" => Self::Token,
            "/device_authorization" => Self::DeviceAuthorization,
            "/device" => Self::DevicePage,
            "/introspect" => Self::Introspection,
            "/revoke" => Self::Revocation,
            "/userinfo" | "/claims" => Self::Userinfo,
            _ if path.starts_with("/api/") => Self::Api,
            _ if path.starts_with("/sandbox/") => Self::Admin,
            _ => Self::Unknown,
        }
    }

    /// Tells whether something said about `self` applies to `other`.
    pub fn covers(self, other: Self) -> bool {
        match self {
            Self::Any => other != Self::Admin,
            Self::Metadata => {
                matches!(
                    other,
                    Self::OpenidConfiguration | Self::AuthorizationServerMetadata
                )
            }
            _ => self == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn any_endpoint_spares_the_administration() {
        assert!(Endpoint::Any.covers(Endpoint::of_path("/token")));
        assert!(!Endpoint::Any.covers(Endpoint::of_path("/sandbox/faults")));
    }

    #[test]
    fn metadata_covers_both_documents() {
        for path in [
            "/.well-known/openid-configuration",
            "/.well-known/oauth-authorization-server",
        ] {
            assert!(Endpoint::Metadata.covers(Endpoint::of_path(path)));
        }
        assert!(!Endpoint::Metadata.covers(Endpoint::Jwks));
    }
}
