//! What the issuer serves: metadata (RFC 8414, OpenID Connect Discovery), its key set, introspection.

use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, Response, Uri};
use keyfob_protocol::Endpoint;
use keyfob_transport::testing::{json, unsent};
use keyfob_transport::{Clock, HttpTransport, RetryPolicy, Transport, TransportError};
use serde_json::json;

use super::{TestIssuer, introspection, sure};

/// Joins the ways to several issuers: each gets the requests to its own addresses, and nobody else can be reached.
///
/// It runs on the first issuer's clock and repeats nothing.
///
/// ```
/// use keyfob_verify::testing::{self, TestIssuer};
///
/// let first = TestIssuer::new("https://login.example.com/one");
/// let second = TestIssuer::new("https://login.example.com/two").on_clock(first.clock().clone());
/// let transport = testing::transport([first.clone(), second.clone()]);
/// ```
///
/// # Panics
/// Without any issuer.
pub fn transport(issuers: impl IntoIterator<Item = TestIssuer>) -> Transport {
    let issuers: Vec<_> = issuers.into_iter().collect();
    let clock = sure(issuers.first().ok_or("a way needs an issuer at its end"))
        .clock()
        .clone();
    Transport::new(Endpoints(issuers))
        .with_retry(RetryPolicy::never())
        .with_clock(Clock::from(clock))
}

pub(super) struct Endpoints(pub(super) Vec<TestIssuer>);

impl HttpTransport for Endpoints {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        for issuer in &self.0 {
            if let Some(endpoint) = issuer.endpoint_at(request.uri()) {
                return issuer.respond(endpoint, request).await;
            }
        }
        Err(unsent())
    }
}

impl TestIssuer {
    fn endpoint_at(&self, uri: &Uri) -> Option<Endpoint> {
        let base = self.issuer.trim_end_matches('/');
        let url = uri.to_string();
        if let Some((before, after)) = url.split_once("/.well-known/") {
            // OpenID Connect Discovery appends, RFC 8414 §3.1 inserts.
            let (_, path) = after.split_once('/').unwrap_or_default();
            let named = format!("{before}/{path}");
            return (named.trim_end_matches('/') == base).then_some(Endpoint::Metadata);
        }
        match url.strip_prefix(base)? {
            KEYS => Some(Endpoint::Jwks),
            INTROSPECTION => Some(Endpoint::Introspection),
            _ => None,
        }
    }

    async fn respond(
        &self,
        endpoint: Endpoint,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        let asked = introspection::Question::of(&request);
        if let Some(told) = self.traffic.arrive(endpoint, request).await? {
            return Ok(told);
        }
        Ok(match endpoint {
            Endpoint::Jwks => json(200, self.key_set().to_value().to_string()),
            Endpoint::Introspection => self.introspect(&asked),
            _ => json(200, self.metadata()),
        })
    }

    fn metadata(&self) -> String {
        let base = self.issuer.trim_end_matches('/');
        let algorithms: Vec<_> = self.algorithms().iter().map(|a| a.as_str()).collect();
        json!({
            "issuer": &*self.issuer,
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "jwks_uri": format!("{base}{KEYS}"),
            "introspection_endpoint": format!("{base}{INTROSPECTION}"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
            "introspection_signing_alg_values_supported": algorithms,
        })
        .to_string()
    }

    /// Returns the seconds since 1970 on its clock.
    pub(super) fn seconds(&self) -> u64 {
        self.clock()
            .now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs()
    }
}

const KEYS: &str = "/jwks";
const INTROSPECTION: &str = "/introspect";
