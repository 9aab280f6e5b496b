//! A client asks its issuer about tokens that others present (RFC 7662), with its own authentication.

use std::sync::Arc;
use std::time::Duration;

use keyfob_jose::Secret;
use keyfob_protocol::{Introspection, TokenHint};
use keyfob_verify::issuers::AskIssuer;
use keyfob_verify::{IntrospectionError, Rejection};

use crate::Error;
use crate::client::Client;

/// How long a request of somebody else may be held up; repetitions included.
const LIMIT: Duration = Duration::from_secs(10);

impl AskIssuer for Client {
    async fn ask(&self, token: &str) -> Result<Introspection, Rejection> {
        let token = Secret::new(token);
        let asking = self.introspect(&token, Some(TokenHint::AccessToken));
        let answer = self.clock().timeout(LIMIT, asking).await;
        let failure = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => sorted(error),
            Err(_) => IntrospectionError::Slow(LIMIT),
        };
        Err(Rejection::IntrospectionUnavailable(failure))
    }
}

/// Tells the ways in which a provider fails from those in which this side does.
fn sorted(error: Error) -> IntrospectionError {
    match error {
        Error::Transport(error) => IntrospectionError::Transport(error),
        Error::Protocol(error) => IntrospectionError::Protocol(Arc::unwrap_or_clone(error)),
        Error::Document(error) => IntrospectionError::Metadata(Arc::unwrap_or_clone(error)),
        other => IntrospectionError::Client(Arc::new(other)),
    }
}
