//! The issuer's keys: given, or fetched when they are needed.

use keyfob_jose::{CompactJws, JwkSet, KeyMark};
use keyfob_protocol::Issuer;
use keyfob_transport::{
    Clock, DocumentStatus, KeySetDocument, MetadataDocument, ReqwestTransport, Transport,
};

use crate::rejection::{Rejection, signature};

/// Where the keys come from, as a builder is told.
#[derive(Clone, Debug, Default)]
pub(crate) enum KeySource {
    /// From the address that the issuer's metadata gives.
    #[default]
    Metadata,
    Given(JwkSet),
    Document(KeySetDocument),
}

#[derive(Debug)]
pub(crate) enum Keys {
    Given(JwkSet),
    Fetched(KeySetDocument),
}

impl KeySource {
    /// Touches no network.
    pub(crate) fn build(self, issuer: Issuer, transport: Option<Transport>, clock: &Clock) -> Keys {
        match self {
            Self::Given(keys) => Keys::Given(keys),
            Self::Document(keys) => Keys::Fetched(keys),
            Self::Metadata => {
                let transport =
                    transport.unwrap_or_else(|| Transport::new(ReqwestTransport::default()));
                let metadata = MetadataDocument::new(issuer, transport.clone(), clock.clone());
                Keys::Fetched(KeySetDocument::new(metadata, transport, clock.clone()))
            }
        }
    }
}

impl Keys {
    /// Returns which key signed the token.
    pub(crate) async fn verify(&self, jws: &CompactJws<'_>) -> Result<KeyMark, Rejection> {
        let (_, key) = match self {
            Self::Given(keys) => keys.verify_by(jws).map_err(signature)?,
            Self::Fetched(keys) => keys.verify_by(jws).await?,
        };
        Ok(key)
    }

    /// Tells whether the key that once verified a token would still be used.
    pub(crate) fn holds(&self, key: KeyMark) -> bool {
        match self {
            Self::Given(keys) => keys.holds(key),
            Self::Fetched(keys) => keys.holds(key),
        }
    }

    pub(crate) fn status(&self) -> Option<DocumentStatus> {
        match self {
            Self::Given(_) => None,
            Self::Fetched(keys) => Some(keys.status()),
        }
    }

    pub(crate) async fn warm_up(&self) -> Result<(), Rejection> {
        if let Self::Fetched(keys) = self {
            keys.load().await.map_err(Rejection::KeysUnavailable)?;
        }
        Ok(())
    }
}
