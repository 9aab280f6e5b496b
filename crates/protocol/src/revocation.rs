//! Token revocation (RFC 7009).

use std::time::SystemTime;

use keyfob_jose::Secret;

use crate::client::Client;
use crate::error::ProtocolError;
use crate::exchange::{self, Endpoint, Form, Repeat, Request, RequestPolicy, Response};
use crate::metadata::ServerMetadata;
use crate::token::TokenHint;

/// Tells the server that a token is not needed any more (RFC 7009 §2.1).
#[derive(Clone, Debug)]
pub struct RevocationRequest {
    token: Secret,
    hint: Option<TokenHint>,
}

impl RevocationRequest {
    /// Revokes this token; for a refresh token most servers end the whole grant.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            hint: None,
        }
    }

    /// Says what kind of token it is (`token_type_hint`).
    pub fn with_hint(mut self, hint: TokenHint) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Builds the request. It may be repeated: a token that is gone already is no error.
    ///
    /// # Errors
    /// `no_endpoint` when the server has no revocation endpoint, and what signing may fail with.
    pub fn request(
        &self,
        metadata: &ServerMetadata,
        client: &Client,
        now: SystemTime,
    ) -> Result<Request, ProtocolError> {
        let mut form = Form::new();
        form.push("token", self.token.expose());
        form.push_some("token_type_hint", self.hint.as_ref().map(TokenHint::as_str));
        client.authenticate(&mut form, metadata, Endpoint::Revocation, now)?;
        let url = metadata.endpoint(Endpoint::Revocation)?;
        form.post(
            url,
            RequestPolicy::new(Endpoint::Revocation, Repeat::Always),
        )
    }

    /// Reads the answer; the body of a success does not matter (RFC 7009 §2.2).
    ///
    /// # Errors
    /// `oauth_error` such as `unsupported_token_type`, or `http_error`: the token may still be good.
    pub fn read(&self, response: &Response) -> Result<(), ProtocolError> {
        match exchange::json_object(response, Endpoint::Revocation) {
            Ok(_) | Err(ProtocolError::NotJson { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
