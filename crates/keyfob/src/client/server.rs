//! The authorization server of a client, for the types that have one.

use keyfob_protocol::Issuer;
use keyfob_transport::{Clock, KeySetDocument, MetadataDocument, Transport};

use crate::Error;
use crate::client::{ClientConfig, ClientType, ConfigError};

/// Who the server is, and what it publishes.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) issuer: Issuer,
    pub(super) metadata: MetadataDocument,
    pub(super) keys: KeySetDocument,
}

impl Server {
    /// `None` for a type that needs no server, unless it is one of an application's own that names one.
    pub(super) fn of(
        config: &ClientConfig,
        kind: ClientType,
        transport: &Transport,
        clock: &Clock,
    ) -> Result<Option<Self>, Error> {
        let named = config.text("issuer").is_some() || config.text("auth_server").is_some();
        let has_server = kind.is_openid() || (matches!(kind, ClientType::Custom(_)) && named);
        if !has_server {
            return Ok(None);
        }
        let issuer = Issuer::parse(config.issuer()?)?;
        let (transport, clock) = (transport.clone(), clock.clone());
        // As in planet-auth, the metadata lie at `auth_server`, and `issuer` says whom tokens name.
        let named = config.text("issuer").map(|_| issuer.clone());
        let at = match config.text("auth_server") {
            Some(server) => Issuer::parse(server)?,
            None => issuer.clone(),
        };
        let metadata = MetadataDocument::at(at, named, transport.clone(), clock.clone());
        let keys = match config.url("jwks_endpoint")? {
            Some(url) => KeySetDocument::new(url, transport, clock),
            None => KeySetDocument::new(metadata.clone(), transport, clock),
        };
        Ok(Some(Self {
            issuer,
            metadata,
            keys,
        }))
    }

    /// What is said where a server is needed and the type has none.
    pub(super) fn missing(kind: ClientType) -> ConfigError {
        let client_type = kind.as_str();
        match kind {
            ClientType::Custom(_) => ConfigError::Missing {
                key: "auth_server",
                client_type,
            },
            _ => ConfigError::UnsupportedType {
                client_type,
                what: "do that: it has no authorization server",
            },
        }
    }
}
