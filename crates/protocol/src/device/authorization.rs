//! The device authorization response (RFC 8628 §3.2).

use std::time::Duration;

use keyfob_jose::Secret;
use serde_json::{Map, Value};
use url::Url;

use crate::error::ProtocolError;
use crate::grant::TokenRequest;
use crate::{text, url_policy};

const WHAT: &str = "the device authorization response";
/// RFC 8628 §3.2: "If no value is provided, clients MUST use 5 as the default."
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
/// A server that asks for no pause at all gets one second.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// A day: no person takes longer, and no clock overflows.
const LONGEST: Duration = Duration::from_hours(24);

/// What to show to the person, and what to poll with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceAuthorization {
    /// `device_code`: what the token endpoint is polled with.
    pub device_code: Secret,
    /// `user_code`: what the person enters; printable, at most 64 characters.
    pub user_code: String,
    /// `verification_uri`: where the person enters it.
    pub verification_uri: Url,
    /// `verification_uri_complete`: the same with the code in it, for QR codes and browsers.
    pub verification_uri_complete: Option<Url>,
    /// `expires_in`: how long the codes are good.
    pub expires_in: Duration,
    /// `interval`: how long to wait between polls; 5 seconds unless the server says otherwise.
    pub interval: Duration,
}

impl DeviceAuthorization {
    /// Makes the request for one poll.
    pub fn poll(&self) -> TokenRequest {
        TokenRequest::device_code(self.device_code.clone())
    }

    pub(super) fn from_object(object: &Map<String, Value>) -> Result<Self, ProtocolError> {
        let text = |field: &'static str| {
            text::member(object, field).ok_or(ProtocolError::Missing { what: WHAT, field })
        };
        let expires = object.get("expires_in").and_then(text::seconds);
        let interval = object
            .get("interval")
            .and_then(text::seconds)
            .unwrap_or(DEFAULT_INTERVAL);
        // Drafts of RFC 8628, and Google until today, spell it `verification_url`.
        let uri = text("verification_uri")
            .or_else(|error| text::member(object, "verification_url").ok_or(error))?;
        let complete = text::member(object, "verification_uri_complete");
        Ok(Self {
            device_code: Secret::new(text("device_code")?),
            user_code: user_code(text("user_code")?)?,
            verification_uri: address(uri, "verification_uri")?,
            verification_uri_complete: complete
                .map(|uri| address(uri, "verification_uri_complete"))
                .transpose()?,
            expires_in: expires
                .filter(|time| !time.is_zero())
                .ok_or(ProtocolError::Missing {
                    what: WHAT,
                    field: "expires_in",
                })?
                .min(LONGEST),
            interval: interval.clamp(SHORTEST_INTERVAL, LONGEST),
        })
    }
}

/// Addresses are opened in a browser, so `file:` and the like are refused.
fn address(text: &str, field: &'static str) -> Result<Url, ProtocolError> {
    url_policy::parse(text).map_err(|fault| fault.received(WHAT, field))
}

/// The code goes to a terminal, so it may not steer it.
fn user_code(code: &str) -> Result<String, ProtocolError> {
    if text::clean(code, 64) == code {
        return Ok(code.to_owned());
    }
    let why = "it is too long or not printable";
    Err(ProtocolError::Malformed {
        what: WHAT,
        field: "user_code",
        why,
    })
}
