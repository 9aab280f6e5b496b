//! The layer that lets only requests with a good token pass.

use std::sync::Arc;

use tower_layer::Layer;

use super::answer::Answers;
use super::credentials::MAX_HEADER;
use super::service::VerifyService;
use crate::resource::ProtectedResourceMetadata;
use crate::verifier::Verifier;

/// Lets only requests with a good token reach the inner service, and leaves the [`Principal`](crate::Principal) in their extensions.
#[derive(Clone, Debug)]
pub struct VerifyLayer {
    shared: Arc<Shared>,
}

/// What every request needs.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) checker: Verifier,
    pub(super) answers: Arc<Answers>,
    pub(super) optional: bool,
    pub(super) max_header: usize,
}

impl VerifyLayer {
    /// Makes a layer that asks `checker` about each token.
    pub fn new(checker: Verifier) -> Self {
        Self {
            shared: Arc::new(Shared {
                checker,
                answers: Arc::default(),
                optional: false,
                max_header: MAX_HEADER,
            }),
        }
    }

    /// Lets requests without a token pass, without a principal; a bad token is refused all the same.
    pub fn optional(self) -> Self {
        self.with(|shared| shared.optional = true)
    }

    /// Names the protection space in challenges (RFC 9110 §11.5).
    pub fn realm(self, realm: impl Into<String>) -> Self {
        self.with(|shared| Arc::make_mut(&mut shared.answers).realm = Some(realm.into()))
    }

    /// Points clients to the resource's metadata in challenges (RFC 9728 §5.1).
    pub fn resource(self, metadata: &ProtectedResourceMetadata) -> Self {
        let url = metadata.url().to_owned();
        self.with(|shared| Arc::make_mut(&mut shared.answers).resource_metadata = Some(url))
    }

    fn with(self, change: impl FnOnce(&mut Shared)) -> Self {
        let mut shared = Arc::unwrap_or_clone(self.shared);
        change(&mut shared);
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService::new(inner, Arc::clone(&self.shared))
    }
}
