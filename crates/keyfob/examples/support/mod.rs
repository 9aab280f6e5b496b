//! What the examples have in common: a client of the sandbox that logs in by itself.

use std::error::Error;

use keyfob::ClientConfig;
use keyfob_sandbox::Sandbox;

/// The configuration of a service with an id and a secret.
pub(crate) fn service(sandbox: &Sandbox) -> Result<ClientConfig, Box<dyn Error>> {
    let demo = sandbox
        .client("demo-service")
        .ok_or("the sandbox lacks its client")?;
    Ok(ClientConfig::from_json(b"{}")?
        .with("client_type", "oidc_client_credentials_secret")
        .with("auth_server", sandbox.issuer())
        .with("client_id", demo.id())
        .with("client_secret", demo.secret()))
}
