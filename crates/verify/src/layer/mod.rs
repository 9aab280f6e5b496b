//! A tower layer that lets only requests with a good token pass (RFC 6750, RFC 9449, RFC 9470, RFC 9728).
//!
//! [`VerifyLayer`] stands in front of a whole service, checks the token, and answers itself what it refuses.

mod answer;
mod body;
mod credentials;
mod future;
mod judge;
mod refusal;
mod service;
mod verify;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use refusal::Refused;
pub use service::VerifyService;
pub use verify::VerifyLayer;

#[cfg(feature = "axum")]
pub(crate) use {answer::Answers, refusal::Refusal};
