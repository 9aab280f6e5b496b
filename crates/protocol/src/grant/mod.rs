//! Requests to the token endpoint (RFC 6749 §4 to §6), one grant per file.

mod authorization_code;
mod client_credentials;
mod device_code;
mod extension;
mod password;
mod refresh;

use std::fmt;
use std::time::SystemTime;

use keyfob_jose::Secret;

use crate::client::Client;
use crate::error::ProtocolError;
use crate::exchange::{Endpoint, Form, Repeat, Request, RequestPolicy};
use crate::metadata::ServerMetadata;
use crate::wanted::{Wanted, wanted_builder};

/// Asks the token endpoint for a token; the answer is a [`TokenResponse`](crate::TokenResponse).
///
/// ```
/// use std::time::SystemTime;
///
/// use keyfob_protocol::{Client, Endpoint, Issuer, Scopes, ServerMetadata, TokenRequest};
///
/// let mut metadata = ServerMetadata::new(Issuer::parse("https://as.example")?);
/// metadata.set_endpoint(Endpoint::Token, "https://as.example/token")?;
/// let request = TokenRequest::client_credentials()
///     .with_scopes(Scopes::parse("read write")?)
///     .request(&metadata, &Client::public("demo"), SystemTime::UNIX_EPOCH)?;
/// assert_eq!(request.body(), "grant_type=client_credentials&scope=read+write&client_id=demo");
/// # Ok::<(), keyfob_protocol::ProtocolError>(())
/// ```
#[derive(Clone)]
pub struct TokenRequest {
    grant_type: String,
    parameters: Vec<(String, Secret)>,
    wanted: Wanted,
    repeat: Repeat,
}

impl TokenRequest {
    fn new(grant_type: impl Into<String>, repeat: Repeat) -> Self {
        let grant_type = grant_type.into();
        Self {
            grant_type,
            parameters: Vec::new(),
            wanted: Wanted::default(),
            repeat,
        }
    }

    fn with(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    wanted_builder!();

    /// The `grant_type`.
    pub fn grant_type(&self) -> &str {
        &self.grant_type
    }

    /// Builds the request, with the client's proof of identity made at `now`.
    ///
    /// # Errors
    /// `no_endpoint` when the server has no token endpoint, `reserved_parameter` when an added
    /// parameter is one of the protocol's, and what signing an assertion may fail with.
    pub fn request(
        &self,
        metadata: &ServerMetadata,
        client: &Client,
        now: SystemTime,
    ) -> Result<Request, ProtocolError> {
        let mut form = Form::new();
        form.push("grant_type", &self.grant_type);
        for (name, value) in &self.parameters {
            form.push_extra(name, value.expose())?;
        }
        self.wanted.add_to(&mut form)?;
        client.authenticate(&mut form, metadata, Endpoint::Token, now)?;
        let url = metadata.endpoint(Endpoint::Token)?;
        form.post(url, RequestPolicy::new(Endpoint::Token, self.repeat))
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest")
            .field("grant_type", &self.grant_type)
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}
