//! A provider's documents, kept at hand: fetched once for everybody, refreshed ahead, kept through outages, forgotten in
//! time.

mod cached;
mod error;
mod export;
mod freshness;
mod keys;
mod metadata;
mod policy;
mod status;

pub use error::DocumentError;
pub use export::{Exported, ImportError};
pub use keys::{KeySetDocument, KeySetError, KeySetSource};
pub use metadata::MetadataDocument;
pub use policy::DocumentPolicy;
pub use status::DocumentStatus;

use bytes::Bytes;
use http::{Request, Response};
use keyfob_protocol::RequestPolicy;

use crate::error::TransportError;
use crate::transport::Transport;

/// Sends a document request, with repetitions only if nobody has an older copy to go on with: a refresh that failed is
/// tried again after the floor anyway.
async fn ask(
    transport: &Transport,
    request: Request<Bytes>,
    patient: bool,
) -> Result<Response<Bytes>, TransportError> {
    if patient {
        transport.exchange(request).await
    } else {
        transport.send(request).await
    }
}

/// Lowers the body cap of a request to the document's own.
fn capped(mut request: Request<Bytes>, max_body: usize) -> Request<Bytes> {
    if let Some(policy) = request.extensions_mut().get_mut::<RequestPolicy>() {
        policy.max_body = policy.max_body.min(max_body);
    }
    request
}

/// The examples of the page are compiled, too.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/keys-at-hand.md")]
struct Page;
