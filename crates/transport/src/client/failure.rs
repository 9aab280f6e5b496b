//! From reqwest's errors to the one question that matters: was the request surely unsent?

use std::error::Error;
use std::io;
use std::time::Duration;

use crate::error::{TransportError, UnsentStage};

pub(super) struct Classifier<'a> {
    pub(super) host: &'a str,
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
}

impl Classifier<'_> {
    pub(super) fn before_sending(&self, error: &reqwest::Error) -> TransportError {
        TransportError::Setup {
            reason: format!(
                "the request to {} cannot be sent: {}",
                self.host,
                innermost(error)
            ),
        }
    }

    /// Whatever the connector reports happened before the first byte of the request. For all else, doubt means
    /// `MaybeReceived`.
    pub(super) fn classify(&self, error: &reqwest::Error) -> TransportError {
        let host = self.host.to_owned();
        match (error.is_connect(), error.is_timeout()) {
            _ if error.is_builder() => self.before_sending(error),
            (true, true) => TransportError::Timeout {
                host,
                sent: false,
                limit: self.connect_timeout.min(self.timeout),
            },
            (false, true) => TransportError::Timeout {
                host,
                sent: true,
                limit: self.timeout,
            },
            (true, false) => TransportError::Unsent {
                host,
                stage: stage(error),
                reason: innermost(error),
            },
            (false, false) => TransportError::MaybeReceived {
                host,
                reason: innermost(error),
            },
        }
    }
}

fn stage(error: &reqwest::Error) -> UnsentStage {
    if error.is_dns() {
        return UnsentStage::Dns;
    }
    for cause in causes(error) {
        // rustls reports what it refuses (certificates, protocol) as invalid data; a connection that breaks during the
        // handshake is an ordinary network failure.
        if cause
            .downcast_ref::<io::Error>()
            .is_some_and(|cause| cause.kind() == io::ErrorKind::InvalidData)
        {
            return UnsentStage::Tls;
        }
        if cause.to_string().contains("tunnel") {
            return UnsentStage::Proxy;
        }
    }
    UnsentStage::Connect
}

/// Returns what the innermost cause says: the layers above repeat it, and the topmost shows the URL.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let innermost = causes(error)
        .last()
        .map_or_else(|| "no details".to_owned(), ToString::to_string);
    innermost
        .chars()
        .filter(|character| !character.is_control())
        .take(MAX_REASON)
        .collect()
}

/// Walks from the topmost cause to the innermost. An `io::Error` skips what it wraps in `source`, hence `get_ref`.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| beneath(*cause))
}

fn beneath<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match cause
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}

const MAX_REASON: usize = 300;
