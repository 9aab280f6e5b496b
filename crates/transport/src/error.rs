//! What can go wrong on the way, told apart by whether the server may have seen the request.

use std::time::Duration;

use keyfob_protocol::{Advice, Blame};

/// Says why a request got no usable answer.
///
/// The question that decides everything afterwards is [`was_unsent`](Self::was_unsent): a code or a refresh token may
/// be sent again only if the server surely did not receive it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The request surely did not reach the server.
    #[error("{host} could not be reached: {} ({reason})", stage.words())]
    Unsent {
        /// The host that was called.
        host: String,
        /// How far the attempt came.
        stage: UnsentStage,
        /// What the network said.
        reason: String,
    },
    /// The request was sent, at least in part, and no whole answer came back.
    #[error("{host} gave no complete answer: {reason}")]
    MaybeReceived {
        /// The host that was called.
        host: String,
        /// What the network said.
        reason: String,
    },
    /// The time limit passed.
    #[error("{host} did not {} within {} s", if *sent { "answer" } else { "accept a connection" }, limit.as_secs_f32())]
    Timeout {
        /// The host that was called.
        host: String,
        /// Whether the server may have received the request.
        sent: bool,
        /// The limit that passed.
        limit: Duration,
    },
    /// The answer is larger than any honest one; reading stopped.
    #[error("the answer is larger than {limit} bytes")]
    BodyTooLarge {
        /// The cap in bytes.
        limit: usize,
    },
    /// The server redirected; redirects are never followed because they would carry secrets elsewhere.
    #[error("the server answered with a redirect (status {status}{}), which is not followed", to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default())]
    Redirect {
        /// The HTTP status.
        status: u16,
        /// The origin it points to, without path and query; `None` for a relative redirect.
        to: Option<String>,
    },
    /// The HTTP client could not be set up, or the request cannot be sent as it is.
    #[error("the http client is not usable: {reason}")]
    Setup {
        /// What is wrong.
        reason: String,
    },
}

/// How far an attempt came that did not reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnsentStage {
    /// The host's name has no address.
    Dns,
    /// No connection: refused, unreachable, or no route.
    Connect,
    /// The TLS handshake failed: unknown authority, wrong name, expired certificate.
    Tls,
    /// The proxy could not be used.
    Proxy,
}

impl UnsentStage {
    fn words(self) -> &'static str {
        match self {
            Self::Dns => "its name could not be resolved",
            Self::Connect => "no connection",
            Self::Tls => "no trusted tls connection",
            Self::Proxy => "the proxy refused",
        }
    }
}

impl TransportError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsent {
                stage: UnsentStage::Dns,
                ..
            } => "dns_failed",
            Self::Unsent {
                stage: UnsentStage::Connect,
                ..
            } => "connect_failed",
            Self::Unsent {
                stage: UnsentStage::Tls,
                ..
            } => "tls_failed",
            Self::Unsent {
                stage: UnsentStage::Proxy,
                ..
            } => "proxy_failed",
            Self::MaybeReceived { .. } => "answer_lost",
            Self::Timeout { sent: true, .. } => "answer_timeout",
            Self::Timeout { sent: false, .. } => "connect_timeout",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::Redirect { .. } => "redirect_refused",
            Self::Setup { .. } => "http_client_unusable",
        }
    }

    /// Returns who has to act.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Unsent { .. } | Self::MaybeReceived { .. } | Self::Timeout { .. } => {
                Blame::Network
            }
            Self::BodyTooLarge { .. } | Self::Redirect { .. } => Blame::Provider,
            Self::Setup { .. } => Blame::Caller,
        }
    }

    /// Returns what to do next.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Unsent {
                stage: UnsentStage::Tls | UnsentStage::Proxy,
                ..
            }
            | Self::Redirect { .. }
            | Self::Setup { .. } => Advice::FixConfiguration,
            Self::Unsent { .. } | Self::MaybeReceived { .. } | Self::Timeout { .. } => {
                Advice::RetryAfter(None)
            }
            Self::BodyTooLarge { .. } => Advice::Never,
        }
    }

    /// Tells whether the server surely did not receive the request.
    pub fn was_unsent(&self) -> bool {
        matches!(
            self,
            Self::Unsent { .. } | Self::Timeout { sent: false, .. } | Self::Setup { .. }
        )
    }
}
