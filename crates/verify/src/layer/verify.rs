//! The layer that lets only requests with a good token pass, and its settings.

use std::sync::Arc;

use tower_layer::Layer;
use url::Url;

use super::answer::Answers;
use super::credentials::MAX_HEADER;
use super::service::VerifyService;
use crate::binding::Binding;
use crate::check::{CheckToken, Checker};
use crate::danger::{ForwardedCertificate, TokenInQuery};
use crate::requirement::Requirement;
use crate::resource::{ProtectedResourceMetadata, ResourceError};

/// Lets only requests with a good token reach the inner service, and leaves the [`Principal`](crate::Principal) in their
/// extensions.
///
/// Everything else is answered here: 401 without a token or with a bad one, 403 with one that grants too little, 400 where a
/// token is not presented in exactly one `Authorization` header, 503 while tokens cannot be checked.
///
/// ```
/// use keyfob_verify::layer::VerifyLayer;
/// use keyfob_verify::{Algorithm, Requirement, Profile, Verifier};
/// use tower::ServiceBuilder;
///
/// # fn build<S>(service: S) -> Result<(), keyfob_verify::BuildError> {
/// let verifier = Verifier::builder("https://login.example.com")
///     .audience("https://api.example.com")
///     .algorithms([Algorithm::RS256])
///     .profile(Profile::Rfc9068)
///     .build()?;
/// let protected = ServiceBuilder::new()
///     .layer(VerifyLayer::new(verifier).require(Requirement::new().all_scopes(["orders:read"])))
///     .service(service);
/// # drop(protected);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifyLayer {
    shared: Arc<Shared>,
}

/// What every request needs.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four switches, each set by a method of its own"
)]
pub(super) struct Shared {
    pub(super) checker: Checker,
    pub(super) answers: Arc<Answers>,
    pub(super) requirements: Vec<Requirement>,
    pub(super) bound: Option<Arc<Bound>>,
    pub(super) metadata: Option<ProtectedResourceMetadata>,
    pub(super) forwarded: Option<ForwardedCertificate>,
    pub(super) max_header: usize,
    pub(super) optional: bool,
    pub(super) reads_query: bool,
    pub(super) strips: bool,
    pub(super) passes_preflight: bool,
}

/// How bound tokens are checked, and the address that clients send their requests to.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) binding: Binding,
    pub(super) address: String,
}

impl VerifyLayer {
    /// Makes a layer that asks `check` about each token: a [`Verifier`](crate::Verifier), [`Issuers`](crate::Issuers), an
    /// [`Introspector`](crate::Introspector), or an own [`CheckToken`].
    pub fn new(check: impl CheckToken) -> Self {
        Self {
            shared: Arc::new(Shared {
                checker: Checker::new(check),
                answers: Arc::default(),
                requirements: Vec::new(),
                bound: None,
                metadata: None,
                forwarded: None,
                max_header: MAX_HEADER,
                optional: false,
                reads_query: false,
                strips: false,
                passes_preflight: false,
            }),
        }
    }

    /// Asks this of every token; what was asked before stays. Parts of a service ask more by a
    /// [`RequireLayer`](super::RequireLayer).
    pub fn require(self, requirement: Requirement) -> Self {
        self.change(|shared| {
            shared.requirements.push(requirement);
            let scopes = shared.requirements.iter().filter_map(Requirement::scope);
            let scopes = scopes.collect::<Vec<_>>().join(" ");
            let scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
            Arc::make_mut(&mut shared.answers).scope = scopes;
        })
    }

    /// Lets requests without a token pass, without a principal; a bad token is refused all the same.
    pub fn optional(self) -> Self {
        self.change(|shared| shared.optional = true)
    }

    /// Names the protection space in challenges (RFC 9110 §11.5).
    pub fn realm(self, realm: impl Into<String>) -> Self {
        self.change(|shared| Arc::make_mut(&mut shared.answers).realm = Some(realm.into()))
    }

    /// Serves the resource's metadata at its well-known path, without a token, and points to it in challenges
    /// (RFC 9728 §3, §5.1).
    pub fn resource(self, metadata: ProtectedResourceMetadata) -> Self {
        self.change(|shared| {
            let url = metadata.url().to_owned();
            Arc::make_mut(&mut shared.answers).resource_metadata = Some(url);
            shared.metadata = Some(metadata);
        })
    }

    /// Accepts tokens that are bound to a key (RFC 9449) or to a [`ClientCertificate`](super::ClientCertificate) (RFC 8705), if
    /// their holder presents them; without this they are refused.
    ///
    /// `address` is where clients see this service, for instance `https://api.example.com`, with the path that a proxy takes
    /// away, if it does. It is not taken from the request: whoever stole a proof made for another server would write that
    /// server's name into `Host`.
    ///
    /// # Errors
    /// [`ResourceError::Resource`] if the address is no https URL (or http on loopback).
    pub fn binding(self, binding: Binding, address: &str) -> Result<Self, ResourceError> {
        let url = Url::parse(address).ok().filter(is_address);
        let url = url.ok_or_else(|| ResourceError::Resource(address.to_owned()))?;
        let algorithms = binding.proofs().algorithms().to_vec();
        let address = url.as_str().trim_end_matches('/').to_owned();
        Ok(self.change(|shared| {
            Arc::make_mut(&mut shared.answers).dpop = Some(algorithms);
            shared.bound = Some(Arc::new(Bound { binding, address }));
        }))
    }

    /// Takes the client certificate from a header that a proxy writes, in place of a
    /// [`ClientCertificate`](super::ClientCertificate) of the server; for tokens that are bound to one.
    pub fn certificate_in_header(self, forwarded: ForwardedCertificate) -> Self {
        self.change(|shared| shared.forwarded = Some(forwarded))
    }

    /// Sets the longest `Authorization` value that is looked at, in bytes; default 16 KiB. No token above 64 KiB is accepted in
    /// any case.
    pub fn max_header(self, bytes: usize) -> Self {
        self.change(|shared| shared.max_header = bytes)
    }

    /// Takes the `Authorization` header away before the inner service sees the request, and the query's token where that
    /// is read. A copy of the address that an outer layer made, such as axum's `OriginalUri`, keeps it.
    ///
    /// By default it stays, marked as sensitive, for services that ask another service in the caller's name.
    pub fn strip_authorization(self) -> Self {
        self.change(|shared| shared.strips = true)
    }

    /// Lets CORS preflights (`OPTIONS` with `Origin` and `Access-Control-Request-Method`) pass without a principal: browsers send
    /// no token with them.
    ///
    /// Not needed, and better left out, where a CORS layer stands in front of this one and answers them.
    pub fn pass_preflight(self) -> Self {
        self.change(|shared| shared.passes_preflight = true)
    }

    /// Answers gRPC calls (`content-type: application/grpc`) with a gRPC status, 16 in place of 401 and 7 in place of 403; all
    /// other requests are answered as usual.
    pub fn with_grpc_status(self) -> Self {
        self.change(|shared| Arc::make_mut(&mut shared.answers).grpc = true)
    }

    /// Takes a token also from the query, which RFC 6750 §2.3 and RFC 9700 advise against. The answers to such requests are never
    /// stored by caches.
    pub fn token_in_query(self, _: TokenInQuery) -> Self {
        self.change(|shared| shared.reads_query = true)
    }

    /// Sets whether a token that was found good and is refused nevertheless, here or by what asks more of it behind this layer,
    /// is told as a [`crate::event`]; default true. Whether a token is good is told by its checker, which has a setting of its own.
    pub fn events(self, tells: bool) -> Self {
        self.change(|shared| Arc::make_mut(&mut shared.answers).silent = !tells)
    }

    fn change(self, change: impl FnOnce(&mut Shared)) -> Self {
        let mut shared = Arc::unwrap_or_clone(self.shared);
        change(&mut shared);
        Self {
            shared: Arc::new(shared),
        }
    }
}

fn is_address(url: &Url) -> bool {
    let plain = url.query().is_none() && url.fragment().is_none();
    plain && keyfob_protocol::Issuer::parse(url.as_str()).is_ok()
}

impl<S> Layer<S> for VerifyLayer {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService::new(inner, Arc::clone(&self.shared))
    }
}
