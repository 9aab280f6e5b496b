//! Tower layers that let only requests with a good token pass (RFC 6750, RFC 9449, RFC 9470, RFC 9728).
//!
//! [`VerifyLayer`] stands in front of a whole service and checks the token; [`RequireLayer`] stands in front of a part of it and
//! asks more of the token that was checked. Both answer themselves what they refuse, and neither changes the inner service's
//! errors. They fit every service over [`http`] requests and responses: axum's, hyper's, tonic's. `docs/resource-server.md`
//! lists every answer.

mod answer;
mod body;
mod certificate;
mod credentials;
mod future;
mod grpc;
mod judge;
mod refusal;
mod require;
mod service;
mod verify;

pub use body::ResponseBody;
pub use certificate::ClientCertificate;
pub use future::ResponseFuture;
pub use refusal::Refused;
pub use require::{RequireLayer, RequireService};
pub use service::VerifyService;
pub use verify::VerifyLayer;

#[cfg(feature = "axum")]
pub(crate) use {answer::Verified, refusal::Refusal};

/// The examples of the page are compiled, too.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../../../../docs/resource-server.md")]
struct Page;
