//! Named faults: what the provider can be told to do wrong, where, how often and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Endpoint;

mod kind;
mod registry;
pub(crate) mod token;
pub(crate) mod wire;

pub use kind::FaultKind;
pub(crate) use kind::Group;
pub(crate) use registry::{Faults, Place};

/// A fault and the requests that it applies to.
///
/// A new fault applies for ever and to the endpoint that fits its kind; narrow it with the
/// methods. As JSON (administration interface) it is one flat object:
/// `{"kind": "status", "status": 503, "retry_after": 2, "grant_type": "refresh_token", "count": 1}`.
///
/// ```
/// use keyfob_sandbox::{Fault, FaultKind};
/// // The crash between a rotation and its answer.
/// let lost_answer = Fault::new(FaultKind::Disconnect).grant("refresh_token").after().once();
/// assert_eq!(lost_answer.count, Some(1));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Where. `None` is the endpoint that fits the kind (see [`FaultKind::endpoint`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// Only for this `grant_type` at the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// Only for this client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How many requests it spoils; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How many requests it lets pass first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u32,
    /// Before or after the provider has done its work.
    #[serde(default)]
    pub when: When,
    /// Which token a token fault is in.
    #[serde(default)]
    pub token: TokenKind,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// When a fault of the connection or the answer strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The provider does nothing: codes and refresh tokens stay unused.
    #[default]
    Before,
    /// The provider does its work (a rotation, say), and only the answer is spoilt.
    After,
}

/// The token that a token fault is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// The ID token.
    #[default]
    IdToken,
    /// The JWT access token.
    AccessToken,
    /// The signed userinfo answer.
    Userinfo,
}

impl Fault {
    /// Makes a fault that applies for ever, at the endpoint that fits its kind.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            endpoint: None,
            grant_type: None,
            client_id: None,
            count: None,
            skip: 0,
            when: When::Before,
            token: TokenKind::IdToken,
        }
    }

    /// Makes the answer come this much later.
    pub fn slow(delay: Duration) -> Self {
        Self::new(FaultKind::Slow {
            delay_ms: millis(delay),
        })
    }

    /// Makes the answer a bare HTTP status.
    pub fn status(status: u16) -> Self {
        Self::new(FaultKind::Status {
            status,
            retry_after: None,
        })
    }

    /// Makes the answer a bare HTTP status with `Retry-After` in seconds.
    pub fn retry_after(status: u16, seconds: u64) -> Self {
        Self::new(FaultKind::Status {
            status,
            retry_after: Some(seconds),
        })
    }

    /// Makes the answer an OAuth error.
    pub fn oauth_error(error: impl Into<String>) -> Self {
        Self::new(FaultKind::OauthError {
            error: error.into(),
            description: None,
        })
    }

    /// Applies it at this endpoint.
    pub fn at(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Applies it to this `grant_type` only.
    pub fn grant(mut self, grant_type: impl Into<String>) -> Self {
        self.grant_type = Some(grant_type.into());
        self
    }

    /// Applies it to this client only.
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Applies it to this many requests.
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Applies it to one request.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Lets this many requests pass first.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Lets the provider do its work and spoils only the answer.
    pub fn after(mut self) -> Self {
        self.when = When::After;
        self
    }

    /// Puts a token fault into the access token.
    pub fn in_access_token(mut self) -> Self {
        self.token = TokenKind::AccessToken;
        self
    }

    /// Puts a token fault into the signed userinfo answer.
    pub fn in_userinfo(mut self) -> Self {
        self.token = TokenKind::Userinfo;
        self
    }

    /// Tells where this fault strikes.
    pub fn place(&self) -> Endpoint {
        match (self.endpoint, self.token) {
            (Some(endpoint), _) => endpoint,
            (None, TokenKind::Userinfo) => Endpoint::Userinfo,
            (None, _) => self.kind.endpoint(),
        }
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self::new(kind)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
