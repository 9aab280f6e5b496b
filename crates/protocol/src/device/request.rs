//! The device authorization request (RFC 8628 §3.1).

use std::time::SystemTime;

use super::DeviceAuthorization;
use crate::client::Client;
use crate::error::ProtocolError;
use crate::exchange::{self, Endpoint, Form, Repeat, Request, RequestPolicy, Response};
use crate::metadata::ServerMetadata;
use crate::wanted::{Wanted, wanted_builder};

/// Asks for a code that a person enters on another device.
#[derive(Clone, Debug, Default)]
pub struct DeviceAuthorizationRequest {
    wanted: Wanted,
}

impl DeviceAuthorizationRequest {
    /// Starts with no scope.
    pub fn new() -> Self {
        Self::default()
    }

    wanted_builder!();

    /// Builds the request. It may be repeated: a code that nobody sees runs out by itself.
    ///
    /// # Errors
    /// `no_endpoint` when the server has no device authorization endpoint, `reserved_parameter`
    /// when an added parameter is one of the protocol's, and what signing may fail with.
    pub fn request(
        &self,
        metadata: &ServerMetadata,
        client: &Client,
        now: SystemTime,
    ) -> Result<Request, ProtocolError> {
        let mut form = Form::new();
        self.wanted.add_to(&mut form)?;
        client.authenticate(&mut form, metadata, Endpoint::DeviceAuthorization, now)?;
        let url = metadata.endpoint(Endpoint::DeviceAuthorization)?;
        form.post(
            url,
            RequestPolicy::new(Endpoint::DeviceAuthorization, Repeat::Always),
        )
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// `oauth_error`, `http_error` or `not_json` when there is none, `missing`, `malformed` or
    /// `insecure_url` when it cannot be used.
    pub fn read(&self, response: &Response) -> Result<DeviceAuthorization, ProtocolError> {
        let object = exchange::json_object(response, Endpoint::DeviceAuthorization)?;
        DeviceAuthorization::from_object(&object)
    }
}
