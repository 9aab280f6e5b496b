//! Who asks: a client's identifier and how it proves it (RFC 6749 §2).

pub mod auth;

pub use auth::{AssertionAudience, ClientAuthentication};

/// A client as registered at the authorization server.
///
/// ```
/// use keyfob_protocol::{Client, ClientAuthentication};
/// use keyfob_protocol::jose::Secret;
///
/// let public = Client::public("demo-cli");
/// let confidential = Client::new("demo-web", ClientAuthentication::SecretBasic(Secret::new("s")));
/// assert_eq!(public.authentication.method(), "none");
/// assert_eq!(confidential.authentication.method(), "client_secret_basic");
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    /// `client_id`.
    pub client_id: String,
    /// How the client proves who it is at the token endpoint and the others.
    pub authentication: ClientAuthentication,
}

impl Client {
    /// Pairs an identifier with a way to prove it.
    pub fn new(client_id: impl Into<String>, authentication: ClientAuthentication) -> Self {
        Self {
            client_id: client_id.into(),
            authentication,
        }
    }

    /// A client that cannot keep a secret; it only names itself.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self::new(client_id, ClientAuthentication::None)
    }
}
