//! The HTTP client used unless another one is given: reqwest with rustls.

mod builder;
mod failure;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};

pub use builder::ReqwestTransportBuilder;
use builder::{Route, Settings};
use failure::Classifier;

use crate::error::TransportError;
use crate::transport::{HttpTransport, limits};

/// Sends requests with reqwest: rustls, the platform's trusted roots, the system's proxies, no redirects, and a limit
/// on every wait and every body.
///
/// Making one costs nothing; roots are read and TLS is set up when the first request is sent.
///
/// ```
/// use std::time::Duration;
/// use keyfob_transport::{ReqwestTransport, Transport};
///
/// let client = ReqwestTransport::builder().timeout(Duration::from_secs(10)).build();
/// let transport = Transport::new(client);
/// ```
#[derive(Clone, Debug)]
pub struct ReqwestTransport(Arc<Lazy>);

#[derive(Debug)]
struct Lazy {
    settings: Settings,
    outward: OnceLock<Result<reqwest::Client, TransportError>>,
    loopback: OnceLock<Result<reqwest::Client, TransportError>>,
}

impl ReqwestTransport {
    /// Starts from the defaults.
    pub fn builder() -> ReqwestTransportBuilder {
        ReqwestTransportBuilder::default()
    }

    fn from_settings(settings: Settings) -> Self {
        Self(Arc::new(Lazy {
            settings,
            outward: OnceLock::new(),
            loopback: OnceLock::new(),
        }))
    }

    /// Loopback hosts are never reached through a proxy, whatever the environment forgot to except.
    fn client_for(&self, host: &str) -> Result<&reqwest::Client, TransportError> {
        let lazy = &*self.0;
        let (cell, route) = if is_loopback(host) {
            (&lazy.loopback, Route::Loopback)
        } else {
            (&lazy.outward, Route::Outward)
        };
        cell.get_or_init(|| lazy.settings.client(route))
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl Default for ReqwestTransport {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl HttpTransport for ReqwestTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let settings = &self.0.settings;
        let max_body = limits(&request).1.min(settings.max_body);
        let host = request.uri().host().unwrap_or_default().to_owned();
        let client = self.client_for(&host)?;
        let failure = Classifier {
            host: &host,
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
        };
        let request =
            reqwest::Request::try_from(request).map_err(|error| failure.before_sending(&error))?;
        let response = client
            .execute(request)
            .await
            .map_err(|error| failure.classify(&error))?;
        read(response, max_body, &failure).await
    }
}

/// Reads the body and stops at the cap, so that an endless answer costs no more than an honest one.
async fn read(
    mut response: reqwest::Response,
    max_body: usize,
    failure: &Classifier<'_>,
) -> Result<Response<Bytes>, TransportError> {
    let too_large = TransportError::BodyTooLarge { limit: max_body };
    let announced = response.content_length().unwrap_or(0);
    if announced > u64::try_from(max_body).unwrap_or(u64::MAX) {
        return Err(too_large);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| failure.classify(&error))?
    {
        if chunk.len() > max_body - body.len() {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = Response::new(body.freeze());
    *answer.status_mut() = response.status();
    *answer.version_mut() = response.version();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_loopback_hosts_from_names_that_look_like_them() {
        for host in [
            "127.0.0.1",
            "127.8.8.8",
            "[::1]",
            "::1",
            "localhost",
            "LocalHost",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example.com",
            "127.0.0.1.example.com",
            "10.0.0.1",
            "[::2]",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn building_sets_up_no_tls() {
        let transport = ReqwestTransport::builder()
            .ca_pem(b"not a certificate")
            .build();
        assert!(transport.0.outward.get().is_none() && transport.0.loopback.get().is_none());
    }
}
