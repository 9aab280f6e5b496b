//! Asking the issuer what a token is (RFC 7662), for tokens that cannot be checked here.

mod answer;
mod ask;
mod builder;
mod error;

use std::sync::Arc;

use keyfob_protocol::Introspection;

pub use builder::{IntrospectorBuilder, IntrospectorError};
pub use error::IntrospectionError;

use crate::principal::Principal;
use crate::rejection::Rejection;

/// Asks one issuer about tokens, and checks its answers like tokens; cheap to clone, safe to share.
///
/// ```no_run
/// # async fn example(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use keyfob_verify::Introspector;
/// use keyfob_verify::protocol::{Client, ClientAuthentication};
///
/// let asking = ClientAuthentication::SecretBasic("s3cret".into());
/// let introspector = Introspector::builder("https://login.example.com")
///     .client(Client::new("my-api", asking))
///     .audience("https://api.example.com")
///     .build()?;
/// let principal = introspector.check(token).await?;
/// println!("hello {}", principal.subject());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Introspector(Arc<ask::Asker>);

impl Introspector {
    /// Starts an introspector for the tokens of `issuer`, which is compared as given.
    pub fn builder(issuer: impl Into<String>) -> IntrospectorBuilder {
        IntrospectorBuilder::new(issuer.into())
    }

    /// Asks what `token` is, or remembers it.
    ///
    /// Whether the presenter proved possession of a sender-constrained token is not looked at here.
    ///
    /// # Errors
    /// [`Rejection::Inactive`] when the issuer says so; the first rule that the answer breaks;
    /// [`Rejection::IntrospectionUnavailable`] when there is no answer, and nothing is known about the token.
    pub async fn check(&self, token: &str) -> Result<Principal, Rejection> {
        let answer = self.answer(token).await?;
        self.0.rules.judge(answer, self.0.clock.now())
    }

    /// Asks afresh, and leaves it to the caller to judge the answer.
    pub(crate) async fn answer(&self, token: &str) -> Result<Introspection, Rejection> {
        self.0.ask(token).await
    }
}
