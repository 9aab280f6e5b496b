//! Endpoints of the configuration in place of those that the provider publishes.

use std::sync::Arc;

use keyfob_protocol::{Endpoint, Issuer, ServerMetadata};

use crate::Error;
use crate::client::{ClientConfig, ConfigError};

const ENDPOINTS: [(Endpoint, &str); 7] = [
    (Endpoint::Authorization, "authorization_endpoint"),
    (
        Endpoint::DeviceAuthorization,
        "device_authorization_endpoint",
    ),
    (Endpoint::Introspection, "introspection_endpoint"),
    (Endpoint::Jwks, "jwks_endpoint"),
    (Endpoint::Revocation, "revocation_endpoint"),
    (Endpoint::Token, "token_endpoint"),
    (Endpoint::Userinfo, "userinfo_endpoint"),
];

/// Puts every configured endpoint into the published metadata.
pub(super) fn with_overrides(
    published: Arc<ServerMetadata>,
    config: &ClientConfig,
) -> Result<Arc<ServerMetadata>, Error> {
    if ENDPOINTS.iter().all(|(_, key)| config.text(key).is_none()) {
        return Ok(published);
    }
    let mut metadata = Arc::unwrap_or_clone(published);
    set_all(&mut metadata, config)?;
    Ok(Arc::new(metadata))
}

/// Metadata of configured endpoints alone, if the wanted one is among them and no discovery is needed.
pub(super) fn configured(
    issuer: &Issuer,
    config: &ClientConfig,
    wanted: Endpoint,
) -> Result<Option<ServerMetadata>, Error> {
    let is_configured = ENDPOINTS
        .iter()
        .any(|(endpoint, key)| *endpoint == wanted && config.text(key).is_some());
    // What the server promises about its answers (RFC 9207 §3) stands in the metadata alone; it is asked for them
    // unless the configuration can do without it altogether.
    let asks_anyway = wanted == Endpoint::Authorization && config.text("token_endpoint").is_none();
    if !is_configured || asks_anyway {
        return Ok(None);
    }
    let mut metadata = ServerMetadata::new(issuer.clone());
    set_all(&mut metadata, config)?;
    Ok(Some(metadata))
}

/// Checks the configured endpoints.
pub(super) fn check(issuer: &Issuer, config: &ClientConfig) -> Result<(), ConfigError> {
    let mut metadata = ServerMetadata::new(issuer.clone());
    for (endpoint, key) in ENDPOINTS {
        if let Some(url) = config.text(key) {
            metadata
                .set_endpoint(endpoint, url)
                .map_err(|error| ConfigError::invalid(key, error.to_string()))?;
        }
    }
    Ok(())
}

fn set_all(metadata: &mut ServerMetadata, config: &ClientConfig) -> Result<(), Error> {
    for (endpoint, key) in ENDPOINTS {
        if let Some(url) = config.text(key) {
            metadata.set_endpoint(endpoint, url)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(extra: &str) -> ClientConfig {
        ClientConfig::from_json(
            format!(r#"{{"client_type":"oidc_device_code"{extra}}}"#).as_bytes(),
        )
        .unwrap()
    }

    fn issuer() -> Issuer {
        Issuer::parse("https://as.example").unwrap()
    }

    #[test]
    fn a_configured_endpoint_needs_no_discovery_and_another_does() {
        let config = config(r#","token_endpoint":"https://as.example/t""#);
        let found = configured(&issuer(), &config, Endpoint::Token)
            .unwrap()
            .unwrap();
        assert_eq!(
            found.token_endpoint.unwrap().as_str(),
            "https://as.example/t"
        );
        assert!(
            configured(&issuer(), &config, Endpoint::Revocation)
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn a_configured_endpoint_wins_over_the_published_one() {
        let mut published = ServerMetadata::new(issuer());
        published
            .set_endpoint(Endpoint::Token, "https://as.example/published")
            .unwrap();
        published
            .set_endpoint(Endpoint::Userinfo, "https://as.example/userinfo")
            .unwrap();
        let config = config(r#","token_endpoint":"https://as.example/configured""#);
        let merged = with_overrides(Arc::new(published), &config).unwrap();
        assert_eq!(
            merged.token_endpoint.as_ref().unwrap().path(),
            "/configured"
        );
        assert_eq!(
            merged.userinfo_endpoint.as_ref().unwrap().path(),
            "/userinfo"
        );
    }
}
