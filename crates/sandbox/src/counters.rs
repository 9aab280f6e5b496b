//! What the provider saw: counts per endpoint and grant, reuse, concurrency.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Endpoint;

/// Counts since the start or the last [`crate::Sandbox::reset_counters`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Counters {
    /// TCP connections accepted.
    pub connections: u64,
    /// Requests received per endpoint, spoilt ones included.
    pub endpoints: BTreeMap<Endpoint, u64>,
    /// Most requests that were in work at the same time, per endpoint.
    pub peak_concurrency: BTreeMap<Endpoint, u64>,
    /// Token requests per `grant_type`.
    pub grants: BTreeMap<String, GrantCounter>,
    /// Token requests that issued tokens (whether or not the answer arrived).
    pub token_success: u64,
    /// Refresh tokens that were presented after they had been rotated away.
    pub reuse_detected: u64,
    /// Authorization codes that were presented a second time.
    pub code_reuse_detected: u64,
    /// Times that a fault was applied.
    pub faults: u64,
}

/// Counts of one `grant_type`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct GrantCounter {
    /// Requests received.
    pub requests: u64,
    /// Requests that issued tokens.
    pub success: u64,
    /// Refusals per `error` code.
    pub errors: BTreeMap<String, u64>,
}

impl Counters {
    /// Counts the requests at an endpoint, or at every endpoint of a group.
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.endpoints
            .iter()
            .filter(|(seen, _)| endpoint.covers(**seen))
            .map(|(_, n)| n)
            .sum()
    }

    /// Returns the counts of one `grant_type`.
    pub fn grant(&self, grant_type: &str) -> GrantCounter {
        self.grants.get(grant_type).cloned().unwrap_or_default()
    }

    /// Returns the most requests that were in work at the same time at an endpoint.
    pub fn peak(&self, endpoint: Endpoint) -> u64 {
        self.peak_concurrency
            .get(&endpoint)
            .copied()
            .unwrap_or_default()
    }
}

/// One request as the provider saw it. Secrets are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Where it went.
    pub endpoint: Endpoint,
    /// HTTP method.
    pub method: String,
    /// The request path, without the query.
    pub path: String,
    /// Query and form parameters; the values of secret ones are replaced by `(hidden)`.
    pub parameters: BTreeMap<String, Vec<String>>,
    /// Headers; of `Authorization` only the scheme, of `Cookie` nothing.
    pub headers: BTreeMap<String, String>,
    /// How the client authenticated (`token_endpoint_auth_method` words), where it did.
    pub client_authentication: Option<String>,
    /// The client, where it was recognised.
    pub client_id: Option<String>,
    /// The `aud` of a client assertion.
    pub assertion_audience: Option<String>,
    /// HTTP status of the answer; none if the connection was dropped or hung.
    pub status: Option<u16>,
    /// The OAuth `error` of the answer.
    pub error: Option<String>,
    /// The fault that was applied.
    pub fault: Option<String>,
}
