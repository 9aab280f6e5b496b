//! The defaults of a sparse configuration, filled into a copy.

use serde_json::{Map, Value};

use crate::client::ClientConfig;

/// Fills in what planet-auth fills in: who only checks tokens needs to say no more than the server and the audience.
pub(super) fn with_defaults(given: &Map<String, Value>) -> ClientConfig {
    let mut config = ClientConfig::new(given.clone());
    if !config.is_present("client_type") {
        config.set("client_type", "oidc_client_validator");
    }
    if !config.is_present("issuer")
        && let Ok(server) = config.auth_server().map(str::to_owned)
    {
        config.set("issuer", server);
    }
    config
}
