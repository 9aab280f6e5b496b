//! The tower layer that puts a session's token on requests.

use std::sync::Arc;

use tower_layer::Layer;

use super::AttachPolicy;
use super::service::Authorize;
use crate::session::Session;

/// Puts a session's token on the requests of a tower HTTP client; see [`Authorize`].
///
/// ```
/// use keyfob::authenticate::{AttachPolicy, AuthorizeLayer};
/// use tower::ServiceBuilder;
///
/// # fn build<S>(session: keyfob::Session, http_client: S) -> Result<(), Box<dyn std::error::Error>> {
/// let policy = AttachPolicy::for_origins(["https://api.example.com"])?;
/// let client = ServiceBuilder::new()
///     .layer(AuthorizeLayer::new(session, policy))
///     .service(http_client);
/// # drop(client);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AuthorizeLayer {
    shared: Arc<Shared>,
}

/// What every request needs.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) session: Session,
    pub(super) policy: AttachPolicy,
}

impl AuthorizeLayer {
    /// Makes a layer that takes tokens from `session` and sends them where `policy` permits.
    pub fn new(session: Session, policy: AttachPolicy) -> Self {
        Self {
            shared: Arc::new(Shared { session, policy }),
        }
    }
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authorize::new(inner, Arc::clone(&self.shared))
    }
}
