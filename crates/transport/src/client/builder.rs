//! Settings of the reqwest client, and the client made from them.

use std::time::Duration;

use crate::client::ReqwestTransport;
use crate::error::TransportError;

/// Configures a [`ReqwestTransport`].
///
/// Nothing is checked before the first request, which then fails with [`TransportError::Setup`].
#[derive(Clone, Debug, Default)]
pub struct ReqwestTransportBuilder(Settings);

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) max_body: usize,
    user_agent: String,
    ca_pem: Vec<Vec<u8>>,
    proxy: Proxy,
}

#[derive(Clone)]
enum Proxy {
    System,
    Direct,
    Through(String),
}

/// Where a client's requests go, which decides whether proxies count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Outward,
    Loopback,
}

impl ReqwestTransportBuilder {
    /// Sets the limit on name resolution, connection and TLS handshake together; default 5 s.
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self(Settings {
            connect_timeout,
            ..self.0
        })
    }

    /// Sets the limit on the whole exchange until the last byte of the answer; default 30 s.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(Settings { timeout, ..self.0 })
    }

    /// Lowers the cap on answers in bytes below what each request sets for itself; default 4 MiB.
    pub fn max_body(self, max_body: usize) -> Self {
        Self(Settings { max_body, ..self.0 })
    }

    /// Sets the `User-Agent` header; default `keyfob/<version>`.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self(Settings {
            user_agent: user_agent.into(),
            ..self.0
        })
    }

    /// Trusts the certificates of this PEM bundle in addition to the platform's.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.0.ca_pem.push(pem.into());
        self
    }

    /// Sends everything but loopback requests through this proxy (`http://…` or `https://…`, credentials allowed)
    /// instead of the system's.
    pub fn proxy(self, url: impl Into<String>) -> Self {
        Self(Settings {
            proxy: Proxy::Through(url.into()),
            ..self.0
        })
    }

    /// Uses no proxy, not even the system's.
    pub fn no_proxy(self) -> Self {
        Self(Settings {
            proxy: Proxy::Direct,
            ..self.0
        })
    }

    /// Returns the transport; cheap, since TLS is set up by the first request.
    pub fn build(self) -> ReqwestTransport {
        ReqwestTransport::from_settings(self.0)
    }
}

impl Settings {
    pub(super) fn client(&self, route: Route) -> Result<reqwest::Client, TransportError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect_timeout.min(self.timeout))
            .timeout(self.timeout)
            .pool_idle_timeout(POOL_IDLE)
            .user_agent(&self.user_agent);
        builder = match (&self.proxy, route) {
            (Proxy::Direct, _) | (_, Route::Loopback) => builder.no_proxy(),
            (Proxy::System, Route::Outward) => builder,
            (Proxy::Through(url), Route::Outward) => builder.proxy(
                reqwest::Proxy::all(url).map_err(|_| setup("the proxy is not a usable url"))?,
            ),
        };
        let mut extra = Vec::new();
        for pem in &self.ca_pem {
            let certificates = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|_| setup("the extra ca file is not a pem bundle of certificates"))?;
            if certificates.is_empty() {
                return Err(setup("the extra ca file holds no certificate"));
            }
            extra.extend(certificates);
        }
        if !extra.is_empty() {
            builder = builder.tls_certs_merge(extra);
        }
        builder
            .build()
            .map_err(|error| setup(&super::failure::innermost(&error)))
    }
}

/// Idle connections are let go before servers do (Node's default is 5 s): a request sent into a closing connection
/// may or may not have been received, which is the one question that a refresh must not raise.
const POOL_IDLE: Duration = Duration::from_secs(4);

fn setup(reason: &str) -> TransportError {
    TransportError::Setup {
        reason: reason.to_owned(),
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            max_body: 4 * 1024 * 1024,
            user_agent: concat!("keyfob/", env!("CARGO_PKG_VERSION")).to_owned(),
            ca_pem: Vec::new(),
            proxy: Proxy::System,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("max_body", &self.max_body)
            .field("user_agent", &self.user_agent)
            .field("ca_pem", &self.ca_pem.len())
            .field("proxy", &self.proxy)
            .finish()
    }
}

/// A proxy's URL may hold a password.
impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Direct => "Direct",
            Self::Through(_) => "Through(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_proxy_password() {
        let builder =
            ReqwestTransport::builder().proxy("http://alice:wonderland@proxy.example:3128");
        assert!(!format!("{builder:?} {:?}", builder.clone().build()).contains("wonderland"));
    }

    #[test]
    fn an_unusable_setting_fails_with_its_reason_and_no_secret() {
        let cases = [
            (
                ReqwestTransport::builder().ca_pem(b"-----BEGIN CERTIFICATE-----\nAA\n"),
                "ca file",
            ),
            (ReqwestTransport::builder().ca_pem(b""), "ca file"),
            (
                ReqwestTransport::builder().proxy("http://alice:wonderland@"),
                "proxy",
            ),
        ];
        for (builder, word) in cases {
            let error = builder.0.client(Route::Outward).unwrap_err();
            assert_eq!(error.code(), "http_client_unusable");
            let text = error.to_string();
            assert!(
                text.contains(word) && !text.contains("wonderland"),
                "{text}"
            );
        }
    }
}
