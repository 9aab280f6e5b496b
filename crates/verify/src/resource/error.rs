//! Why a protected resource's metadata cannot be published.

/// Says why a protected resource's metadata cannot be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResourceError {
    /// The resource is not an https URL (or http on loopback) without user, query and fragment.
    #[error("the resource `{0}` is not an https URL without user, query and fragment")]
    Resource(String),
    /// An authorization server is not usable as an issuer.
    #[error("the authorization server `{0}` is not an https URL without query and fragment")]
    AuthorizationServer(String),
    /// A member has a method of its own, or was given twice.
    #[error("the member `{0}` cannot be set like this")]
    Member(String),
}

impl ResourceError {
    /// Returns a stable name for this kind of failure.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Resource(_) => "bad_resource",
            Self::AuthorizationServer(_) => "bad_authorization_server",
            Self::Member(_) => "bad_member",
        }
    }
}
