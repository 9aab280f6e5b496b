//! Device authorizations that wait for their person (RFC 8628 §3.3 to §3.5).

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::{grants::Grant, refusal::Refusal};

/// Device authorizations by device code.
#[derive(Default)]
pub(crate) struct Devices(HashMap<String, Device>);

/// One device authorization.
pub(crate) struct Device {
    pub(crate) user_code: String,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) expires: Duration,
    pub(crate) interval: Duration,
    pub(crate) last_poll: Option<Instant>,
    pub(crate) decision: Decision,
}

/// What the person said.
pub(crate) enum Decision {
    Pending,
    Approved(Grant),
    Denied,
}

impl std::fmt::Debug for Devices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Devices")
            .field("waiting", &self.0.len())
            .finish_non_exhaustive()
    }
}

impl Devices {
    pub(crate) fn add(&mut self, device_code: String, device: Device, now: Duration) {
        // A while after its end a code is forgotten; until then it is told apart as expired.
        self.0
            .retain(|_, device| device.expires + Duration::from_hours(1) > now);
        self.0.insert(device_code, device);
    }

    /// Finds the device that waits under a user code, however the person wrote it.
    pub(crate) fn waiting(&mut self, user_code: &str, now: Duration) -> Option<&mut Device> {
        let wanted = plain_code(user_code);
        self.0.values_mut().find(|device| {
            plain_code(&device.user_code) == wanted
                && device.expires > now
                && matches!(device.decision, Decision::Pending)
        })
    }

    /// Answers a poll; a code is good for one token response.
    pub(crate) fn poll(
        &mut self,
        device_code: &str,
        client_id: &str,
        now: Duration,
    ) -> Result<Grant, Refusal> {
        let device = self
            .0
            .get_mut(device_code)
            .filter(|device| device.client_id == client_id)
            .ok_or_else(|| Refusal::invalid_grant("the device code is unknown"))?;
        if device.expires <= now {
            return Err(Refusal::new(
                400,
                "expired_token",
                "the device code has expired",
            ));
        }
        let last = device.last_poll.replace(Instant::now());
        match &device.decision {
            Decision::Denied => Err(Refusal::new(400, "access_denied", "the person said no")),
            Decision::Approved(grant) => {
                let grant = grant.clone();
                self.0.remove(device_code);
                Ok(grant)
            }
            Decision::Pending if last.is_some_and(|last| last.elapsed() < device.interval) => {
                device.interval += Duration::from_secs(5);
                Err(Refusal::new(400, "slow_down", "polled too soon"))
            }
            Decision::Pending => Err(Refusal::new(
                400,
                "authorization_pending",
                "the person has not decided yet",
            )),
        }
    }
}

fn plain_code(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}
