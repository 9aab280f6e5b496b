//! A device login that waits for its person, and the rhythm in which the provider is asked (RFC 8628 §3.5).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Response;
use keyfob_jose::Secret;
use keyfob_jose::json::{self, Limits};
use keyfob_protocol::{DeviceAuthorization, DeviceAuthorizationRequest, DevicePolling, Poll};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::{LoggedIn, LoginError, qr_code};
use crate::Error;
use crate::client::Client;
use crate::session::notes::{seconds, time};

/// How far a device login is.
#[derive(Debug)]
#[non_exhaustive]
pub enum DevicePoll {
    /// The person is not done.
    Waiting {
        /// The time until the next poll.
        next_in: Duration,
    },
    /// The person is not done, and the provider asked to be asked less often.
    SlowedDown {
        /// The time until the next poll.
        next_in: Duration,
        /// The time between two polls from now on.
        interval: Duration,
    },
    /// The provider could not be reached or had a fault, which passes by itself.
    Trouble {
        /// What happened.
        error: Error,
        /// The time until the next poll.
        next_in: Duration,
    },
    /// The person is done.
    Done(Box<LoggedIn>),
}

/// A device login that has begun; the device code in it is a secret.
#[derive(Clone, Debug)]
pub struct PendingDevice {
    authorization: DeviceAuthorization,
    openid: bool,
    issuer: String,
    client_id: String,
    polling: DevicePolling,
    /// No poll before.
    next_at: SystemTime,
    /// How long that was away when it was set.
    planned: Duration,
}

impl PendingDevice {
    pub(super) fn new(
        client: &Client,
        authorization: DeviceAuthorization,
        openid: bool,
    ) -> Result<Self, Error> {
        let now = client.clock().now();
        let polling = DevicePolling::start(&authorization, now);
        Ok(Self {
            next_at: now + authorization.interval,
            planned: authorization.interval,
            polling,
            openid,
            issuer: client.issuer()?.as_str().to_owned(),
            client_id: client.config().client_id()?.to_owned(),
            authorization,
        })
    }

    /// The code that the person types in.
    pub fn user_code(&self) -> &str {
        &self.authorization.user_code
    }

    /// Where the person types it in.
    pub fn verification_uri(&self) -> &Url {
        &self.authorization.verification_uri
    }

    /// The same address with the code in it, if the provider offers one.
    pub fn verification_uri_complete(&self) -> Option<&Url> {
        self.authorization.verification_uri_complete.as_ref()
    }

    /// The complete (else the plain) address.
    pub fn best_uri(&self) -> &Url {
        self.verification_uri_complete()
            .unwrap_or_else(|| self.verification_uri())
    }

    /// [`PendingDevice::best_uri`] as a QR code for a terminal (see [`qr_code`]).
    pub fn qr(&self, colours: bool) -> Option<String> {
        qr_code(self.best_uri().as_str(), colours)
    }

    /// When the code runs out.
    pub fn expires_at(&self) -> SystemTime {
        self.polling.deadline()
    }

    /// How long to wait before the next poll; `None` when the code has run out.
    pub fn wait(&self, now: SystemTime) -> Option<Duration> {
        self.polling.wait(now)?;
        let wait = self.next_at.duration_since(now).unwrap_or_default();
        // A clock that was set back must not make the wait longer than it was meant to be.
        Some(wait.min(self.planned))
    }

    /// Writes everything down, for another process to finish the login. The device code is in it.
    pub fn to_json(&self) -> Secret {
        let authorization = &self.authorization;
        let stored = Stored {
            openid: self.openid,
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            expires_at: seconds(self.expires_at()),
            // A second too late rather than too early.
            next_at: seconds(self.next_at) + 1,
            planned: self.planned.as_secs() + 1,
            response: Written {
                device_code: authorization.device_code.expose().to_owned(),
                user_code: authorization.user_code.clone(),
                verification_uri: authorization.verification_uri.to_string(),
                verification_uri_complete: self.verification_uri_complete().map(Url::to_string),
                expires_in: authorization.expires_in.as_secs(),
                interval: authorization.interval.as_secs(),
            },
        };
        Secret::new(json!(stored).to_string())
    }

    /// Reads back what [`PendingDevice::to_json`] wrote.
    ///
    /// # Errors
    /// [`LoginError::PendingUnusable`] for anything else.
    pub fn from_json(text: &str) -> Result<Self, LoginError> {
        let unusable = || LoginError::PendingUnusable {
            why: "it is not what was written down",
        };
        let stored: Stored =
            json::from_slice(text.as_bytes(), Limits::TOKEN).map_err(|_error| unusable())?;
        let response = Response::new(Bytes::from(json!(stored.response).to_string()));
        let authorization = DeviceAuthorizationRequest::new()
            .read(&response)
            .map_err(|_error| unusable())?;
        let expires_at = time(stored.expires_at);
        let begun = expires_at.checked_sub(authorization.expires_in);
        Ok(Self {
            polling: DevicePolling::start(&authorization, begun.ok_or_else(unusable)?),
            authorization,
            openid: stored.openid,
            issuer: stored.issuer,
            client_id: stored.client_id,
            next_at: time(stored.next_at),
            planned: Duration::from_secs(stored.planned),
        })
    }

    pub(super) fn authorization(&self) -> &DeviceAuthorization {
        &self.authorization
    }

    pub(super) fn openid(&self) -> bool {
        self.openid
    }

    pub(super) fn wait_for_end(&self, now: SystemTime) -> Duration {
        self.expires_at().duration_since(now).unwrap_or_default()
    }

    /// Takes note of an answer, and says how long to wait now.
    pub(super) fn answered(&mut self, poll: &Poll, now: SystemTime) -> Duration {
        if matches!(poll, Poll::SlowDown) {
            self.authorization.interval += Duration::from_secs(5);
        }
        self.polling.answered(poll);
        self.plan(Duration::ZERO, now)
    }

    /// Takes note of a poll without a usable answer, and says how long to wait now.
    pub(super) fn unanswered(&mut self, at_least: Duration, now: SystemTime) -> Duration {
        self.polling.unanswered();
        self.plan(at_least, now)
    }

    fn plan(&mut self, at_least: Duration, now: SystemTime) -> Duration {
        let wait = self.polling.wait(now).unwrap_or_default().max(at_least);
        self.next_at = now.checked_add(wait).unwrap_or(now);
        self.planned = wait;
        wait
    }

    /// A device code goes only to the server that issued it.
    pub(super) fn check_client(&self, client: &Client) -> Result<(), Error> {
        let same_issuer = self.issuer == client.issuer()?.as_str();
        if same_issuer && self.client_id == client.config().client_id()? {
            return Ok(());
        }
        let why = "it was begun with another server or client";
        Err(LoginError::PendingUnusable { why }.into())
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    openid: bool,
    issuer: String,
    client_id: String,
    expires_at: u64,
    next_at: u64,
    planned: u64,
    response: Written,
}

/// The device authorization response, as it stands now.
#[derive(Serialize, Deserialize)]
struct Written {
    device_code: String,
    user_code: String,
    verification_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: u64,
}
