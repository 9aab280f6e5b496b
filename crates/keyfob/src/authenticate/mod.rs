//! Authenticators put a session's token on the requests of an HTTP client and answer its 401.

mod error;
mod policy;
mod recorded;
mod renew;
mod reqwest;

#[cfg(feature = "tower")]
mod future;
#[cfg(feature = "tower")]
mod layer;
#[cfg(feature = "tower")]
mod replay;
#[cfg(feature = "tower")]
mod service;

pub use self::error::AuthenticateError;
pub use self::policy::{AttachPolicy, Elsewhere, OwnAuthorization};
pub use self::reqwest::AuthorizedClient;

#[cfg(feature = "tower")]
pub use self::{
    future::{AuthorizeFuture, BoxError},
    layer::AuthorizeLayer,
    replay::Replay,
    service::Authorize,
};

/// Any error of a body on its way out.
type BodyError = Box<dyn std::error::Error + Send + Sync>;
