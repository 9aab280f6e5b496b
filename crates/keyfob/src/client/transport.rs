//! The HTTP client that a configuration asks for: `ca_file`, `proxy`, `timeout`, `connect_timeout`, `retry`.

use std::io::Read;

use keyfob_transport::{ReqwestTransport, Transport};

use crate::Error;
use crate::client::{ClientConfig, ConfigError};

/// A file with all the authorities of the world has some 200 kilobytes.
const MAX_CA_BYTES: u64 = 4 * 1024 * 1024;

impl ClientConfig {
    /// Makes a transport with the configured authorities, proxy, time limit and retry policy; cheap until the first request.
    ///
    /// # Errors
    /// When the file of authorities cannot be read, or the retry policy is out of bounds.
    pub fn transport(&self) -> Result<Transport, Error> {
        let mut builder = ReqwestTransport::builder();
        if let Some(limit) = self.timeout() {
            builder = builder.timeout(limit);
        }
        if let Some(limit) = self.connect_timeout() {
            builder = builder.connect_timeout(limit);
        }
        if let Some(proxy) = self.text("proxy") {
            builder = builder.proxy(proxy);
        }
        if let Some(path) = self.text("ca_file") {
            builder = builder.ca_pem(read(path)?);
        }
        Ok(self.retrying(Transport::new(builder.build()))?)
    }
}

fn read(path: &str) -> Result<Vec<u8>, ConfigError> {
    let invalid =
        |error: std::io::Error| ConfigError::invalid("ca_file", format!("{path}: {error}"));
    let mut pem = Vec::new();
    let file = std::fs::File::open(path).map_err(invalid)?;
    file.take(MAX_CA_BYTES)
        .read_to_end(&mut pem)
        .map_err(invalid)?;
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_of_authorities_is_named() {
        let config = ClientConfig::from_json(br#"{"ca_file":"/nonexistent/ca.pem"}"#).unwrap();
        let error = config.transport().unwrap_err();
        assert_eq!(error.code(), "config_invalid");
        assert!(error.to_string().contains("/nonexistent/ca.pem"));
    }
}
