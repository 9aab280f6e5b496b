//! The way out: HTTP policy, retries, and cached documents (metadata, JWKS).
//!
//! - [`HttpTransport`] is the one trait an HTTP client has to implement; [`Transport`] is the handle everybody stores.
//! - [`ReqwestTransport`] is the client used unless another one is given.
//! - [`RetryPolicy`] says when a request may be repeated; [`Transport::exchange`] obeys it.
//! - [`MetadataDocument`] and [`KeySetDocument`] keep a provider's documents at hand while it is slow, down, or attacked with made-up key ids.
//! - [`Clock`] is where time comes from; [`ManualClock`] is for tests, and so is [`testing`].

mod client;
mod clock;
pub mod document;
mod error;
mod exchange;
mod retry;
mod retry_after;
mod retry_check;
pub mod testing;
mod transport;

pub use client::{ReqwestTransport, ReqwestTransportBuilder};
pub use clock::{Clock, Elapsed, ManualClock};
pub use document::{
    DocumentError, DocumentPolicy, DocumentStatus, Exported, ImportError, KeySetDocument,
    KeySetError, KeySetSource, MetadataDocument,
};
pub use error::{TransportError, UnsentStage};
pub use retry::{Jitter, Outcome, RetryPolicy};
pub use retry_after::retry_after;
pub use retry_check::RetryPolicyError;
pub use transport::{HttpTransport, Transport};
